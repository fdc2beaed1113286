"""Files as the archive's converter wrote them in 2019 and 2020: the same content, another dress.

Then ``time`` could grow in radar products too, chunks were of 31 x 33 and 32 x 32 pixels, no
global attribute held the product's name, the grid mapping ran along ``time``, and optical products
carried a picture in colours, a mask with -1 for nothing and the XML files as characters.
"""

from __future__ import annotations

from pathlib import Path

import netCDF4
import numpy as np
import pytest

import icepair as ip
from icepair.simulate import PairSettings, SimulatedPair, simulate_pair

_RECENT = (
    "title", "product_type", "orbit_number", "orbit_direction", "relative_orbit_number", "mode",
    "time_coverage_start", "time_coverage_end", "platform", "instrument", "polarisation",
    "comment", "cloud_coverage",
)  # fmt: skip


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> SimulatedPair:
    settings = PairSettings(radar_shape=(400, 420), optical_shape=(300, 410), baseline="N0208")
    return simulate_pair(tmp_path_factory.mktemp("recent"), settings)


@pytest.fixture(scope="module")
def old(pair: SimulatedPair, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("old")
    return old_radar(pair.s1, folder / pair.s1.name), old_optical(pair.s2, folder / pair.s2.name)


def rewritten(
    source: Path, target: Path, chunks: tuple[int, int], along_time: tuple[str, ...] = ()
) -> netCDF4.Dataset:
    """Copy without recent global attributes, ``time`` unlimited, in other chunks; left open."""
    copy = netCDF4.Dataset(target, "w")
    with netCDF4.Dataset(source) as original:
        original.set_auto_maskandscale(False)
        for name, dimension in original.dimensions.items():
            copy.createDimension(name, None if name == "time" else dimension.size)
        for name, variable in original.variables.items():
            attributes = {key: variable.getncattr(key) for key in variable.ncattrs()}
            fill = attributes.pop("_FillValue", None)
            large = variable.ndim >= 2 and variable.shape[-1] > 22
            made = copy.createVariable(
                name,
                variable.dtype,
                ("time",) if name in along_time else variable.dimensions,
                zlib=large,
                complevel=1,
                chunksizes=((1,) * (variable.ndim - 2) + chunks) if large else None,
                fill_value=fill,
            )
            made.setncatts(attributes)
            made.set_auto_maskandscale(False)
            if variable.ndim:
                made[:] = variable[:]
        kept = [key for key in original.ncattrs() if key not in _RECENT]
        copy.setncatts({key: original.getncattr(key) for key in kept})
    return copy


def old_radar(source: Path, target: Path) -> Path:
    with rewritten(source, target, (31, 33)) as copy:
        copy.title = "Sentinel-1 GRD data"
        copy.Conventions = "CF-1.6"
        copy.setncattr_string("polarisation", ["HH", "HV"])
        copy.MODE = "EW"
        copy.PRODUCT_TYPE = "GRD"
        copy.ORBIT_DIRECTION = "DESCENDING"
        copy.ORBIT_NUMBER = "17767"
        copy.ACQUISITION_START_TIME = copy["s1Level1ProductSchema_HH"].startTime
        copy.ACQUISITION_STOP_TIME = copy["s1Level1ProductSchema_HH"].stopTime
    return target


def old_optical(source: Path, target: Path) -> Path:
    with rewritten(source, target, (32, 32), along_time=("UTM_projection",)) as copy:
        copy.title = "Sentinel-2 Level-1C data"
        copy.PRODUCT_START_TIME = copy.DATATAKE_1_DATATAKE_SENSING_START
        copy.createDimension("dimension_rgb", 3)
        picture = copy.createVariable(
            "TCI", "u1", ("time", "dimension_rgb", "y", "x"), fill_value=0, zlib=True
        )
        picture[0] = np.ones((3, 300, 410), np.uint8)
        clouds = copy.createVariable("Clouds", "i1", ("time", "y", "x"), fill_value=-1, zlib=True)
        clouds.flag_values = np.array([1, 2], np.int8)
        clouds.flag_meanings = "OPAQUE CIRRUS"
        text = b"<?xml version='1.0'?><n1:Level-1C_User_Product/>"
        copy.createDimension("dimension_S2_Level_1C_Product_Metadata", len(text))
        letters = copy.createVariable(
            "S2_Level_1C_Product_Metadata", "S1", ("dimension_S2_Level_1C_Product_Metadata",)
        )
        letters[:] = np.frombuffer(text, "S1")
    return target


def test_old_radar_product_is_the_same_scene(pair: SimulatedPair, old: tuple[Path, Path]) -> None:
    recent, scene = ip.open_scene(pair.s1), ip.open_scene(old[0])
    assert isinstance(scene, ip.Sentinel1Scene)
    assert isinstance(recent, ip.Sentinel1Scene)
    for name in (
        "product", "platform", "time", "shape", "mode", "product_type", "polarisations",
        "pass_direction", "start_time", "stop_time", "first_line_time", "line_interval_s",
        "range_spacing_m", "subswaths", "noise_status", "points_method", "notes",
    ):  # fmt: skip
        assert getattr(scene, name) == getattr(recent, name), name
    assert scene.swath(ip.Surface("geoid")).method == "range-doppler"
    window = ip.Window(20, 90, 30, 130)
    for read in ("read_amplitude", "read_noise", "read_sigma_nought_table"):
        values = [getattr(item, read)("HV", window) for item in (scene, recent)]
        np.testing.assert_array_equal(*values)


def test_old_radar_product_opens_under_any_name(old: tuple[Path, Path], tmp_path: Path) -> None:
    """Nothing inside it says the product's name."""
    (tmp_path / "mine.nc").symlink_to(old[0])
    scene = ip.open_scene(tmp_path / "mine.nc")
    assert isinstance(scene, ip.Sentinel1Scene)
    assert (scene.product, scene.platform, scene.mode) == ("mine", "S1B", "EW")
    assert scene.pass_direction == "descending"
    assert scene.swath(ip.Surface("geoid")).method == "range-doppler"


def test_old_optical_product_is_the_same_scene(pair: SimulatedPair, old: tuple[Path, Path]) -> None:
    recent, scene = ip.open_scene(pair.s2), ip.open_scene(old[1])
    assert isinstance(scene, ip.Sentinel2Scene)
    assert isinstance(recent, ip.Sentinel2Scene)
    for name in (
        "product", "platform", "time", "time_source", "shape", "level", "tile", "baseline",
        "bands", "offsets", "quantification", "masks", "notes",
    ):  # fmt: skip
        assert getattr(scene, name) == getattr(recent, name), name
    assert scene.grid == recent.grid
    window = ip.Window(20, 90, 30, 130)
    for band in ("B02", "B8A"):
        values = [item.read_digital_numbers(band, window) for item in (scene, recent)]
        np.testing.assert_array_equal(*values)


def test_old_pair_comes_onto_the_grid_as_the_recent_one_does(
    pair: SimulatedPair, old: tuple[Path, Path]
) -> None:
    made, expected = (
        ip.plan(ip.open_scene(s1), ip.open_scene(s2), bands=("B03",)).run()
        for s1, s2 in (old, (pair.s1, pair.s2))
    )
    for name in ("s1_sigma0_hh", "s1_sigma0_hv", "s2_b03", "s1_flags", "s2_flags"):
        np.testing.assert_array_equal(made[name].values, expected[name].values)

"""Sentinel-2 SAFE reading on real metadata, real JP2 and reflectances that others worked out."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import rasterio

import icepair as ip
from icepair.conventions import BANDS
from icepair.errors import DamagedFileError
from icepair.optical import reflectance
from icepair.products.safe.archive import open_archive
from icepair.products.safe.image import Image
from icepair.products.safe.sentinel2.product_record import product_record
from icepair.products.safe.xml import parse_xml
from icepair.products.sentinel2 import Sentinel2Scene
from icepair.products.valid import valid_footprint

GOLDEN = (
    "S2B_MSIL1C_20200406T101559_N0209_R065_T32UPC_20200406T130159",
    "S2B_MSIL1C_20220615T101559_N0400_R065_T32UPC_20220615T122549",
)


@pytest.mark.parametrize("name", GOLDEN)
def test_reflectance_by_the_offsets_of_the_product(shared_data: Path, name: str) -> None:
    folder = shared_data / "s2_l1c_toa_golden"
    metadata = parse_xml((folder / f"{name}_MTD.xml").read_bytes(), name)
    record = product_record(metadata, name, name)
    assert (record.name, record.level, record.unit) == (name, "L1C", "S2B")
    with rasterio.open(folder / f"{name}.tif") as image:
        numbers = image.read()
    with rasterio.open(folder / f"{name}_toa.tif") as image:
        expected = image.read()
    for band, values, toa in zip(BANDS, numbers, expected, strict=True):
        found = reflectance(values, record.offsets[band], record.quantification)
        measured = values > 0
        np.testing.assert_allclose(found[measured], toa[measured], atol=1e-6)
        assert np.isnan(found[~measured]).all()


@pytest.fixture
def pyrenees(shared_data: Path, tmp_path: Path) -> Path:
    """Real B01 and metadata of a tile on a swath's edge, laid out as the product was."""
    source = shared_data / "s2_l1c_b01_pyrenees_20180101"
    safe = tmp_path / "S2A_MSIL1C_20180101T105441_N0206_R051_T31TDH_20180101T124911.SAFE"
    granule = safe / "GRANULE" / "L1C_T31TDH_A013204_20180101T105435"
    (granule / "IMG_DATA").mkdir(parents=True)
    shutil.copy(source / "MTD_MSIL1C.xml", safe)
    shutil.copy(source / "MTD_TL.xml", granule)
    shutil.copy(source / "T31TDH_20180101T105441_B01.jp2", granule / "IMG_DATA")
    return safe


def opened(path: Path) -> Sentinel2Scene:
    scene = ip.open_scene(path)
    assert isinstance(scene, Sentinel2Scene)
    return scene


def test_a_real_product_before_baseline_four(pyrenees: Path) -> None:
    scene = opened(pyrenees)
    assert scene.time == datetime(2018, 1, 1, 10, 54, 35, 457000, tzinfo=UTC)
    assert (scene.tile, scene.baseline, scene.grid.epsg) == ("31TDH", "02.06", 32631)
    assert scene.offsets == {"B01": 0}
    assert scene.shape == (10980, 10980)
    assert scene.notes[0].startswith("Images that the metadata name are missing: T31TDH_20180101")
    (path,) = pyrenees.rglob("*.jp2")
    with rasterio.open(path) as image:
        whole = image.read(1)
        assert image.transform.c == scene.grid.left
        assert image.transform.f == scene.grid.top
    for window in (ip.Window(5, 700, 9000, 9500), ip.Window(10_970, 10_980, 0, 10_980)):
        rows, columns = (np.arange(s.start, s.stop) // 6 for s in window.slices)
        found = scene.read_digital_numbers("B01", window)
        np.testing.assert_array_equal(found, whole[np.ix_(rows, columns)])


def test_probes_of_a_real_swath_edge_lose_nothing(pyrenees: Path) -> None:
    scene = opened(pyrenees)
    (path,) = pyrenees.rglob("*.jp2")
    with rasterio.open(path) as image:
        valid = image.read(1) > 0
    assert 0.2 < valid.mean() < 0.9
    rows, columns = np.nonzero(valid)
    held = valid_footprint(scene).holds(rows * 6.0 + 2.5, columns * 6.0 + 2.5)
    assert held.all()
    assert not valid_footprint(scene).cells.all()


@pytest.mark.parametrize(("tile", "first"), [("T30UVU", 399_960), ("T30UWU", 499_980)])
def test_metadata_of_neighbours_of_baseline_509(
    shared_data: Path, tmp_path: Path, tile: str, first: int
) -> None:
    source = shared_data / "s2_l1c_n0509_meta" / tile
    granule = tmp_path / "x.SAFE" / "GRANULE" / f"L1C_{tile}_A032624_20230605T111628"
    (granule / "IMG_DATA").mkdir(parents=True)
    # With the manifest, whose checksums prove both.
    shutil.copy(source / "manifest.safe", tmp_path / "x.SAFE")
    shutil.copy(source / "MTD_MSIL1C.xml", tmp_path / "x.SAFE")
    shutil.copy(source / "MTD_TL.xml", granule)
    (granule / "IMG_DATA" / f"{tile}_20230605T110619_B02.jp2").touch()
    scene = opened(tmp_path / "x.SAFE")
    assert scene.product.endswith(f"_N0509_R137_{tile}_20230605T131150")
    assert scene.offsets == {"B02": -1000}
    assert scene.grid.transform == (10.0, 0.0, first, 0.0, -10.0, 5_400_000)
    assert scene.datatake == "S2B_20230605T110619_032624"
    # The tile was seen 11.6 minutes after its datatake began.
    assert scene.time.isoformat()[:16] == "2023-06-05T11:17"
    angles = scene.read_angles(ip.Window(5000, 5002, 5000, 5002), "B02")
    assert 25 < angles.sun_zenith.mean() < 30
    assert 0 < angles.view_zenith.mean() < 12


@pytest.mark.parametrize("share", [0.2, 0.9])
def test_a_real_jp2_cut_short_is_never_read_as_other_pixels(pyrenees: Path, share: float) -> None:
    # GDAL's own threads returned it without an error, most pixels wrong.
    (path,) = pyrenees.rglob("*.jp2")
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    member = path.relative_to(pyrenees).as_posix()
    image = Image(open_archive(pyrenees), member, "JP2OpenJPEG")
    with pytest.raises(DamagedFileError, match=r"B01\.jp2\[0:1830, 0:1830\] .* cannot be read"):
        image.read(slice(0, 1830), slice(0, 1830))
    with pytest.raises(DamagedFileError, match=r"B01\.jp2\[overview\] .* cannot be read"):
        image.read_overview()
    with pytest.raises(DamagedFileError, match=r"B01\.jp2.* cannot be read"):
        opened(pyrenees).read_digital_numbers("B01", ip.Window(0, 10_980, 0, 10_980))

"""The same simulated radar image as NetCDF and as SAFE, whole and damaged."""

from __future__ import annotations

import pickle
import re
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import rasterio

from icepair.conventions import S1Flag
from icepair.errors import (
    ContradictionError,
    DamagedFileError,
    InputError,
    UnsupportedProductError,
    UsageError,
)
from icepair.geo.control_points import ControlPoints
from icepair.geo.surface import Surface
from icepair.geo.window import Window
from icepair.products.container import Container
from icepair.products.open import open_scene
from icepair.products.safe.sentinel1.tables import (
    LookUpTable,
    OverviewTable,
    SubSwathMap,
    grid_tables,
)
from icepair.products.sentinel1 import Sentinel1Scene
from icepair.products.valid import valid_footprint
from icepair.radar.border import AHEAD
from icepair.radar.noise import SwathBounds
from icepair.simulate import PairSettings, simulate_pair
from icepair.simulate.pair import build_scenes
from icepair.testing.safe.packing import zip_product
from icepair.testing.safe.sentinel1 import refresh_manifest, write_radar_product

SHAPE = (320, 340)
WINDOW = Window(17, 250, 5, 331)
NORTH_UP = rasterio.Affine(2.0, 0.0, 5.0, 0.0, -2.0, 5.0)


@dataclass(frozen=True)
class Written:
    """One image in every dress."""

    netcdf: Path
    safe: Path
    cog: Path
    packed: Path
    stored: Path


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder = tmp_path_factory.mktemp("safe")
    settings = PairSettings(radar_shape=SHAPE, optical_shape=(200, 200))
    netcdf = simulate_pair(folder, settings).s1
    radar, _ = build_scenes(settings)
    safe = write_radar_product(folder, radar)
    return Written(
        netcdf,
        safe,
        write_radar_product(folder, radar, cog=True),
        zip_product(safe),
        zip_product(safe, name="stored.zip", deflate=False),
    )


@pytest.fixture(params=["safe", "cog", "packed", "stored"])
def scene(written: Written, request: pytest.FixtureRequest) -> Sentinel1Scene:
    opened = open_scene(getattr(written, request.param))
    assert isinstance(opened, Sentinel1Scene)
    return opened


@pytest.fixture(scope="module")
def netcdf(written: Written) -> Sentinel1Scene:
    opened = open_scene(written.netcdf)
    assert isinstance(opened, Sentinel1Scene)
    return opened


def test_metadata_are_those_of_the_netcdf(scene: Sentinel1Scene, netcdf: Sentinel1Scene) -> None:
    assert scene.product.removesuffix("_COG") == netcdf.product
    for name in (
        "platform", "sensor", "shape", "mode", "product_type", "polarisations", "pass_direction",
        "start_time", "first_line_time", "line_interval_s", "range_spacing_m", "azimuth_spacing_m",
        "subswaths", "noise_status", "points_method",
    ):  # fmt: skip
        assert getattr(scene, name) == getattr(netcdf, name), name
    assert scene.notes == ()
    assert scene.time == scene.start_time
    assert scene.time.replace(microsecond=0) == netcdf.time
    assert scene.processor_version == "2.91"
    assert scene.orbit_quality == "precise"
    assert isinstance(scene.container, Container)


def test_numbers_are_those_of_the_netcdf(scene: Sentinel1Scene, netcdf: Sentinel1Scene) -> None:
    for polarisation in ("HH", "HV"):
        amplitude = scene.read_amplitude(polarisation, WINDOW)
        assert amplitude.dtype == np.uint16
        np.testing.assert_array_equal(amplitude, netcdf.read_amplitude(polarisation, WINDOW))
        np.testing.assert_allclose(
            scene.read_sigma_nought_table(polarisation, WINDOW),
            netcdf.read_sigma_nought_table(polarisation, WINDOW),
            rtol=1e-5,
        )
        noise, other = (s.read_noise(polarisation, WINDOW) for s in (scene, netcdf))
        np.testing.assert_allclose(noise, other, rtol=1e-3)  # beyond a block's last vector
        power, flags = scene.read_sigma_nought(polarisation, WINDOW)
        other, other_flags = netcdf.read_sigma_nought(polarisation, WINDOW)
        np.testing.assert_allclose(power, other, rtol=1e-4, atol=1e-5)
        np.testing.assert_array_equal(flags, other_flags)
    np.testing.assert_array_equal(scene.read_subswath(WINDOW), netcdf.read_subswath(WINDOW))


def test_places_are_those_of_the_netcdf(written: Written, netcdf: Sentinel1Scene) -> None:
    scene = open_scene(written.safe)
    assert isinstance(scene, Sentinel1Scene)
    line, sample = np.random.default_rng(1).uniform(0, [[SHAPE[0] - 1], [SHAPE[1] - 1]], (2, 500))
    one, other = (s.swath(Surface("geoid")) for s in (scene, netcdf))
    assert one.method == other.method == "range-doppler"
    other_line, other_sample = other.line_sample(*one.longitude_latitude(line, sample))
    assert np.abs(other_line - line).max() < 2e-4
    assert np.abs(other_sample - sample).max() < 2e-4
    assert scene.range_doppler_misfit_m() < 0.02  # at the microsecond of annotated times


def test_other_tables_and_angles(scene: Sentinel1Scene, netcdf: Sentinel1Scene) -> None:
    read = scene.container.read
    for name in ("betaNought_HV", "gamma_HH", "dn_HH"):
        (stored,) = netcdf.container.read(name, (slice(0, 1), *WINDOW.slices))
        np.testing.assert_allclose(read(name, WINDOW.slices), stored, rtol=1e-5)
    swath = scene.swath(Surface("ellipsoid"))
    line, sample = np.mgrid[20:300:60, 10:330:60].astype(np.float64)
    angle = swath.incidence_angle(line.ravel(), sample.ravel()).reshape(line.shape)
    part = (slice(20, 300, 60), slice(10, 330, 60))
    # Annotated angles are 0.03 degrees less than those on the ellipsoid, in real products too.
    np.testing.assert_allclose(read("incidence_angle", part), angle, atol=0.05)
    assert (read("elevation_angle", part) < read("incidence_angle", part)).all()


def test_longitude_and_latitude(scene: Sentinel1Scene, netcdf: Sentinel1Scene) -> None:
    for found, stored in zip(
        scene.read_longitude_latitude(WINDOW), netcdf.read_longitude_latitude(WINDOW), strict=True
    ):
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, stored, atol=1e-5)  # float32 at 50 degrees


@pytest.mark.parametrize(
    "name",
    ["Amplitude_HV", "sigmaNought_HV", "noiseCorrectionMatrix_HV", "swathList", "lon", "lat"],
)
def test_strided_reads_are_parts_of_the_whole(scene: Sentinel1Scene, name: str) -> None:
    whole = scene.container.read(name)
    assert whole.shape == scene.container.shape(name) == SHAPE
    assert whole.dtype == scene.container.dtype(name)
    for rows, columns in (
        (slice(0, 320, 300), slice(0, 340, 7)),
        (slice(3, 311, 2), slice(5, 6)),
        (slice(319, 320), slice(0, 340)),
        (slice(7, 300, 9), slice(100, 200, 33)),
    ):
        np.testing.assert_array_equal(
            scene.container.read(name, (rows, columns)), whole[rows, columns]
        )


def test_the_last_line_and_a_pixel(scene: Sentinel1Scene) -> None:
    corner = Window(SHAPE[0] - 1, SHAPE[0], SHAPE[1] - 1, SHAPE[1])
    assert scene.read_sigma_nought("HH", corner)[0].shape == (1, 1)
    with pytest.raises(UsageError, match="is not inside"):
        scene.read_amplitude("HH", Window(0, SHAPE[0] + 1, 0, 10))
    with pytest.raises(UsageError, match="has no polarisation 'VV'"):
        scene.read_amplitude("VV", WINDOW)


def test_probes(scene: Sentinel1Scene, netcdf: Sentinel1Scene) -> None:
    one, other = valid_footprint(scene), valid_footprint(netcdf)
    np.testing.assert_array_equal(one.cells, other.cells)


def test_probes_of_a_tiled_image_go_to_its_overview(written: Written) -> None:
    assert "IMAGED" not in open_scene(written.safe).container.names
    scene = open_scene(written.cog)
    held = scene.container.read("IMAGED")
    numbers = scene.container.read("Amplitude_HH")
    assert held.shape == numbers.shape
    assert (held == (numbers > 0)).mean() > 0.98  # but for pixels at the edge


class _SmallOverview:
    """Image of 4194 x 70 pixels whose overview of 5 x 3 is said to be of every 953rd pixel."""

    shape = (4194, 70)
    coarsest = 953

    def read_overview(self) -> np.ndarray:
        return np.arange(15).reshape(5, 3) % 2


def test_an_overview_need_be_no_exact_fraction() -> None:
    table = OverviewTable(_SmallOverview())
    lines, samples = np.array([0, 838, 839, 4193]), np.array([0, 23, 24, 69])
    expected = (np.arange(15).reshape(5, 3) % 2)[np.ix_([0, 0, 1, 4], [0, 0, 1, 2])]
    np.testing.assert_array_equal(table.at(lines, samples), expected)


def test_many_threads_and_a_pickle_read_the_same(scene: Sentinel1Scene) -> None:
    windows = [Window(top, top + 40, 0, SHAPE[1]) for top in range(0, SHAPE[0] - 40, 8)]
    expected = [scene.read_sigma_nought("HV", window)[0] for window in windows]
    fresh = pickle.loads(pickle.dumps(scene))
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda window: fresh.read_sigma_nought("HV", window)[0], windows * 3))
    for power, wanted in zip(found, expected * 3, strict=True):
        np.testing.assert_array_equal(power, wanted)
    fresh.container.close()
    np.testing.assert_array_equal(fresh.read_sigma_nought("HV", windows[0])[0], expected[0])


def test_no_container_costs_a_network(scene: Sentinel1Scene) -> None:
    selections = scene.selections(("HH",), WINDOW)
    scene.container.announce(selections)
    assert scene.container.cost(selections).bytes == 0
    assert scene.container.traffic().requests == 0
    assert not scene.container.remote


# Products made worse.


@pytest.fixture
def safe(written: Written, tmp_path: Path) -> Path:
    return Path(shutil.copytree(written.safe, tmp_path / written.safe.name))


def one(safe: Path, pattern: str) -> Path:
    (path,) = safe.glob(pattern)
    return path


def rewrite(path: Path, change: Callable[[str], str]) -> None:
    before = path.read_text()
    after = change(before)
    assert after != before
    path.write_text(after)


def opened(safe: Path, *, listed: bool = True) -> Sentinel1Scene:
    if listed:
        refresh_manifest(safe)
    scene = open_scene(safe)
    assert isinstance(scene, Sentinel1Scene)
    return scene


@pytest.mark.parametrize(
    "pattern",
    ["annotation/*-hh-*.xml", "annotation/calibration/noise-*-hv-*.xml",
     "annotation/calibration/calibration-*-hh-*.xml", "measurement/*-hv-*.tiff"],
)  # fmt: skip
def test_a_missing_file_is_named(safe: Path, pattern: str) -> None:
    path = one(safe, pattern)
    path.unlink()
    with pytest.raises(DamagedFileError, match=re.escape(path.name)):
        opened(safe, listed=False)


def test_a_missing_file_is_named_even_if_the_manifest_does_not_list_it(safe: Path) -> None:
    one(safe, "annotation/calibration/noise-*-hv-*.xml").unlink()
    with pytest.raises(DamagedFileError, match="lacks its noise file, without which HV"):
        opened(safe)


def test_a_polarisation_that_was_left_out_is_noted(safe: Path) -> None:
    for path in safe.rglob("*-hv-*"):
        path.unlink()
    scene = opened(safe, listed=False)
    assert scene.polarisations == ("HH",)
    assert scene.notes == ("The files of HV were left out of the product.",)
    assert opened(safe).notes == ()


def test_nothing_but_a_manifest(safe: Path) -> None:
    for folder in ("annotation", "measurement"):
        shutil.rmtree(safe / folder)
    with pytest.raises(DamagedFileError, match="holds no polarisation"):
        opened(safe)


def test_no_manifest(safe: Path) -> None:
    (safe / "manifest.safe").unlink()
    with pytest.raises(DamagedFileError, match=r"neither manifest\.safe nor"):
        opened(safe, listed=False)


@pytest.mark.parametrize("pattern", ["annotation/*-hh-*", "annotation/calibration/noise-*-hh-*"])
def test_an_edited_document_is_not_believed(safe: Path, pattern: str) -> None:
    rewrite(one(safe, pattern), lambda text: text.replace("1", "2"))
    with pytest.raises(DamagedFileError, match="not the file that the manifest lists: its MD5"):
        opened(safe, listed=False)


def test_an_edited_calibration_is_found_when_it_is_read(safe: Path) -> None:
    path = one(safe, "annotation/calibration/cal*-hh-*")
    rewrite(path, lambda text: text.replace("e+03", "e+04"))
    scene = opened(safe, listed=False)
    scene.read_amplitude("HH", WINDOW)
    with pytest.raises(DamagedFileError, match="not the file that the manifest lists"):
        scene.read_sigma_nought("HH", WINDOW)


@pytest.mark.parametrize(
    "pattern", ["manifest.safe", "annotation/*-hh-*", "annotation/calibration/noise-*-hv-*"]
)
def test_a_document_that_was_cut_short(safe: Path, pattern: str) -> None:
    path = one(safe, pattern)
    path.write_bytes(path.read_bytes()[:-50])
    listed = path.name != "manifest.safe"
    with pytest.raises(DamagedFileError, match="no well-formed XML"):
        opened(safe, listed=listed)


def test_a_document_that_attacks(safe: Path) -> None:
    path = one(safe, "annotation/*-hh-*.xml")
    rewrite(path, lambda text: text.replace("<product>", "<!DOCTYPE product><product>"))
    with pytest.raises(DamagedFileError, match="declares a document type"):
        opened(safe)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("adsHeader/polarisation", "polarisation in <adsHeader> is missing"),
        ("imageAnnotation/imageInformation/numberOfLines", "numberOfLines .* is missing"),
        ("imageAnnotation", "imageAnnotation/imageInformation in <product> is missing"),
        ("geolocationGrid", "0 points of the geolocation grid do not span the image"),
    ],
)
def test_annotation_that_lacks_something(safe: Path, path: str, reason: str) -> None:
    document = one(safe, "annotation/*-hh-*.xml")
    tree = ElementTree.parse(document)
    parent = tree.getroot() if "/" not in path else tree.find(path.rpartition("/")[0])
    parent.remove(tree.find(path))
    tree.write(document)
    with pytest.raises(DamagedFileError, match=reason):
        opened(safe)


@pytest.mark.parametrize(
    "name", ["azimuthTimeInterval", "rangePixelSpacing", "azimuthPixelSpacing"]
)
@pytest.mark.parametrize("value", ["0", "-1", "1e30"])
def test_intervals_that_cannot_be(safe: Path, name: str, value: str) -> None:
    path = one(safe, "annotation/*-hh-*.xml")
    rewrite(path, lambda text: re.sub(f"<{name}>[^<]*<", f"<{name}>{value}<", text))
    with pytest.raises(DamagedFileError, match=rf"{name} is .*; between .* was expected"):
        opened(safe)


@pytest.mark.parametrize(
    ("name", "value"),
    [("latitude", "91"), ("longitude", "-361"), ("height", "99999999"), ("incidenceAngle", "-3")],
)
def test_points_that_are_nowhere(safe: Path, name: str, value: str) -> None:
    path = one(safe, "annotation/*-hh-*.xml")
    rewrite(path, lambda text: re.sub(f"<{name}>[^<]*<", f"<{name}>{value}<", text, count=1))
    with pytest.raises(DamagedFileError, match=r"1 of .* points of the geolocation grid have"):
        opened(safe)


@pytest.mark.parametrize("path", ["generalAnnotation/orbitList", "coordinateConversion"])
def test_without_orbit_or_records_control_points_place_the_pixels(safe: Path, path: str) -> None:
    document = one(safe, "annotation/*-hh-*.xml")
    tree = ElementTree.parse(document)
    parent = tree.getroot() if "/" not in path else tree.find(path.rpartition("/")[0])
    parent.remove(tree.find(path))
    tree.write(document)
    scene = opened(safe)
    assert scene.swath(Surface("geoid")).method == "control-points"
    assert "Orbit and records are not used" in scene.notes[0]


@pytest.mark.parametrize(
    ("name", "value"), [("grsrCoefficients", ""), ("grsrCoefficients", "0"), ("gr0", "1e30")]
)
def test_records_without_an_answer_are_not_used(safe: Path, name: str, value: str) -> None:
    path = one(safe, "annotation/*-hh-*.xml")
    rewrite(path, lambda text: re.sub(f"(<{name}[^>]*>)[^<]*<", rf"\g<1>{value}<", text))
    scene = opened(safe)
    assert scene.ingredients is None
    assert "rbit and records" in scene.notes[0]


def test_records_that_miss_the_points_are_not_used(safe: Path) -> None:
    document = one(safe, "annotation/*-hh-*.xml")
    tree = ElementTree.parse(document)
    for start in tree.iter("gr0"):
        start.text = "500.0"
    tree.write(document)
    assert "miss the control points by" in opened(safe).notes[0]


def test_polarisations_of_two_images(safe: Path) -> None:
    path = one(safe, "annotation/*-hv-*.xml")
    rewrite(path, lambda text: text.replace("<numberOfLines>320<", "<numberOfLines>321<"))
    with pytest.raises(ContradictionError, match=r"HH has 320 x 340 .* HV has 321 x 340"):
        opened(safe)


def test_a_file_named_for_another_polarisation(safe: Path) -> None:
    path = one(safe, "annotation/*-hv-*.xml")
    rewrite(path, lambda text: text.replace("<polarisation>HV<", "<polarisation>VV<"))
    with pytest.raises(ContradictionError, match="a file named HV holds the annotation of VV"):
        opened(safe)


def test_two_files_for_one_polarisation(safe: Path) -> None:
    path = one(safe, "measurement/*-hv-*")
    shutil.copyfile(path, path.with_name("copy-hv-2.tiff"))
    with pytest.raises(ContradictionError, match="two measurement files for HV"):
        opened(safe)


def _image(path: Path, values: np.ndarray, driver: str = "GTiff") -> None:
    height, width = values.shape
    with rasterio.open(
        path, "w", driver=driver, height=height, width=width, count=1, dtype=values.dtype,
        crs="EPSG:4326", transform=NORTH_UP,
    ) as image:  # fmt: skip
        image.write(values, 1)


@pytest.mark.parametrize(
    ("values", "error", "reason"),
    [
        (np.ones((319, 340), np.uint16), ContradictionError, "319 x 340 pixels, its annotation"),
        (np.ones(SHAPE, np.float32), UnsupportedProductError, "values of type float32"),
        (np.ones(SHAPE, np.complex64), UnsupportedProductError, "values of type complex64"),
    ],
)
def test_another_image(safe: Path, values, error: type[InputError], reason: str) -> None:
    _image(one(safe, "measurement/*-hh-*"), values)
    with pytest.raises(error, match=reason):
        opened(safe)


def test_an_image_that_was_cut_short_is_found_on_opening(safe: Path) -> None:
    path = one(safe, "measurement/*-hh-*")
    whole = path.read_bytes()
    for length in (len(whole) - 100, len(whole) // 2, 200, 0):
        path.write_bytes(whole[:length])
        with pytest.raises(DamagedFileError, match=re.escape(path.name)):
            opened(safe)


def test_a_tiled_image_that_was_cut_short_is_found_on_opening(
    written: Written, tmp_path: Path
) -> None:
    safe = Path(shutil.copytree(written.cog, tmp_path / written.cog.name))
    path = one(safe, "measurement/*-hh-*")
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(DamagedFileError, match=re.escape(path.name)):
        opened(safe)


def test_an_image_of_another_format_is_not_opened(safe: Path, tmp_path: Path) -> None:
    """A VRT could make GDAL read any file or address."""
    path = one(safe, "measurement/*-hh-*")
    secret = tmp_path / "secret.tif"
    path.rename(secret)
    rasters = f"<SourceFilename>{secret}</SourceFilename><SourceBand>1</SourceBand>"
    path.write_text(
        '<VRTDataset rasterXSize="340" rasterYSize="320"><VRTRasterBand dataType="UInt16" band="1">'
        f"<SimpleSource>{rasters}</SimpleSource></VRTRasterBand></VRTDataset>"
    )
    with pytest.raises(DamagedFileError, match="cannot be opened as an image"):
        opened(safe)


def test_a_window_reads_nothing_of_the_rest(safe: Path) -> None:
    """Strips in the middle are damaged; every window without them is read all the same."""
    path = one(safe, "measurement/*-hh-*")
    with rasterio.open(path) as image:
        values = image.read(1)
    profile = {"height": SHAPE[0], "width": SHAPE[1], "count": 1, "dtype": "uint16"}
    with rasterio.open(
        path, "w", driver="GTiff", compress="deflate", blockysize=1, **profile,
        crs="EPSG:4326", transform=NORTH_UP,
    ) as image:  # fmt: skip
        image.write(values, 1)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle - 4000 : middle + 4000] = bytes(8000)
    path.write_bytes(bytes(data))
    scene = opened(safe)
    for window in (Window(0, 100, 0, 340), Window(230, 320, 20, 30)):
        np.testing.assert_array_equal(scene.read_amplitude("HH", window), values[window.slices])
    with pytest.raises(DamagedFileError, match=r"\[100:230, 0:340\] .* cannot be read"):
        scene.read_amplitude("HH", Window(100, 230, 0, 340))


def test_measurements_are_proven_on_request(safe: Path) -> None:
    from icepair.products.safe.archive import open_archive
    from icepair.products.safe.manifest import read_manifest

    path = one(safe, "measurement/*-hh-*")
    member = path.relative_to(safe).as_posix()
    read_manifest(open_archive(safe)).verify(member)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    opened(safe, listed=False)
    with pytest.raises(DamagedFileError, match="not the file that the manifest lists"):
        read_manifest(open_archive(safe)).verify(member)


@pytest.mark.parametrize("kind", ["RAW__0SDH", "SLC__1SDH", "OCN__2SDH"])
def test_other_products_are_refused_by_name(safe: Path, kind: str) -> None:
    other = safe.with_name(safe.name.replace("GRDM_1SDH", kind))
    safe.rename(other)
    shutil.rmtree(other / "measurement")
    with pytest.raises(UnsupportedProductError, match=f"of type {kind[:3]}; icepair reads"):
        opened(other)


@pytest.mark.parametrize("where", ["manifest", "annotation"])
def test_other_products_are_refused_under_any_name(safe: Path, where: str) -> None:
    other = safe.with_name("scene.SAFE")
    safe.rename(other)
    if where == "annotation":
        rewrite(one(other, "annotation/*-hh-*"), lambda text: text.replace(">GRD<", ">SLC<"))
        refresh_manifest(other)
    else:
        rewrite(other / "manifest.safe", lambda text: text.replace(">GRD<", ">SLC<"))
    with pytest.raises(UnsupportedProductError, match="of type SLC; icepair reads"):
        opened(other, listed=False)


def test_wave_mode_is_refused(safe: Path) -> None:
    for path in safe.glob("annotation/*.xml"):
        rewrite(path, lambda text: text.replace("<mode>EW<", "<mode>WV<"))
    with pytest.raises(UnsupportedProductError, match="taken in mode 'WV'"):
        opened(safe)


@pytest.mark.parametrize("unit", ["S1A", "S1B", "S1C", "S1D"])
def test_every_unit_and_any_name(safe: Path, unit: str) -> None:
    for path in safe.glob("annotation/*.xml"):
        text = path.read_text()
        path.write_text(text.replace(">S1B<", f">{unit}<"))
    other = safe.with_name("renamed")
    safe.rename(other)
    scene = opened(other)
    assert (scene.unit, scene.product, scene.product_type) == (unit, "renamed", "GRD")


def test_stripmap_is_one_swath(safe: Path) -> None:
    for path in safe.glob("annotation/*.xml"):
        tree = ElementTree.parse(path)
        tree.find("adsHeader/mode").text = "SM"
        tree.find("adsHeader/swath").text = "S3"
        tree.getroot().remove(tree.find("swathMerging"))
        tree.write(path)
    scene = opened(safe)
    assert (scene.mode, scene.subswaths) == ("S3", ("S3",))
    assert (scene.read_subswath(WINDOW) == 1).all()


def test_noise_that_is_removed_already_stays(safe: Path) -> None:
    for path in safe.glob("annotation/*.xml"):
        rewrite(path, lambda text: text.replace("Performed>false<", "Performed>true<"))
    scene = opened(safe)
    assert scene.noise_status == {"HH": "removed", "HV": "removed"}
    assert scene.notes == ("The processor has already removed thermal noise; it is left as it is.",)
    assert (scene.read_noise("HV", WINDOW) == 0).all()


def test_noise_of_zeros_is_noted(safe: Path) -> None:
    for path in safe.glob("annotation/calibration/noise-*"):
        tree = ElementTree.parse(path)
        for lut in tree.iter("noiseRangeLut"):
            lut.text = " ".join("0" for _ in lut.text.split())
        tree.write(path)
    scene = opened(safe)
    assert scene.noise_status == {"HH": "zero", "HV": "zero"}
    assert "zeros only" in scene.notes[0]


def test_border_numbers_are_found_where_noise_is_zero(safe: Path) -> None:
    """Of IPF 2.36, whose noise tables are zeros and whose borders are not."""
    for path in safe.glob("annotation/calibration/noise-*"):
        rewrite(path, lambda text: re.sub(r"(<noiseRangeLut[^>]*>)[^<]*", _zeros, text))
    for path in safe.glob("measurement/*.tiff"):
        with rasterio.open(path, "r+") as image:
            numbers = np.maximum(image.read(1), 60)
            numbers[:, :70] = 2
            image.write(numbers, 1)
    refresh_manifest(safe, processor="002.36")
    scene = opened(safe, listed=False)
    border = scene.read_unimaged(Window.whole(scene.shape))
    assert border[:, :70].all()
    assert not border[:, 70 + AHEAD :].any()
    power, flags = scene.read_sigma_nought("HH", Window(10, 40, 0, 120))
    assert np.isnan(power[:, :70]).all()
    assert (flags[:, :70] == S1Flag.BORDER_NOISE).all()
    assert np.isfinite(power[:, 100:]).all()


def _zeros(lut: re.Match[str]) -> str:
    count = len(lut[0].removeprefix(lut[1]).split())
    return lut[1] + " ".join(["0"] * count)


@pytest.mark.parametrize(
    ("orbit", "quality"),
    [
        ("S1A_OPER_AUX_POEORB_OPOD_20221220T080000.EOF", "precise"),
        ("S1A_OPER_AUX_RESORB_OPOD_20221130T052216.EOF", "restituted"),
        ("S1A_OPER_AUX_PREORB_OPOD_20221130T052216.EOF", "predicted"),
        ("S1A_AUX_PP1_V20190228T092500_G20220323T153041.SAFE", "file"),
    ],
)
def test_orbit_quality(safe: Path, orbit: str, quality: str) -> None:
    refresh_manifest(safe, orbit_file=orbit)
    assert opened(safe, listed=False).orbit_quality == quality


def test_an_orbit_from_on_board(safe: Path) -> None:
    for path in safe.glob("annotation/*.xml"):
        rewrite(path, lambda text: text.replace("Used>true<", "Used>false<"))
    assert opened(safe).orbit_quality == "onboard"


@pytest.mark.parametrize(
    ("stated", "version"), [("003.52", "3.52"), ("2.36", "2.36"), ("005.01.1", "5.01"), ("", "")]
)
def test_processor_version(safe: Path, stated: str, version: str) -> None:
    refresh_manifest(safe, processor=stated)
    scene = opened(safe, listed=False)
    assert scene.processor_version == version
    assert any("(IPF)" in note for note in scene.notes) == (version in ("", "5.01"))


def test_calibration_vectors_out_of_order(safe: Path) -> None:
    path = one(safe, "annotation/calibration/cal*-hh-*")
    rewrite(path, lambda text: text.replace("<line>0<", "<line>9999<"))
    with pytest.raises(DamagedFileError, match="lines or samples do not increase"):
        opened(safe).read_sigma_nought("HH", WINDOW)


def test_calibration_of_unequal_lists(safe: Path) -> None:
    path = one(safe, "annotation/calibration/cal*-hh-*")
    rewrite(path, lambda text: re.sub(r"<sigmaNought>\S+ ", "<sigmaNought>", text, count=1))
    with pytest.raises(DamagedFileError, match=r"a vector has \d+ values of sigmaNought at"):
        opened(safe).read_sigma_nought("HH", WINDOW)


# Tables against slow references.


def bilinear(table: LookUpTable, line: float, sample: float) -> float:
    column = [np.interp(sample, table.samples, vector) for vector in table.values]
    return float(np.interp(line, table.lines, column))


def test_look_up_table_pixel_by_pixel() -> None:
    random = np.random.default_rng(3)
    lines, samples = np.array([-5.0, 3.0, 11.0, 40.0]), np.array([0.0, 4.0, 9.0, 10.0])
    table = LookUpTable(lines, samples, random.uniform(400, 500, (4, 4)))
    rows, columns = np.arange(0, 50), np.arange(0, 14)
    expected = [[bilinear(table, line, sample) for sample in columns] for line in rows]
    np.testing.assert_allclose(table.at(rows, columns), expected, rtol=1e-6)
    np.testing.assert_array_equal(
        table.at(rows[7:30:5], columns[1::3]), table.at(rows, columns)[7:30:5, 1::3]
    )


def test_vectors_with_samples_of_their_own() -> None:
    samples = [np.array([0.0, 10.0]), np.array([0.0, 4.0, 10.0])]
    values = [np.array([1.0, 2.0]), np.array([1.0, 5.0, 2.0])]
    table = LookUpTable.of_vectors(np.array([0.0, 10.0]), samples, values)
    assert table.at(np.array([0, 10]), np.array([4])).ravel().tolist() == pytest.approx([1.4, 5.0])


def test_a_single_vector_holds_everywhere() -> None:
    table = LookUpTable(np.array([7.0]), np.array([0.0, 10.0]), np.array([[1.0, 2.0]]))
    assert table.at(np.array([0, 7, 50]), np.array([5])).ravel().tolist() == [1.5, 1.5, 1.5]


def points(line, sample, longitude, latitude, incidence) -> ControlPoints:
    columns = (line, sample, longitude, latitude, np.zeros(len(line)), incidence)
    return ControlPoints(*(np.asarray(column, dtype=np.float64) for column in columns))


def test_scattered_points_make_no_tables() -> None:
    one = np.ones(4)
    assert grid_tables(points([0, 0, 5, 6], [0, 5, 0, 5], one, one, one), one) == {}
    assert grid_tables(points([0, 0, 5, 0], [0, 5, 0, 5], one, one, one), one) == {}


def test_points_in_any_order() -> None:
    tables = grid_tables(
        points([5, 5, 0, 0], [5, 0, 5, 0], 4 * [9.0], 4 * [80.0], [10.0, 40.0, 20.0, 30.0]),
        np.zeros(4),
    )
    assert tables["incidence_angle"].at(np.array([5]), np.array([0, 5])).tolist() == [[40.0, 10.0]]


def test_places_over_180_degrees_and_the_pole() -> None:
    """Points of a plane that touches the pole, 20 km apart, with the pole and 180 among them."""
    line, sample = (index.ravel() * 100.0 for index in np.mgrid[0:6, 0:6])
    x, y = (line - 251.0) * 200.0, (sample - 249.0) * 200.0
    degrees = 1.0 / 111_000.0
    tables = grid_tables(
        points(
            line, sample, np.degrees(np.arctan2(y, x)), 90.0 - np.hypot(x, y) * degrees, line * 0
        ),
        line * 0,
    )
    lines, samples = np.arange(0, 500, 7), np.arange(0, 500, 11)
    lon, lat = (tables[name].at(lines, samples).astype(np.float64) for name in ("lon", "lat"))
    way = (90.0 - lat) / degrees
    wanted = np.meshgrid((lines - 251.0) * 200.0, (samples - 249.0) * 200.0, indexing="ij")
    found = way * np.cos(np.radians(lon)), way * np.sin(np.radians(lon))
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, atol=1.0)  # float32 of 90 degrees


def test_subswath_borders_belong_to_their_swath() -> None:
    bounds = (SwathBounds("EW1", 0, 4, 0, 9), SwathBounds("EW2", 2, 4, 10, 19))
    numbers = SubSwathMap(("EW1", "EW2"), bounds).at(np.arange(6), np.arange(20))
    expected = np.zeros((6, 20))
    expected[0:5, 0:10] = 1
    expected[2:5, 10:20] = 2
    np.testing.assert_array_equal(numbers, expected)

"""Opening radar products: the archive's own header, small files with one fault each, exports."""

from __future__ import annotations

import ast
import pickle
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import netCDF4
import numpy as np
import pyproj
import pytest
from nbs_files import create, read_header, small_radar, small_radar_places

import icepair as ip
from icepair.errors import (
    ContradictionError,
    DamagedFileError,
    InputError,
    UnsupportedProductError,
    UsageError,
)
from icepair.products.annotation import image_information, ingredients
from icepair.products.netcdf import NetcdfContainer

ELLIPSOID = ip.Surface("ellipsoid")
WINDOW = ip.Window(10, 20, 30, 45)


def metres(longitude, latitude, other_longitude, other_latitude):
    geod = pyproj.Geod(ellps="WGS84")
    return geod.inv(longitude, latitude, other_longitude, other_latitude)[2]


def change(path: Path, edit: Callable[[netCDF4.Dataset], None]) -> Path:
    with netCDF4.Dataset(path, "a") as dataset:
        dataset.set_auto_maskandscale(False)
        edit(dataset)
    return path


# The archive's own header, with golden values where a sample of them lies.


@pytest.fixture(scope="module")
def golden(shared_data: Path):
    with netCDF4.Dataset(shared_data / "nbs_converter_output" / "s1_ew_grdm_golden.nc") as dataset:
        dataset.set_auto_maskandscale(False)
        return {name: variable[:] for name, variable in dataset.variables.items()}


@pytest.fixture(scope="module")
def golden_spots(golden) -> list[tuple[int, int]]:
    """Indices into the golden raster: a few anywhere, and negatives of the noise."""
    some = [(row, column) for row in range(3, 204, 40) for column in range(2, 207, 51)]
    negative = np.argwhere(golden["noiseCorrectionMatrix_HV"] < 0)[:5]
    return [*some, *map(tuple, negative.tolist())]


@pytest.fixture(scope="module")
def real(shared_data: Path, golden, golden_spots, tmp_path_factory: pytest.TempPathFactory) -> Path:
    header = read_header(shared_data / "nbs_converter_output" / "s1_ew_grdm.cdl")
    path = tmp_path_factory.mktemp("real") / "any name.bin"
    with create(path, header) as dataset:
        dataset["time"][:] = 1322617422  # 2022-11-30T01:43:42
        for name in dataset.variables:
            if name.startswith("GCP_"):
                dataset[name][:] = golden[name]
        lines, samples = golden["GCP_line_HH"].astype(int), golden["GCP_pixel_HH"].astype(int)
        for stem in ("lat", "lon"):
            values = golden[{"lat": "GCP_latitude_HH", "lon": "GCP_longitude_HH"}[stem]]
            for line, sample, value in zip(lines, samples, values, strict=True):
                dataset[stem][line, sample] = value
        for polarisation in ("HH", "HV"):
            for third in (10708 // 3, 10708 // 2, 2 * 10708 // 3):
                dataset[f"noiseCorrectionMatrix_{polarisation}"][0, third] = 500.0
            for row, column in golden_spots:
                spot = (0, golden["line"][row], golden["sample"][column])
                dataset[f"Amplitude_{polarisation}"][spot] = 1000
                for stem in ("sigmaNought", "noiseCorrectionMatrix"):
                    name = f"{stem}_{polarisation}"
                    dataset[name][spot] = golden[name][row, column]
        for row, column in golden_spots:
            spot = (golden["line"][row], golden["sample"][column])
            dataset["swathList"][spot] = golden["swathList"][row, column]
    return path


def test_the_archives_own_header(real: Path) -> None:
    scene = ip.open_scene(real)
    assert isinstance(scene, ip.Sentinel1Scene)
    assert scene.notes == ()
    assert scene.product == "S1A_EW_GRDM_1SDH_20221130T014342_20221130T014446_046117_058549_BB15"
    assert scene.time == datetime(2022, 11, 30, 1, 43, 42, tzinfo=UTC)
    assert (scene.platform, scene.unit, scene.sensor) == ("S1A", "S1A", "S1")
    assert (scene.mode, scene.product_type) == ("EW", "GRDM")
    assert scene.polarisations == ("HH", "HV")
    assert scene.shape == (10708, 10487)
    assert scene.pass_direction == "descending"
    assert scene.start_time == datetime(2022, 11, 30, 1, 43, 42, 546629, tzinfo=UTC)
    assert scene.stop_time == datetime(2022, 11, 30, 1, 44, 46, 839082, tzinfo=UTC)
    assert (scene.azimuth_spacing_m, scene.range_spacing_m) == (40.0, 40.0)
    assert scene.subswaths == ("EW1", "EW2", "EW3", "EW4", "EW5")
    assert scene.noise_status == {"HH": "table", "HV": "table"}
    assert scene.points_method == "control-points"
    assert scene.orbit_quality == "file"
    assert len(scene.control_points) == 483
    assert scene.bistatic_reference_s == pytest.approx(5.734835e-3, abs=2e-8)
    assert "BB15" in repr(scene)
    assert len(repr(scene)) < 1200


def test_golden_values_come_back_unchanged(real: Path, golden, golden_spots) -> None:
    scene = ip.open_scene(real)
    for row, column in golden_spots:
        line, sample = int(golden["line"][row]), int(golden["sample"][column])
        spot = ip.Window(line, line + 1, sample, sample + 1)
        assert scene.read_amplitude("HV", spot).item() == 1000
        table = scene.read_sigma_nought_table("hv", spot)
        assert table.dtype == np.float32
        assert table.item() == golden["sigmaNought_HV"][row, column]
        stored = golden["noiseCorrectionMatrix_HV"][row, column]
        assert scene.read_noise("HV", spot).item() == max(stored, 0.0)
        assert scene.read_subswath(spot).item() == golden["swathList"][row, column]
    assert min(golden["noiseCorrectionMatrix_HV"][spot] for spot in golden_spots) < 0


def test_annotation_in_attributes_equals_the_xml(real: Path, shared_data: Path) -> None:
    found = ingredients(NetcdfContainer(str(real)))
    assert found is not None
    root = ElementTree.parse(shared_data / "s1_ew_grdm_kara_20221130" / "ew-hh.xml").getroot()
    states = root.findall("generalAnnotation/orbitList/orbit")

    def vectors(tag: str) -> list[list[float]]:
        return [[float(state.findtext(f"{tag}/{axis}", "")) for axis in "xyz"] for state in states]

    np.testing.assert_array_equal(found.orbit.positions, vectors("position"))
    np.testing.assert_array_equal(found.orbit.velocities, vectors("velocity"))
    times = [np.datetime64(state.findtext("time", "")) for state in states]
    assert [found.orbit.seconds(time) for time in times] == pytest.approx(found.orbit.times_s)
    assert found.orbit.epoch == times[0]
    records = root.findall("coordinateConversion/coordinateConversionList/coordinateConversion")

    def column(tag: str) -> np.ndarray:
        rows = [[float(word) for word in (r.findtext(tag) or "").split()] for r in records]
        return np.array(rows)

    np.testing.assert_array_equal(found.records.ground_to_slant, column("grsrCoefficients"))
    np.testing.assert_array_equal(found.records.slant_to_ground, column("srgrCoefficients"))
    np.testing.assert_array_equal(found.records.slant_range_start_m, column("sr0")[:, 0])
    np.testing.assert_array_equal(found.records.ground_range_start_m, column("gr0")[:, 0])
    first = np.datetime64(records[0].findtext("azimuthTime", ""))
    assert found.records.times_s[0] == pytest.approx(found.orbit.seconds(first), abs=1e-9)
    assert len(found.records.times_s) == 66


def test_real_geometry_is_range_doppler_to_centimetres(real: Path, shared_data: Path) -> None:
    scene = ip.open_scene(real)
    assert scene.range_doppler_misfit_m() < 0.4  # float32 places
    swath = scene.swath(ELLIPSOID)
    assert swath.method == "range-doppler"
    root = ElementTree.parse(shared_data / "s1_ew_grdm_kara_20221130" / "ew-hh.xml").getroot()
    grid = [
        [
            float(point.findtext(tag, ""))
            for tag in ("line", "pixel", "longitude", "latitude", "height")
        ]
        for point in root.iter("geolocationGridPoint")
    ]
    line, sample, longitude, latitude, height = np.array(grid).T
    found = swath.place(line, sample, height)
    assert metres(*found, longitude, latitude).max() < 0.01


def test_line_time_is_the_annotated_one(real: Path) -> None:
    scene = ip.open_scene(real)
    assert scene.line_time(0.0) == np.datetime64("2022-11-30T01:43:42.546629")
    last = scene.line_time(np.array([10707.0]))[0]
    assert abs(last - np.datetime64("2022-11-30T01:44:46.839082")) <= np.timedelta64(1, "us")


def test_a_wrong_orbit_is_noticed(real: Path, tmp_path: Path) -> None:
    scene = ip.open_scene(real)
    path = tmp_path / "displaced.nc"
    path.write_bytes(real.read_bytes())

    def displace(dataset: netCDF4.Dataset) -> None:
        for name in ("orbitList_HH", "orbitList_HV"):
            variable = dataset[name]
            for key in variable.ncattrs():
                if key == "comment":
                    continue
                frame, position, velocity = ast.literal_eval(variable.getncattr(key))
                first, *others = position.split()
                position = " ".join([f"{float(first) + 50.0:.9e}", *others])
                variable.setncattr(key, str([frame, position, velocity]))

    changed = ip.open_scene(change(path, displace))
    assert changed.ingredients is None
    assert any("places come from the control points" in note for note in changed.notes)
    swath = changed.swath(ELLIPSOID)
    assert swath.method == "control-points"
    points = scene.control_points
    sea = points.height < 1.0
    found = swath.longitude_latitude(points.line[sea], points.sample[sea])
    assert np.median(metres(*found, points.longitude[sea], points.latitude[sea])) < 1.0


# Small files with one fault each.


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return small_radar(tmp_path / "small.nc")


def agrees(scene: ip.Sentinel1Scene, longitude: float, tolerance_m: float) -> bool:
    """Whether the swath puts every 20th pixel where `small_radar` has it."""
    line, sample = np.meshgrid(np.arange(0.0, 300, 20), np.arange(0.0, 420, 20), indexing="ij")
    found = scene.swath(ELLIPSOID).longitude_latitude(line, sample)
    expected = small_radar_places(line, sample, longitude)
    return bool(metres(*found, *expected).max() < tolerance_m)


def test_without_orbit_control_points_are_used(small: Path) -> None:
    scene = ip.open_scene(small)
    assert scene.notes == ()
    assert scene.platform == "S1C"
    assert scene.time == datetime(2025, 3, 1, 12, tzinfo=UTC)
    assert scene.polarisations == ("HH", "HV")
    assert scene.ingredients is None
    assert scene.swath(ELLIPSOID).method == "control-points"
    assert agrees(scene, 60.0, 1.0)
    assert scene.line_time(299.0) == np.datetime64("2025-03-01T12:00:02.050000")
    with pytest.raises(InputError, match="carries no orbit"):
        scene.range_doppler_misfit_m()


def test_pickled_scene_reads_on(small: Path) -> None:
    scene = ip.open_scene(small)
    again = pickle.loads(pickle.dumps(scene))
    assert again == scene
    np.testing.assert_array_equal(
        again.read_amplitude("HH", WINDOW), scene.read_amplitude("HH", WINDOW)
    )


def test_windows_and_types(small: Path) -> None:
    scene = ip.open_scene(small)
    expected = (np.arange(300 * 420).reshape(300, 420) % 60_000).astype(np.uint16)
    amplitude = scene.read_amplitude("VV".replace("V", "H"), WINDOW)
    assert amplitude.dtype == np.uint16
    np.testing.assert_array_equal(amplitude, expected[10:20, 30:45])
    assert scene.read_subswath(WINDOW).tolist() == np.zeros((10, 15)).tolist()
    longitude, latitude = scene.read_longitude_latitude(WINDOW)
    place = small_radar_places(*np.mgrid[10:20, 30:45], 60.0)
    assert metres(longitude, latitude, *place).max() < 0.6


def test_what_a_caller_may_ask_wrongly(small: Path) -> None:
    scene = ip.open_scene(small)
    with pytest.raises(UsageError, match="has no polarisation 'VH'; it has HH, HV"):
        scene.read_noise("VH", WINDOW)
    for window in (ip.Window(0, 301, 0, 5), ip.Window(-1, 5, 0, 5), ip.Window(5, 5, 0, 5)):
        with pytest.raises(UsageError, match="is not inside Amplitude_HH of 300 x 420 pixels"):
            scene.read_amplitude("HH", window)


@pytest.mark.parametrize("longitude", [60.0, 180.0, -179.9])
def test_over_180_degrees(tmp_path: Path, longitude: float) -> None:
    scene = ip.open_scene(small_radar(tmp_path / "s.nc", longitude=longitude))
    assert scene.notes == ()
    assert agrees(scene, longitude, 1.0)


def test_rasters_where_there_are_no_points(small: Path, tmp_path: Path) -> None:
    def drop(dataset: netCDF4.Dataset) -> None:
        for name in list(dataset.variables):
            if name.startswith("GCP_"):
                dataset.renameVariable(name, name.replace("GCP", "XXX"))

    scene = ip.open_scene(change(small, drop))
    assert scene.notes == (
        "The file has no control points; places come from its lat and lon rasters.",
    )
    assert scene.points_method == "rasters"


@pytest.mark.parametrize("longitude", [60.0, 180.0])
def test_garbage_in_longitude_is_left_out(tmp_path: Path, longitude: float) -> None:
    """Without points, splined longitudes over the jump must not become control points."""
    path = small_radar(tmp_path / "s.nc", longitude=longitude, lines=1200, samples=2600)

    def spoil(dataset: netCDF4.Dataset) -> None:
        for name in list(dataset.variables):
            if name.startswith("GCP_"):
                dataset.renameVariable(name, name.replace("GCP", "XXX"))
        values = dataset["lon"][:]
        if longitude == 180.0:
            start, stop = 900, 1400
            ramp = np.linspace(0.0, 1.0, stop - start)
            jumps = np.abs(values[:, start] - values[:, stop]) > 180.0
            first, last = values[jumps][:, [start]], values[jumps][:, [stop]]
            values[jumps, start:stop] = first + (last - first) * ramp
            dataset["lon"][:] = values

    scene = ip.open_scene(change(path, spoil))
    points = scene.control_points
    expected = small_radar_places(points.line, points.sample, longitude)
    assert metres(points.longitude, points.latitude, *expected).max() < 1.0
    assert len(points) >= 15


def test_without_any_place(small: Path) -> None:
    def drop(dataset: netCDF4.Dataset) -> None:
        for name in list(dataset.variables):
            if name.startswith("GCP_") or name in ("lat", "lon"):
                dataset.renameVariable(name, "old_" + name)

    with pytest.raises(DamagedFileError, match="its pixels cannot be placed"):
        ip.open_scene(change(small, drop))


def test_points_counted_from_corners_are_shifted(small: Path) -> None:
    def corners(dataset: netCDF4.Dataset) -> None:
        dataset["GCP_line_HH"][:] += 0.5
        dataset["GCP_pixel_HH"][:] += 0.5

    scene = ip.open_scene(change(small, corners))
    assert len(scene.notes) == 1
    assert "count lines from 0.5 and samples from 0.5" in scene.notes[0]
    np.testing.assert_allclose(scene.control_points.line.max(), 299.0)
    assert agrees(scene, 60.0, 1.0)


def test_points_of_the_uncut_image_are_shifted(small: Path) -> None:
    def cut(dataset: netCDF4.Dataset) -> None:
        dataset["GCP_line_HH"][:] += 20

    scene = ip.open_scene(change(small, cut))
    assert "count lines from 20 and samples from 0" in scene.notes[0]
    assert agrees(scene, 60.0, 1.0)


def test_points_mirrored_to_the_raster_are_repaired(small: Path) -> None:
    def mirror(dataset: netCDF4.Dataset) -> None:
        dataset["GCP_line_HH"][:] = 299.0 - dataset["GCP_line_HH"][:]

    scene = ip.open_scene(change(small, mirror))
    assert "lines run opposite to the raster's" in scene.notes[0]
    assert agrees(scene, 60.0, 1.0)
    assert scene.line_interval_s < 0
    assert scene.line_time(299.0) == np.datetime64("2025-03-01T12:00:00.250000")


def test_points_of_another_scale_are_repaired(small: Path) -> None:
    def shrink(dataset: netCDF4.Dataset) -> None:
        dataset["GCP_line_HH"][:] = 4 * dataset["GCP_line_HH"][:] + 1.5
        dataset["GCP_pixel_HH"][:] = 4 * dataset["GCP_pixel_HH"][:] + 1.5

    scene = ip.open_scene(change(small, shrink))
    assert "scaled by 4 along lines and 4 along samples" in scene.notes[0]
    assert agrees(scene, 60.0, 2.0)


@pytest.mark.parametrize(
    "edit",
    [
        lambda d: d["GCP_latitude_HH"].__setitem__(slice(None), d["GCP_latitude_HH"][:] + 0.02),
        lambda d: d["lon"].__setitem__(slice(None), -d["lon"][:]),
        lambda d: d["GCP_longitude_HH"].__setitem__(slice(None), d["GCP_latitude_HH"][:]),
    ],
    ids=["latitude displaced", "longitude negated", "columns confused"],
)
def test_contradictions_are_refused(small: Path, edit: Callable[[netCDF4.Dataset], None]) -> None:
    with pytest.raises(ContradictionError, match="control points contradict the lat/lon rasters"):
        ip.open_scene(change(small, edit))


def test_small_disagreement_is_told(small: Path) -> None:
    def nudge(dataset: netCDF4.Dataset) -> None:
        dataset["lat"][:] += np.float32(30 / 111e3)

    scene = ip.open_scene(change(small, nudge))
    assert "differ by 29.8 m" in scene.notes[0]
    assert agrees(scene, 60.0, 1.0)


def test_points_that_span_nothing(small: Path) -> None:
    with pytest.raises(DamagedFileError, match="do not span the image"):
        ip.open_scene(change(small, lambda d: d["GCP_line_HH"].__setitem__(slice(None), 7.0)))


def test_noise_is_never_subtracted_twice(small: Path) -> None:
    def removed(dataset: netCDF4.Dataset) -> None:
        schema = dataset.createVariable("s1Level1ProductSchema_HH", "i1")
        schema.thermalNoiseCorrectionPerformed = "true"

    scene = ip.open_scene(change(small, removed))
    assert scene.noise_status == {"HH": "removed", "HV": "removed"}
    assert "already removed" in scene.notes[0]
    assert not scene.read_noise("HH", WINDOW).any()


def test_noise_tables_absent_or_of_zeros(small: Path) -> None:
    def spoil(dataset: netCDF4.Dataset) -> None:
        dataset["noiseCorrectionMatrix_HH"][:] = 3e-13
        dataset.renameVariable("noiseCorrectionMatrix_HV", "other")

    scene = ip.open_scene(change(small, spoil))
    assert scene.noise_status == {"HH": "zero", "HV": "absent"}
    assert "zeros only" in scene.notes[0]
    assert "no noise table for HV" in scene.notes[1]
    assert not scene.read_noise("HH", WINDOW).any()
    assert scene.read_noise("HV", WINDOW).shape == (10, 15)


def test_tables_that_say_nothing(small: Path) -> None:
    strange = [np.nan, 9.96921e36, -4.0, 0.0, np.inf, -3e-13, 5.0]

    def spoil(dataset: netCDF4.Dataset) -> None:
        for stem in ("noiseCorrectionMatrix", "sigmaNought"):
            dataset[f"{stem}_HH"][0, 10, 30:37] = strange

    scene = ip.open_scene(change(small, spoil))
    row = ip.Window(10, 11, 30, 38)
    assert scene.read_noise("HH", row)[0].tolist() == [0, 0, 0, 0, 0, 0, 5.0, 900.0]
    table = scene.read_sigma_nought_table("HH", row)[0]
    assert np.isnan(table[:6]).all()
    assert table[6:].tolist() == [5.0, 500.0]


def test_other_sentinel1_products(small: Path, tmp_path: Path) -> None:
    def complex_image(dataset: netCDF4.Dataset) -> None:
        dataset.renameVariable("Amplitude_HH", "i_HH")
        dataset.renameVariable("Amplitude_HV", "q_HH")

    with pytest.raises(UnsupportedProductError, match="of type SLC"):
        ip.open_scene(change(small, complex_image))


@pytest.mark.parametrize(
    ("attribute", "value", "message"),
    [
        ("product_type", "SLC", "of type SLC"),
        ("product_type", "OCN", "of type OCN"),
        ("MODE", "WV", "taken in mode 'WV'"),
    ],
)
def test_kinds_that_are_not_read(small: Path, attribute: str, value: str, message: str) -> None:
    with pytest.raises(UnsupportedProductError, match=message):
        ip.open_scene(change(small, lambda d: d.setncattr(attribute, value)))


def test_rasters_must_be_alike(small: Path) -> None:
    def smaller(dataset: netCDF4.Dataset) -> None:
        dataset.createDimension("other", 77)
        dataset.renameVariable("sigmaNought_HV", "old")
        dataset.createVariable("sigmaNought_HV", "f4", ("time", "y", "other"))

    with pytest.raises(
        ContradictionError, match=r"300 x 420 pixels, but sigmaNought_HV has 300 x 77"
    ):
        ip.open_scene(change(small, smaller))


def test_missing_calibration(small: Path) -> None:
    with pytest.raises(DamagedFileError, match="no calibration table sigmaNought_HV"):
        ip.open_scene(change(small, lambda d: d.renameVariable("sigmaNought_HV", "old")))


def test_stripmap_and_name_only_in_the_file_name(small: Path, tmp_path: Path) -> None:
    name = "S1D_S4_GRDF_1SDV_20260102T030405_20260102T030430_001234_001ABC_0F1E"

    def strip(dataset: netCDF4.Dataset) -> None:
        for key in ("title", "time_coverage_start", "time_coverage_end"):
            dataset.delncattr(key)
        dataset.MODE = "SM"
        dataset.renameVariable("time", "old_time")

    path = change(small, strip).rename(tmp_path / f"{name}.nc")
    scene = ip.open_scene(path)
    assert (scene.product, scene.unit, scene.mode, scene.product_type) == (
        name,
        "S1D",
        "S4",
        "GRDF",
    )
    assert scene.time == scene.start_time == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert scene.stop_time == datetime(2026, 1, 2, 3, 4, 30, tzinfo=UTC)


def test_no_time_anywhere(small: Path) -> None:
    def timeless(dataset: netCDF4.Dataset) -> None:
        for key in ("title", "time_coverage_start", "time_coverage_end"):
            dataset.delncattr(key)
        dataset["time"][:] = -1

    with pytest.raises(DamagedFileError, match="does not say when it was taken"):
        ip.open_scene(change(small, timeless))


def test_foreign_netcdf(tmp_path: Path) -> None:
    with netCDF4.Dataset(tmp_path / "weather.nc", "w") as dataset:
        dataset.createDimension("x", 3)
        dataset.createVariable("temperature", "f4", ("x",))
    with pytest.raises(UnsupportedProductError, match=r"among its variables \(temperature\)"):
        ip.open_scene(tmp_path / "weather.nc")


# Exports by other programs.


def test_mirrored_export_is_repaired(shared_data: Path) -> None:
    path = next((shared_data / "nbs_s1_netcdf").glob("S1A_IW*.nc"))
    scene = ip.open_scene(path)
    assert scene.product == "S1A_IW_GRDM_1SDV_20240416T171946_20240416T172013_053462_067C88_E676"
    assert scene.polarisations == ("VV", "VH")
    assert scene.shape == (36, 50)
    assert "lines run opposite to the raster's" in scene.notes[0]
    assert scene.range_spacing_m == pytest.approx(5030, abs=30)
    rows, columns = (index.astype(float) for index in np.indices(scene.shape))
    found = scene.swath(ELLIPSOID).longitude_latitude(rows, columns)
    expected = scene.read_longitude_latitude(ip.Window.whole(scene.shape))
    distance = metres(*found, *expected)
    # A pixel is 5 km wide; the export dropped the heights of points on the mountains of Norway.
    assert np.median(distance) < 100.0
    assert distance.max() < 1000.0
    # The ascending pass saw the south first; the raster begins in the north.
    assert scene.line_time(0.0) > scene.line_time(35.0)
    amplitude = scene.read_amplitude("VV", ip.Window.whole(scene.shape))
    assert amplitude.dtype.kind in "uf"
    assert np.isfinite(amplitude).all()


def test_contradictory_export_is_refused(shared_data: Path) -> None:
    path = next((shared_data / "nbs_s1_netcdf").glob("S1A_EW*.nc"))
    with pytest.raises(ContradictionError, match=r"differ by \d+\.\d km \(median of 16 pixels"):
        ip.open_scene(path)


def test_image_information_without_annotation(small: Path) -> None:
    information = image_information(NetcdfContainer(str(small)))
    assert np.isnan(information.line_interval_s)
    assert replace(information, attributes={}).shape is None
    assert ingredients(NetcdfContainer(str(small))) is None

"""Simulated products: the archive's layout to the letter, and physics measured in the files."""

from __future__ import annotations

import re
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr

from icepair.errors import DamagedFileError, OutputError, UsageError
from icepair.geo.surface import Surface
from icepair.optical.sun import sun_position
from icepair.products.open import open_scene
from icepair.simulate import PairSettings, SimulatedPair, simulate_pair
from icepair.simulate.pair import build_scenes
from icepair.simulate.radar import LOOKS, class_backscatter

SMALL = {"radar_shape": (400, 420), "optical_shape": (300, 410)}


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> SimulatedPair:
    """Small pair of the newest layout with cloud, cirrus and land."""
    settings = PairSettings(
        **SMALL, baseline="N0509", cloud_cover=0.2, cirrus_cover=0.2, land_cover=0.1
    )
    return simulate_pair(tmp_path_factory.mktemp("pair"), settings)


def described(cdl: Path) -> dict[str, dict[str, str]]:
    """Variables of a CDL header: declaration and attributes, as text."""
    found: dict[str, dict[str, str]] = {}
    for line in cdl.read_text().splitlines():
        declared = re.match(r"\t(byte|ubyte|short|ushort|int|float|double) (\w+)(\(.*\))? ;", line)
        attribute = re.match(r"\t\t(\w*):(\S+) = (.*) ;$", line)
        if declared:
            kind, name, dimensions = declared.groups()
            found[name] = {"type": kind, "dimensions": (dimensions or "").strip("()")}
        elif attribute:
            found.setdefault(attribute[1], {})[attribute[2]] = attribute[3]
    return found


_KINDS = {"i1": "byte", "u1": "ubyte", "u2": "ushort", "i4": "int", "f4": "float", "f8": "double"}


def as_described(path: Path) -> dict[str, dict[str, object]]:
    """The same of a file, as HDF5 stores it."""
    found: dict[str, dict[str, object]] = {}
    with h5py.File(path) as file:
        for name, dataset in file.items():
            if "dimension but not" in str(dataset.attrs.get("NAME", b"")):
                continue
            dims = [Path(str(d[0].name)).name for d in dataset.dims if len(d)]
            if dataset.attrs.get("CLASS") == b"DIMENSION_SCALE":
                dims = [name]
            found[name] = {
                "type": _KINDS[dataset.dtype.str[1:]],
                "dimensions": ", ".join(dims),
                "chunks": dataset.chunks,
                **dict(dataset.attrs),
            }
    return found


@pytest.mark.parametrize(
    ("which", "header"), [("s1", "s1_ew_grdm.cdl"), ("s2", "s2_l1c_n0509.cdl")]
)
def test_layout_is_the_archive_s_own(pair, shared_data, which: str, header: str) -> None:
    """Every variable of the real header: type, dimensions, chunks, and attributes word by word."""
    wanted = described(shared_data / "nbs_converter_output" / header)
    wanted.pop("", None)
    found = as_described(getattr(pair, which))
    assert set(found) == set(wanted)
    for name, expected in wanted.items():
        assert found[name]["type"] == expected["type"], name
        assert found[name]["dimensions"] == expected["dimensions"], name
        own = re.compile(r"\\?\d|_|comment$|crs_wkt|proj4|epsg|longitude_of|bandwidth")
        words = {k: v for k, v in expected.items() if v.startswith('"') and not own.match(k)}
        if name.startswith(("s1Level1", "orbit_data")):
            words = {}
        for key, value in words.items():
            text = found[name][key]
            assert isinstance(text, bytes), (name, key)
            assert text.decode() == value.strip('"'), (name, key)
        if "_ChunkSizes" in expected:
            chunks = [int(n) for n in expected["_ChunkSizes"].split(",")]
            if chunks[-1] in (99, 1024):  # the others follow from the scene's size
                assert list(found[name]["chunks"]) == chunks, name


@pytest.mark.parametrize(
    ("which", "header"), [("s1", "s1_ew_grdm.cdl"), ("s2", "s2_l1c_n0509.cdl")]
)
def test_no_global_attribute_is_of_our_own_invention(pair, shared_data, which, header) -> None:
    wanted = described(shared_data / "nbs_converter_output" / header)[""]
    with h5py.File(getattr(pair, which)) as file:
        found = dict(file.attrs)
    assert set(found) - set(wanted) == {"comment"}  # says that it is simulated
    for name in ("instrument", "product_type", "orbit_direction", "project_short_name", "mode"):
        if name in found:
            assert found[name].decode() == wanted[name].strip('"'), name


def test_text_attributes_of_the_real_header_are_all_there(pair, shared_data) -> None:
    """Those of lists: the same words in the comments, the same shape of every record."""
    wanted = described(shared_data / "nbs_converter_output" / "s1_ew_grdm.cdl")
    with h5py.File(pair.s1) as file:
        for stem in ("orbitList", "coordinateConversionList", "swathMergeList"):
            name = f"{stem}_HV"
            assert file[name].attrs["comment"].decode() == wanted[name]["comment"].strip('"')
            keys = [key for key in wanted[name] if key.startswith("\\")]
            real = wanted[name][keys[0]].replace("\\'", "'").strip('"')
            ours = next(v for k, v in file[name].attrs.items() if k[0].isdigit()).decode()
            shape = re.compile(r"-?\d\.\d{15}e[+-]\d\d|\d{4}-\d\d-\d\dT[\d:.]+|\d+")
            assert shape.sub("#", ours) == shape.sub("#", real).replace("EW1", "EW1")


def test_every_library_opens_them(pair) -> None:
    for path in (pair.s1, pair.s2, pair.truth):
        for engine in ("netcdf4", "h5netcdf"):
            with xr.open_dataset(path, engine=engine, decode_cf=False) as data:
                assert data.sizes["y"] in (400, 300)
                for name, variable in data.variables.items():
                    if variable.ndim >= 2 and variable.shape[-1] > 22:
                        assert np.isfinite(variable.values.astype(float)).any(), name
    with xr.open_dataset(pair.truth) as truth:
        assert truth.y.values[0] > truth.y.values[-1]
        assert (truth.x.values % 10 == 5).all()


def test_our_own_reader_finds_what_was_written(pair) -> None:
    radar, optical = open_scene(pair.s1), open_scene(pair.s2)
    assert (radar.shape, optical.shape) == ((400, 420), (300, 410))
    assert radar.polarisations == ("HH", "HV")
    assert set(optical.offsets.values()) == {-1000}
    with xr.open_dataset(pair.truth, decode_cf=False) as truth:
        np.testing.assert_allclose(optical.grid.eastings(), truth.x.values)
        np.testing.assert_allclose(optical.grid.northings(), truth.y.values)
        rows, columns = np.meshgrid(np.arange(0, 300, 13), np.arange(0, 410, 17), indexing="ij")
        places = optical.grid.longitude_latitude(rows * 1.0, columns * 1.0)
        line, sample = radar.swath(Surface("geoid")).line_sample(*places)
        # The reader has the bistatic reference from times of whole microseconds: 2e-4 line.
        np.testing.assert_allclose(line, truth.s1_line.values[rows, columns], atol=5e-4)
        np.testing.assert_allclose(sample, truth.s1_sample.values[rows, columns], atol=5e-5)


def test_the_same_settings_give_the_same_bytes(tmp_path) -> None:
    settings = PairSettings(radar_shape=(200, 210), optical_shape=(200, 200), seed=4)
    one = simulate_pair(tmp_path / "a", settings)
    two = simulate_pair(tmp_path / "b", settings)
    for path in (one.s1, one.s2, one.truth):
        assert path.read_bytes() == (two.s1.parent / path.name).read_bytes()
    other = simulate_pair(
        tmp_path / "c", PairSettings(radar_shape=(200, 210), optical_shape=(200, 200), seed=5)
    )
    with h5py.File(one.s1) as first, h5py.File(other.s1) as second:
        assert not np.array_equal(first["Amplitude_HH"][...], second["Amplitude_HH"][...])


@pytest.mark.parametrize("mode", ["EW", "IW"])
def test_speckle_has_the_right_number_of_looks(mode: str) -> None:
    scene, _ = build_scenes(PairSettings(mode=mode, radar_shape=(300, 300)))
    speckle = scene._speckle("HH", 0, (1000, 1000)).astype(np.float64)
    assert speckle.mean() == pytest.approx(1.0, abs=0.003)
    assert 1.0 / speckle.var() == pytest.approx(LOOKS[mode], rel=0.03)
    centred = speckle - speckle.mean()
    neighbour = (centred[:, 1:] * centred[:, :-1]).mean() / speckle.var()
    assert 0.4 < neighbour < 0.7
    further = (centred[:, 4:] * centred[:, :-4]).mean() / speckle.var()
    assert abs(further) < 0.01


def test_tables_agree_with_each_other_and_with_the_incidence(pair) -> None:
    with h5py.File(pair.s1) as file:
        sigma, beta, gamma = (
            file[f"{name}_HH"][0].astype(np.float64)
            for name in ("sigmaNought", "betaNought", "gamma")
        )
        line, pixel, angle = (
            file[f"GCP_{name}_HH"][...] for name in ("line", "pixel", "incidenceAngle")
        )
    index = line.astype(int), pixel.astype(int)
    by_cosine = np.rad2deg(np.arccos(np.square(gamma / sigma)))[index]
    by_sine = np.rad2deg(np.arcsin(np.square(beta / sigma)))[index]
    # float32 tables: 1e-7 of a ratio whose arccosine is flat.
    np.testing.assert_allclose(by_cosine, angle, atol=5e-4)
    np.testing.assert_allclose(by_sine, angle, atol=5e-4)


def test_noise_has_steps_and_scalloping_and_is_in_the_pixels(tmp_path) -> None:
    """Over calm water in HV half of the power left is negative; the noise step is in the image."""
    settings = PairSettings(
        radar_shape=(700, 420), optical_shape=(200, 200), incidence_deg=28.5, concentration=0.05,
        brash=0.0, wind_m_s=2.0, seed=2,
    )  # fmt: skip
    made = simulate_pair(tmp_path, settings)
    with h5py.File(made.s1) as file:
        noise = file["noiseCorrectionMatrix_HV"][0].astype(np.float64)
        number = file["Amplitude_HV"][0].astype(np.float64)
        table = file["sigmaNought_HV"][0].astype(np.float64)
        swath = file["swathList"][...]
    assert set(np.unique(swath)) == {1, 2}
    border = int(np.flatnonzero(np.diff(swath[300]))[0])
    step = 10.0 * np.log10(noise[300, border] / noise[300, border + 1])
    assert 2.0 < step < 8.0
    scalloping = noise[:, border - 10] / noise[:, border - 10].min()
    assert 1.1 < scalloping.max() < 1.25
    seen = number > 0
    sigma = np.where(seen, (number**2 - noise) / table**2, np.nan)
    calm = 10.0 * np.log10(np.nanmedian(sigma[:, 20:400]))
    assert -36.0 < calm < -29.0
    assert 0.05 < np.nanmean(sigma[:, border + 20 : 400] < 0) < 0.6
    # Without the noise taken off, the step would show in the power itself.
    raw = np.where(seen, number**2 / table**2, np.nan)
    columns = slice(border - 60, border), slice(border + 1, border + 61)
    assert np.nanmedian(raw[:, columns[0]]) > 1.3 * np.nanmedian(raw[:, columns[1]])


def test_backscatter_falls_with_incidence_and_rises_with_wind() -> None:
    angles = np.array([20.0, 30.0, 45.0])
    calm, windy = (10 * np.log10(class_backscatter("HH", angles, w)) for w in (6.0, 12.0))
    thick, water = calm[0], calm[4]
    np.testing.assert_allclose(water, [-12.0, -16.8, -24.0], atol=0.1)
    np.testing.assert_allclose(thick, [-8.6, -10.6, -13.6], atol=0.1)
    assert (windy[4] - water > 4.0).all()
    cross = 10 * np.log10(class_backscatter("HV", angles, 6.0))
    assert (cross[0] - cross[4] > 9.0).all()


def test_digital_numbers_follow_the_baseline(tmp_path) -> None:
    """The same scene by two baselines differs by exactly 1000, and nodata stays 0."""
    numbers = {}
    for baseline in ("N0208", "N0510"):
        settings = PairSettings(**SMALL, baseline=baseline)
        made = simulate_pair(tmp_path / baseline, settings)
        with h5py.File(made.s2) as file:
            assert ("MSK_OPAQUE" in file) == (baseline == "N0510")
            assert ("lat" in file) == (baseline == "N0208")
            assert b"RADIO_ADD_OFFSET" not in b" ".join(map(str.encode, file.attrs))
            numbers[baseline] = file["B3"][0].astype(int)
    old, new = numbers["N0208"], numbers["N0510"]
    assert (old == 0).any()
    np.testing.assert_array_equal(old == 0, new == 0)
    dark = old > 1
    np.testing.assert_array_equal(new[dark] - old[dark], 1000)


def test_coarse_bands_repeat_and_the_coarsest_are_zoomed_wrongly(pair) -> None:
    with h5py.File(pair.s2) as file:
        b5, b1 = file["B5"][0], file["B1"][0]
    cut = b5[:, :300]
    assert (cut[::2] == cut[1::2]).all()
    assert (cut[:, ::2] == cut[:, 1::2]).all()
    # 68 and 69 pixels of 60 m stretched over 300 and 410: first and last run are half as long.
    inside = b1[:, :250].astype(int)
    changes = np.flatnonzero(np.abs(np.diff(inside, axis=1)).sum(axis=0)) + 1
    assert changes[0] in (3, 4)
    assert not (changes % 6 == 0).all()


def test_masks_tell_cloud_cirrus_and_ice_and_their_long_names_are_swapped(pair) -> None:
    with h5py.File(pair.s2) as file, xr.open_dataset(pair.truth, decode_cf=False) as truth:
        seen = truth.s2_nodata.values == 0
        cloud = truth.s2_cloud.values == 1
        np.testing.assert_array_equal(file["MSK_OPAQUE"][0] == 1, cloud & seen)
        assert b"Cirrus" in file["MSK_OPAQUE"].attrs["long_name"]
        assert 0.1 < cloud.mean() < 0.4
        thick_cirrus = (truth.s2_cirrus.values == 1) & seen & ~cloud
        clear = seen & ~cloud & (truth.s2_cirrus.values == 0)
        b10 = file["B10"][0].astype(float)
        assert np.median(b10[thick_cirrus]) > np.median(b10[clear]) + 30.0
        snow = file["MSK_SNOICE"][0] == 1
        classes = truth.s2_class.values
        assert ((classes[snow] >= 1) & (classes[snow] <= 4)).all()


def test_times_are_the_datatake_s_and_the_first_line_s(pair) -> None:
    with h5py.File(pair.s1) as radar, h5py.File(pair.s2) as optical:
        hours = (int(optical["time"][0]) - int(radar["time"][0])) / 3600.0
    assert hours == pytest.approx(pair.lag_hours - 690.0 / 3600.0, abs=0.002)


def test_truth_is_the_field_at_both_times(tmp_path) -> None:
    """Without drift both shares are the same; with it they are apart by the drift."""
    still = simulate_pair(tmp_path / "still", PairSettings(**SMALL, drift_m_s=0.0))
    with xr.open_dataset(still.truth) as truth:
        np.testing.assert_array_equal(truth.s1_ice_share.values, truth.s2_ice_share.values)
        assert still.s1_ice_concentration == pytest.approx(still.s2_ice_concentration, abs=1e-9)
        assert still.drift_m == 0.0
    # 50 m north in 100 s: five rows.
    moving = PairSettings(**SMALL, drift_m_s=0.5, drift_towards_deg=0.0, lag_hours=100.0 / 3600.0)
    moved = simulate_pair(tmp_path / "moved", moving)
    with xr.open_dataset(moved.truth) as truth:
        then, now = truth.s1_ice_share.values, truth.s2_ice_share.values
        way = truth.drift_north.values
        assert way.mean() == pytest.approx(50.0, abs=6.0)
        apart = {
            rows: np.abs(now[20:200] - then[20 + rows : 200 + rows]).mean()
            for rows in (0, 3, 4, 5, 6)
        }
        assert min(apart, key=apart.__getitem__) in (4, 5)


@pytest.mark.parametrize(
    "place",
    [
        {"longitude": 179.98, "latitude": 72.0},
        {"longitude": -150.0, "latitude": -76.0, "pass_direction": "ascending"},
        {"longitude": 12.0, "latitude": 89.97},
        {"longitude": 20.0, "latitude": 65.0, "mode": "IW", "polarisations": ("VV", "VH")},
        {"longitude": 20.0, "latitude": 65.0, "polarisations": ("HH",), "with_orbit": False},
    ],
    ids=["across-180", "antarctic", "pole", "iw", "no-orbit"],
)
def test_the_radar_sees_all_of_the_optical_scene_anywhere(tmp_path, place) -> None:
    shape = (1300, 1500) if place.get("mode") == "IW" else (400, 420)
    settings = PairSettings(
        radar_shape=shape,
        optical_shape=(210, 240),
        drift_m_s=0.0,
        concentration=0.6,
        seed=1,
        **place,
    )
    made = simulate_pair(tmp_path, settings)
    with xr.open_dataset(made.truth) as truth:
        line, sample = truth.s1_line.values, truth.s1_sample.values
        assert 3.0 < line.min() < line.max() < shape[0] - 3.0
        assert 5.0 < sample.min() < sample.max() < shape[1] - 9.0
        assert 0.02 < made.s1_ice_concentration < 0.999
    with h5py.File(made.s1) as file:
        assert ("orbitList_HH" in file or "orbitList_VV" in file) == settings.with_orbit
        co = settings.polarisations[0]
        radar = file[f"Amplitude_{co}"][0].astype(float) ** 2
        radar -= file[f"noiseCorrectionMatrix_{co}"][0]
        radar /= file[f"sigmaNought_{co}"][0].astype(float) ** 2
    # What the radar saw at the exact positions goes with the ice that was there.
    with xr.open_dataset(made.truth) as truth:
        seen = radar[np.rint(line).astype(int), np.rint(sample).astype(int)]
        ice = truth.s1_ice_share.values
        assert seen[ice > 0.95].mean() > 1.3 * seen[ice < 0.05].mean()


def test_real_annotation_gives_real_tables(tmp_path, shared_data) -> None:
    """A cut of the real Kara Sea geometry: range-Doppler from the file finds the same places."""
    folder = shared_data / "s1_ew_grdm_kara_20221130"
    made = simulate_pair(tmp_path, PairSettings(**SMALL, annotation=folder))
    radar, optical = open_scene(made.s1), open_scene(made.s2)
    assert radar.unit == "S1A"
    with h5py.File(made.s1) as file:
        assert file.attrs["relative_orbit_number"] == b"20"  # as the real manifest says
    with xr.open_dataset(made.truth, decode_cf=False) as truth:
        rows, columns = np.meshgrid(np.arange(0, 300, 29), np.arange(0, 410, 31), indexing="ij")
        places = optical.grid.longitude_latitude(rows * 1.0, columns * 1.0)
        line, sample = radar.swath(Surface("geoid")).line_sample(*places)
        np.testing.assert_allclose(line, truth.s1_line.values[rows, columns], atol=1e-3)
        np.testing.assert_allclose(sample, truth.s1_sample.values[rows, columns], atol=1e-3)


def test_whole_real_annotation_equals_the_archive_s_tables(shared_data) -> None:
    """Calibration, sub-swaths and places to float32; noise to 0.7 % at block ends, 2e-6 else."""
    from icepair.simulate.real import read_annotation

    folder = shared_data / "s1_ew_grdm_kara_20221130"
    annotation, _, _ = read_annotation(PairSettings(full=True, annotation=folder), None, None)
    golden = xr.open_dataset(
        shared_data / "nbs_converter_output" / "s1_ew_grdm_golden.nc", decode_cf=False
    )
    with golden:
        lines, samples = golden.line.values.astype(float), golden["sample"].values
        for name in annotation.calibration["HV"].tables:
            table = annotation.calibration["HV"].rows(name, lines, samples.astype(float))
            np.testing.assert_allclose(table, golden[f"{name}_HV"].values, rtol=2e-7)
        longitude, latitude = annotation.grid.rasters(lines)
        np.testing.assert_allclose(longitude[:, samples], golden.lon.values, atol=1e-5)
        np.testing.assert_allclose(latitude[:, samples], golden.lat.values, atol=1e-5)
        table = annotation.noise["HV"]
        swaths = table.swaths(lines, 10487)[:, samples]
        np.testing.assert_array_equal(swaths, golden.swathList.values)
        noise = table.rows(lines, 10487)[:, samples]
        theirs = golden.noiseCorrectionMatrix_HV.values
        usable = (golden.suspect_noise_HV.values == 0) & (theirs > 1e-6)
        ratio = np.abs(noise[usable] / theirs[usable] - 1.0)
        assert ratio.max() < 7e-3
        assert np.mean(ratio < 2e-6) > 0.97


def test_real_control_points_are_reproduced(shared_data) -> None:
    """483 points of the real grid: 5 mm, 2 microseconds, 1e-6 degrees."""
    from icepair.simulate.geometry import SPEED_OF_LIGHT, to_ecef
    from icepair.simulate.real import read_annotation

    folder = shared_data / "s1_ew_grdm_kara_20221130"
    annotation, _, _ = read_annotation(PairSettings(full=True, annotation=folder), None, None)
    grid, geometry = annotation.grid, annotation.geometry
    line, sample = np.meshgrid(grid.lines, grid.samples, indexing="ij")
    slant_range = geometry.slant_range(line, sample)
    np.testing.assert_allclose(
        2 * slant_range / SPEED_OF_LIGHT, grid.slant_range_time_s, rtol=1e-12
    )
    time = geometry.azimuth_time(line, slant_range)
    np.testing.assert_allclose(time, grid.azimuth_time_s, atol=2e-6)
    place = geometry.place(time, slant_range, grid.height)
    apart = place - to_ecef(grid.longitude, grid.latitude, grid.height)
    assert np.linalg.norm(apart, axis=-1).max() < 5e-3
    incidence, elevation = geometry.incidence_elevation(place, time)
    sea = grid.height < 1.0
    np.testing.assert_allclose(incidence[sea], grid.incidence[sea], atol=1e-6)
    np.testing.assert_allclose(elevation[sea], grid.elevation[sea], atol=1e-6)


def test_the_sun_stands_where_the_almanac_says() -> None:
    """Equinox noon at the equator; midsummer midnight sun; a value of the NOAA calculator."""
    zenith, _ = sun_position(np.datetime64("2019-03-20T12:07:30"), 0.0, 0.0)
    assert zenith == pytest.approx(0.4, abs=0.4)
    zenith, azimuth = sun_position(np.datetime64("2019-06-21T00:00:00"), 0.0, 80.0)
    assert zenith == pytest.approx(90.0 - (23.44 - 10.0), abs=0.2)
    assert min(azimuth, 360.0 - azimuth) < 1.0
    zenith, azimuth = sun_position(np.datetime64("2019-06-21T06:00:00"), 0.0, 60.0)
    assert zenith == pytest.approx(
        90.0 - np.rad2deg(np.arcsin(np.sin(np.deg2rad(60)) * np.sin(np.deg2rad(23.44)))), abs=0.6
    )
    assert 60.0 < azimuth < 90.0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"concentration": 1.5}, "concentration must lie between 0.05 and 0.99, not 1.5"),
        (
            {"mode": "IW", "incidence_deg": 21.0},
            "incidence_deg must lie between 30.6 and 46.5, not 21",
        ),
        ({"mode": "WV"}, "mode must be EW or IW"),
        ({"polarisations": ("HH", "VV")}, "do not exist together"),
        ({"baseline": "0208"}, "baseline must look like N0208"),
        ({"time": "yesterday"}, "time must be UTC like"),
        ({"surface": "moon"}, "neither 'geoid', 'ellipsoid'"),
        ({"seed": -1}, "seed must be a whole number"),
        ({"optical_shape": (100, 500)}, "at least 200 pixels"),
        ({"pass_direction": "up"}, "ascending or descending"),
    ],
)
def test_wrong_settings_are_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=re.escape(message)):
        PairSettings(**change)


def test_a_folder_without_annotation_and_a_place_outside_are_refused(tmp_path, shared_data) -> None:
    with pytest.raises(DamagedFileError, match="holds no complete annotation"):
        simulate_pair(tmp_path, PairSettings(annotation=tmp_path))
    folder = shared_data / "s1_ew_grdm_kara_20221130"
    with pytest.raises(UsageError, match="not in the annotated image"):
        simulate_pair(tmp_path, PairSettings(annotation=folder, longitude=10.0, latitude=60.0))


def test_a_folder_that_cannot_be_written_is_said(tmp_path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(OutputError, match="could not be written"):
        simulate_pair(blocked, PairSettings(**SMALL))


def test_progress_rises_to_one(tmp_path) -> None:
    heard: dict[str, list[float]] = {}
    simulate_pair(
        tmp_path,
        PairSettings(radar_shape=(200, 200), optical_shape=(200, 200)),
        progress=lambda step, share: heard.setdefault(step, []).append(share),
    )
    assert list(heard) == ["radar", "optical"]
    for shares in heard.values():
        assert shares == sorted(shares)
        assert shares[-1] == 1.0

"""From what a GeoTIFF stores to physics: units, offsets, and every way of saying "nothing"."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
import rasterio
from stack_files import TIME, decibels, geotiff, numbers

import icepair as ip
from icepair.conventions import S1Flag, S2Flag
from icepair.errors import UnsupportedProductError, UsageError

RNG = np.random.default_rng(3)
SHAPE = (1, 40, 50)
WHOLE = ip.Window(0, 40, 0, 50)
HOLE = (slice(4, 9), slice(10, 30))


def radar(path: Path, values: np.ndarray, **options: object) -> Path:
    options = {"descriptions": ("VV",), "tags": TIME} | options
    return geotiff(path, values, **options)


def optical(path: Path, values: np.ndarray, **options: object) -> Path:
    options = {"descriptions": ("B03",), "tags": TIME} | options
    return geotiff(path, values, **options)


def test_decibels_are_certain_by_name_or_by_values_and_powers_must_be_told(tmp_path: Path) -> None:
    values = decibels(RNG, SHAPE)
    power = (10 ** (values.astype(float) / 10)).astype(np.float32)
    for file, options in (
        (radar(tmp_path / "a.tif", values), {}),
        (radar(tmp_path / "b.tif", values, descriptions=("VV_dB",)), {}),
        (radar(tmp_path / "c.tif", values), {"units": "dB"}),
    ):
        scene = ip.open_scene(file, **options)
        assert scene.units == "db"
        np.testing.assert_array_equal(scene.read_sigma_nought("VV", WHOLE)[0], power[0])
    linear = radar(tmp_path / "d.tif", power)
    with pytest.raises(UsageError, match=r"linear power or decibels.*--s1-units"):
        ip.open_scene(linear)
    for file, options in (
        (linear, {"units": "linear"}),
        (radar(tmp_path / "e.tif", power, descriptions=("sigma0 VV, linear power",)), {}),
    ):
        scene = ip.open_scene(file, **options)
        np.testing.assert_array_equal(scene.read_sigma_nought("VV", WHOLE)[0], power[0])


def test_noise_about_zero_stays_negative(tmp_path: Path) -> None:
    power = RNG.normal(0.001, 0.004, SHAPE).astype(np.float32)
    scene = ip.open_scene(radar(tmp_path / "x.tif", power), units="linear")
    np.testing.assert_array_equal(scene.read_sigma_nought("vv", WHOLE)[0], power[0])


@pytest.mark.parametrize(
    ("values", "units", "advice"),
    [
        (decibels(RNG, SHAPE), "linear", "these are decibels: say units='db'"),
        (decibels(RNG, SHAPE) + 150, "linear", "amplitudes or digital numbers: calibrate"),
        (decibels(RNG, SHAPE) + 150, "db", "stay below 30 dB: calibrate"),
        (np.abs(decibels(RNG, SHAPE)) / 100, "db", "not one lies below 0 dB"),
        (decibels(RNG, SHAPE), "dn", "radar, whose units are 'linear' or 'db', not 'dn'"),
        (decibels(RNG, SHAPE), "volts", "The units 'volts' are unknown"),
    ],
)
def test_units_that_cannot_be(tmp_path: Path, values: np.ndarray, units: str, advice: str) -> None:
    with pytest.raises(UsageError, match=advice):
        ip.open_scene(radar(tmp_path / "x.tif", values), units=units)


def test_gamma_nought_is_noted(tmp_path: Path) -> None:
    file = radar(tmp_path / "x.tif", decibels(RNG, SHAPE), descriptions=("Gamma0_VV_db",))
    assert any("gamma nought" in note for note in ip.open_scene(file).notes)


def with_mask(path: Path) -> None:
    with rasterio.open(path, "r+") as file:
        mask = np.full(file.shape, 255, np.uint8)
        mask[HOLE] = 0
        file.write_mask(mask)


@pytest.mark.parametrize("way", ["tag", "nan", "nan-tag", "mask", "alpha", "-9999", "-32768", "0"])
def test_every_way_of_saying_nothing(tmp_path: Path, way: str) -> None:
    values = decibels(RNG, SHAPE)
    expected = (10 ** (values[0].astype(float) / 10)).astype(np.float32)
    expected[HOLE] = np.nan
    options: dict[str, object] = {}
    if way in ("-9999", "-32768", "0"):
        values[0][HOLE] = float(way)
    elif way in ("nan", "nan-tag"):
        values[0][HOLE] = np.nan
        options = {"nodata": np.nan} if way == "nan-tag" else {}
    elif way == "tag":
        values[0][HOLE] = 77.0
        options = {"nodata": 77.0}
    if way == "alpha":
        alpha = np.full(SHAPE, 255, np.float32)
        alpha[0][HOLE] = 0
        both = np.concatenate([values, alpha])
        file = radar(tmp_path / "x.tif", both, descriptions=("VV", "alpha"), alpha="yes")
    else:
        file = radar(tmp_path / "x.tif", values, **options)
    if way == "mask":
        with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True):
            with_mask(file)
    scene = ip.open_scene(file)
    power, flags = scene.read_sigma_nought("VV", WHOLE)
    np.testing.assert_array_equal(power, expected)
    np.testing.assert_array_equal(flags, np.where(np.isnan(expected), int(S1Flag.NODATA), 0))
    rows, columns = (part.ravel() for part in np.mgrid[0:40:3, 0:50:7])
    np.testing.assert_array_equal(
        scene.holds_values(rows, columns), np.isfinite(expected[rows, columns])
    )


def test_each_band_has_its_own_nothing(tmp_path: Path) -> None:
    files = []
    for name, nothing in (("VV", -99.0), ("VH", -88.0)):
        values = decibels(RNG, SHAPE)
        values[0][HOLE] = nothing
        values[0, 0, 0] = -88.0 - 99.0 - nothing  # the other's is a value here
        files.append(geotiff(tmp_path / f"{name}.tif", values, nodata=nothing, tags=TIME))
    scene = ip.open_scene(files)
    for name in ("VV", "VH"):
        power, _ = scene.read_sigma_nought(name, WHOLE)
        assert np.isnan(power[HOLE]).all()
        assert np.isnan(power).sum() == power[HOLE].size


def test_scale_and_offset_of_the_file(tmp_path: Path) -> None:
    stored = RNG.integers(-3000, -200, SHAPE).astype(np.int16)
    scene = ip.open_scene(radar(tmp_path / "x.tif", stored, scales=(0.01,), offsets=(0.5,)))
    expected = 10 ** ((stored[0] * 0.01 + 0.5) / 10)
    np.testing.assert_array_equal(
        scene.read_sigma_nought("VV", WHOLE)[0], expected.astype(np.float32)
    )
    counts = numbers(RNG, SHAPE)
    file = optical(tmp_path / "y.tif", counts, scales=(1e-4,), offsets=(-0.1,), nodata=0)
    found, _ = ip.open_scene(file).read_reflectance("B03", WHOLE)
    np.testing.assert_array_equal(found, (counts[0] * 1e-4 - 0.1).astype(np.float32))
    with pytest.raises(UsageError, match=r"holds reflectance already.*own scale and offset"):
        ip.open_scene(file, offset=-1000)


def test_nothing_and_saturation_under_a_scale_of_the_file(tmp_path: Path) -> None:
    counts = numbers(RNG, SHAPE)
    counts[0][HOLE] = 0
    counts[0][20:22] = 65535
    file = optical(tmp_path / "x.tif", counts, scales=(1e-4,), offsets=(-0.1,))
    found, flags = ip.open_scene(file).read_reflectance("B03", WHOLE)
    assert np.isnan(found[HOLE]).all()
    assert (flags[HOLE] == int(S2Flag.NODATA)).all()
    assert np.isnan(found[20:22]).all()
    assert (flags[20:22] == int(S2Flag.SATURATED)).all()
    measured = (counts[0] != 0) & (counts[0] != 65535)
    assert (flags[measured] == 0).all()
    expected = (counts[0] * 1e-4 - 0.1).astype(np.float32)
    np.testing.assert_array_equal(found[measured], expected[measured])


def test_digital_numbers_told_of_a_file_with_a_scale_are_those_stored(tmp_path: Path) -> None:
    counts = numbers(RNG, SHAPE)
    file = optical(tmp_path / "x.tif", counts, scales=(2e-4,), offsets=(-0.5,))
    scene = ip.open_scene(file, units="dn", offset=-1000)
    found, _ = scene.read_reflectance("B03", WHOLE)
    np.testing.assert_allclose(found, (counts[0] - 1000.0) / 10_000.0, atol=1e-7)
    assert scene.notes == ()


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"offset": 1000}, "-1000 or 0, not 1000"),
        ({"offset": float("nan")}, "not nan"),
        ({"offset": 0, "quantification": float("inf")}, "above 0, not inf"),
    ],
)
def test_numbers_told_that_cannot_be(tmp_path: Path, told: dict[str, float], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        ip.open_scene(optical(tmp_path / "x.tif", numbers(RNG, SHAPE)), **told)


def test_complex_numbers_are_no_backscatter(tmp_path: Path) -> None:
    file = radar(tmp_path / "x.tif", decibels(RNG, SHAPE).astype(np.complex64))
    with pytest.raises(UnsupportedProductError, match="complex numbers"):
        ip.open_scene(file)


PRODUCT = "S2A_MSIL1C_20190403T120000_N{}_R001_T39XVL_20190403T130000"


@pytest.mark.parametrize(
    ("tags", "told", "offset", "quantification"),
    [
        ({}, {"offset": -1000}, -1000, 10000),
        ({}, {"offset": 0, "quantification": 5000}, 0, 5000),
        ({"PROCESSING_BASELINE": "05.09"}, {}, -1000, 10000),
        ({"PROCESSING_BASELINE": "02.08"}, {}, 0, 10000),
        ({"PRODUCT_URI": PRODUCT.format("0500") + ".SAFE"}, {}, -1000, 10000),
        ({"PRODUCT_URI": PRODUCT.format("0208") + ".SAFE"}, {}, 0, 10000),
        ({"BOA_ADD_OFFSET": "-1000", "BOA_QUANTIFICATION_VALUE": "10001"}, {}, -1000, 10001),
    ],
)
@pytest.mark.parametrize("dtype", ["uint16", "int16", "float32"])
def test_digital_numbers(
    tmp_path: Path, tags: dict[str, str], told: dict[str, float], offset: float,
    quantification: float, dtype: str,
) -> None:  # fmt: skip
    counts = numbers(RNG, SHAPE)
    counts[0][HOLE] = 0
    file = optical(tmp_path / "x.tif", counts.astype(dtype), tags=TIME | tags)
    found, flags = ip.open_scene(file, **told).read_reflectance("b3", WHOLE)
    expected = (counts[0].astype(float) + offset) / quantification
    expected[HOLE] = np.nan
    np.testing.assert_array_equal(found, expected.astype(np.float32))
    np.testing.assert_array_equal(flags, np.where(np.isnan(expected), int(S2Flag.NODATA), 0))


def test_an_offset_against_what_the_file_states_is_noted(tmp_path: Path) -> None:
    file = optical(
        tmp_path / "x.tif", numbers(RNG, SHAPE), tags=TIME | {"PROCESSING_BASELINE": "05.10"}
    )
    notes = ip.open_scene(file, offset=0).notes
    assert "By processing baseline 05.10 the offset is -1000; 0 was told and is used." in notes


def test_an_offset_that_nobody_says_is_asked_for(tmp_path: Path) -> None:
    file = optical(tmp_path / "x.tif", numbers(RNG, SHAPE))
    with pytest.raises(UsageError, match=r"which offset.*begin at 10\d\d.*04\.00.*--s2-offset"):
        ip.open_scene(file)


def test_saturation_is_flagged(tmp_path: Path) -> None:
    counts = numbers(RNG, SHAPE)
    counts[0][HOLE] = 65535
    found, flags = ip.open_scene(optical(tmp_path / "x.tif", counts), offset=0).read_reflectance(
        "B03", WHOLE
    )
    assert np.isnan(found[HOLE]).all()
    assert (flags[HOLE] == int(S2Flag.SATURATED)).all()
    assert np.count_nonzero(flags) == flags[HOLE].size


def test_reflectance_as_floats_and_its_zeros(tmp_path: Path) -> None:
    values = RNG.uniform(0.02, 1.1, SHAPE).astype(np.float32)
    values[0][HOLE] = 0.0
    plain = ip.open_scene(optical(tmp_path / "x.tif", values))
    found, flags = plain.read_reflectance("B03", WHOLE)
    assert np.isnan(found[HOLE]).all()
    assert (flags[HOLE] == int(S2Flag.NODATA)).all()
    tagged = ip.open_scene(optical(tmp_path / "y.tif", values, nodata=-1.0))
    np.testing.assert_array_equal(tagged.read_reflectance("B03", WHOLE)[0], values[0])
    with pytest.raises(UsageError, match="leave the offset and the quantification out"):
        ip.open_scene(optical(tmp_path / "x.tif", values), offset=-1000)
    with pytest.raises(UsageError, match="yet has values up to"):
        ip.open_scene(optical(tmp_path / "x.tif", values * 5000), units="reflectance")


def test_pictures_are_no_reflectance(tmp_path: Path) -> None:
    picture = RNG.integers(1, 255, SHAPE).astype(np.uint8)
    with pytest.raises(UnsupportedProductError, match="eight bits"):
        ip.open_scene(optical(tmp_path / "x.tif", picture), offset=0)


@pytest.mark.parametrize(
    ("tags", "name", "told", "time", "source"),
    [
        (TIME, "x.tif", "2021-01-01T06:00:00+02:00", datetime(2021, 1, 1, 4), "as told"),
        (TIME, "x.tif", datetime(2021, 1, 1, 4, tzinfo=timezone(timedelta(hours=1))),
         datetime(2021, 1, 1, 3), "as told"),
        (TIME, "x.tif", None, datetime(2022, 4, 3, 12), "tag ACQUISITION_DATETIME"),
        ({"datetime": "2020-01-11T23:27:23.000000000"}, "x.tif", None,
         datetime(2020, 1, 11, 23, 27, 23), "tag DATETIME"),
        ({}, "S1B_EW_GRDM_1SDH_20200502T033011_20200502T033111_021403_028A1D_5F0B_VV.tif", None,
         datetime(2020, 5, 2, 3, 30, 11), "start in the product's name"),
        ({"source": "s1a-iw-grd-vv-20200502t033011-20200502t033036-032391-03bfe1-001.tiff"},
         "x.tif", None, datetime(2020, 5, 2, 3, 30, 11), "start in the product's name"),
        ({}, "S1A_IW_20200111T164000_DVP_RTC20_G_gpuned_1A2B_VV.tif", None,
         datetime(2020, 1, 11, 16, 40), "start in the product's name"),
        ({}, "OPERA_L2_RTC-S1_T069-147170-IW1_20231001T164000Z_20231002T010203Z_S1A_30_v1.0_VV.tif",
         None, datetime(2023, 10, 1, 16, 40), "start in the product's name"),
        ({"TIFFTAG_DATETIME": "2023:07:01 10:11:12"}, "x.tif", None,
         datetime(2023, 7, 1, 10, 11, 12), "TIFFTAG_DATETIME"),
    ],
)  # fmt: skip
def test_times(
    tmp_path: Path, tags: dict[str, str], name: str, told: object, time: datetime, source: str
) -> None:
    file = radar(tmp_path / name, decibels(RNG, SHAPE), tags=tags)
    scene = ip.open_scene(file, time=told)
    assert (scene.time, scene.time_source) == (time.replace(tzinfo=UTC), source)
    assert scene.line_time(np.array([0.0, 39.0])).tolist() == [time, time]
    assert any("wrote the file" in note for note in scene.notes) == (source == "TIFFTAG_DATETIME")


def test_the_time_of_an_export_by_its_name(tmp_path: Path) -> None:
    file = optical(
        tmp_path / "20190827T123701_20190827T124500_T39XVL.tif", numbers(RNG, SHAPE), tags={}
    )
    scene = ip.open_scene(file, offset=0)
    assert scene.time == datetime(2019, 8, 27, 12, 37, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("tags", "told", "is_noted"),
    [
        ({"DATE": "2022-04-03"}, None, True),
        ({}, "2022-04-03", True),
        ({"DATE": "2022-04-03T00:00:00"}, None, False),
    ],
)
def test_a_day_alone_is_noted(
    tmp_path: Path, tags: dict[str, str], told: str | None, is_noted: bool
) -> None:
    scene = ip.open_scene(radar(tmp_path / "x.tif", decibels(RNG, SHAPE), tags=tags), time=told)
    assert scene.time == datetime(2022, 4, 3, tzinfo=UTC)
    assert any("Only the day is known" in note for note in scene.notes) == is_noted


def test_a_time_that_nobody_says_is_asked_for(tmp_path: Path) -> None:
    file = radar(tmp_path / "x.tif", decibels(RNG, SHAPE), tags={})
    with pytest.raises(UsageError, match=r"does not say when it was seen.*--s1-time"):
        ip.open_scene(file)
    with pytest.raises(UsageError, match="'yesterday' is not ISO 8601"):
        ip.open_scene(file, time="yesterday")

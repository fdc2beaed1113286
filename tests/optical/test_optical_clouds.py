"""Cloud by its spectrum, and its shadow by the sun."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import numpy as np
import pytest

from icepair.optical.clouds import cloud_probability, shadow_of
from icepair.optical.sun import sun_angles


def probability(b03: float, b11: float, b10: float | None = None) -> float:
    bands = {"B03": np.float32([b03]), "B11": np.float32([b11])}
    return float(cloud_probability(bands | ({} if b10 is None else {"B10": np.float32([b10])}))[0])


@pytest.mark.parametrize(
    ("b03", "b11"),
    [
        (0.9, 0.09),
        (0.95, 0.14),
        (0.5, 0.06),
        (0.3, 0.03),
        (0.4, 0.02),
        (0.06, 0.01),
        (0.14, 0.06),
        (0.57, 0.115),
    ],
    ids=["snow", "new snow", "bare ice", "thin ice", "pond", "water", "glint", "snow as seen"],
)
def test_ice_and_water_are_no_cloud(b03, b11):
    assert probability(b03, b11, 0.004) < 0.2


@pytest.mark.parametrize(("b03", "b11"), [(0.7, 0.4), (0.9, 0.25), (0.4, 0.2)])
def test_water_cloud_shines_in_the_short_wave_infrared(b03, b11):
    assert probability(b03, b11) > 0.9


def test_ice_cloud_is_dark_there_and_told_by_b10_alone():
    assert probability(0.8, 0.12) < 0.5
    assert probability(0.8, 0.12, 0.2) > 0.9


def test_real_snow_under_a_clear_sky_is_no_cloud(shared_data):
    rasterio = pytest.importorskip("rasterio")
    with rasterio.open(shared_data / "s1s2_terramind/S2L1C/609U_541L_3_0.tif") as file:
        numbers = file.read([3, 11, 12]).astype(np.float32)
    cells = numbers.reshape(3, 56, 4, 56, 4).mean(axis=(2, 4))
    bands = dict(zip(("B03", "B10", "B11"), (cells - 1000.0) / 10_000.0, strict=True))
    assert bands["B03"].max() > 0.55
    assert (cloud_probability(bands) > 0.5).mean() < 0.01


def test_no_value_no_probability():
    assert math.isnan(probability(float("nan"), 0.1))


@pytest.mark.parametrize("azimuth", [0.0, 130.0, 250.0])
def test_a_shadow_is_found_at_the_height_of_its_cloud(azimuth):
    random = np.random.default_rng(3)
    cloud = np.zeros((300, 300), dtype=bool)
    cloud[120:170, 130:190] = True
    reach = 900.0 * math.tan(math.radians(65.0)) / 60.0
    rows = round(reach * math.cos(math.radians(azimuth)))
    columns = round(-reach * math.sin(math.radians(azimuth)))
    thrown = np.roll(cloud, (rows, columns), axis=(0, 1)) & ~cloud
    ground = random.normal(0.8, 0.1, cloud.shape)
    brightness = np.where(thrown, 0.55 * ground, ground).astype(np.float32)
    shadow = shadow_of(cloud, brightness, 60.0, 65.0, azimuth)
    assert shadow.height_m == pytest.approx(900.0, abs=60.0)
    assert (shadow.mask & thrown).sum() > 0.95 * thrown.sum()
    assert shadow_of(cloud, ground.astype(np.float32), 60.0, 65.0, azimuth).height_m is None


def test_the_sun_stands_where_the_seasons_put_it():
    noon, azimuth = sun_angles(datetime(2020, 6, 20, 12, 2, tzinfo=UTC), 0.0, 80.0)
    assert noon == pytest.approx(80.0 - 23.44, abs=0.1)
    assert azimuth == pytest.approx(180.0, abs=1.0)
    midnight, azimuth = sun_angles(datetime(2020, 6, 20, 0, 2, tzinfo=UTC), 0.0, 80.0)
    assert midnight == pytest.approx(100.0 - 23.44, abs=0.1)
    assert min(azimuth, 360.0 - azimuth) < 1.0

"""Windows, grids, surfaces and the geoid."""

from __future__ import annotations

import numpy as np
import pytest

from icepair.errors import UsageError
from icepair.geo.geoid import undulation
from icepair.geo.grid import Grid
from icepair.geo.surface import Surface
from icepair.geo.window import Window

ZONE_39 = Grid.from_crs("EPSG:32639", left=5e5, top=9.1e6, spacing_m=10.0, shape=(300, 400))


def test_geoid_at_places_known_from_the_model():
    # NGA's EGM96: 17.16 m at 0 N 0 E, 13.61 m and -29.53 m at the poles.
    lon, lat = np.array([0.0, 0.0, 77.0, 0.0]), np.array([0.0, 90.0, 90.0, -90.0])
    np.testing.assert_allclose(undulation(lon, lat), [17.16, 13.61, 13.61, -29.53], atol=0.02)


@pytest.mark.parametrize(
    ("lon", "lat", "metres", "within"),
    [
        (50.0, 82.0, 18.5, 1.5),  # north of Franz Josef Land
        (0.0, 79.0, 34.0, 3.0),  # Fram Strait
        (-10.0, 74.0, 46.0, 10.0),  # Greenland Sea, somewhere in it
        (-175.0, -76.0, -61.0, 5.0),  # Ross Sea
    ],
)
def test_geoid_over_the_seas_of_the_design(lon, lat, metres, within):
    assert undulation(np.array(lon), np.array(lat)) == pytest.approx(metres, abs=within)


def test_geoid_turns_with_longitude_and_has_no_seam():
    lat = np.linspace(-90, 90, 37)
    west = undulation(np.full(37, -179.9), lat)
    np.testing.assert_allclose(undulation(np.full(37, 180.1), lat), west, atol=1e-9)
    np.testing.assert_allclose(undulation(np.full(37, -180.0), lat),
                               undulation(np.full(37, 180.0), lat), atol=1e-9)  # fmt: skip
    seam = undulation(np.array([179.999999, -179.999999]), np.array([75.0, 75.0]))
    assert abs(np.diff(seam)[0]) < 1e-4


def test_geoid_of_nothing_is_nothing():
    values = undulation(np.array([np.nan, 0.0, np.inf]), np.array([0.0, np.nan, 10.0]))
    assert np.isnan(values).all()


def test_surfaces():
    lon, lat = np.array([[10.0], [50.0]]), np.array([80.0, 82.0, 84.0])
    np.testing.assert_array_equal(Surface.parse("Ellipsoid ").height(lon, lat), np.zeros((2, 3)))
    np.testing.assert_array_equal(Surface.parse(46).height(lon, lat), np.full((2, 3), 46.0))
    np.testing.assert_array_equal(Surface.parse("geoid").height(lon, lat), undulation(lon, lat))
    assert Surface.parse("-12.5") == Surface("-12.5")


@pytest.mark.parametrize("text", ["sea", "", "nan", "1e5", "-501"])
def test_surfaces_that_are_none(text):
    with pytest.raises(UsageError, match="neither 'geoid', 'ellipsoid' nor a height"):
        Surface.parse(text)


def test_windows():
    window = Window.parse(" 5400:6400, 3000:4000")
    assert window == Window(5400, 6400, 3000, 4000)
    assert window.shape == (1000, 1000)
    assert window.size == 1_000_000
    assert window.as_list() == [5400, 6400, 3000, 4000]
    wider = Window(5398, 6402, 2998, 4002)
    assert wider.contains(window)
    assert not window.contains(wider)
    assert window.intersection(Window.whole((6000, 3500))) == Window(5400, 6000, 3000, 3500)
    assert window.intersection(Window(0, 10, 0, 10)).is_empty
    values = np.arange(20).reshape(4, 5)
    np.testing.assert_array_equal(values[Window(1, 3, 0, 2).slices], [[5, 6], [10, 11]])


@pytest.mark.parametrize("text", ["1:2", "a:b,1:2", "1:2,3:4,5", "-1:2,0:3"])
def test_windows_of_another_form(text):
    with pytest.raises(UsageError, match="not of the form"):
        Window.parse(text)


@pytest.mark.parametrize("text", ["5:5,0:3", "0:3,7:2"])
def test_windows_that_are_empty(text):
    with pytest.raises(UsageError, match="is empty"):
        Window.parse(text)


def test_a_place_is_the_centre_of_its_pixel():
    np.testing.assert_array_equal(ZONE_39.eastings()[:2], [500005.0, 500015.0])
    np.testing.assert_array_equal(ZONE_39.northings()[:2], [9099995.0, 9099985.0])
    assert ZONE_39.transform == (10.0, 0.0, 5e5, 0.0, -10.0, 9.1e6)
    assert ZONE_39.bounds == (5e5, 9.097e6, 5.04e5, 9.1e6)
    assert ZONE_39.epsg == 32639


def test_rows_and_columns_come_back():
    rows, columns = np.meshgrid(np.linspace(-3, 302, 7), np.linspace(-3, 402, 5), indexing="ij")
    back = ZONE_39.rows_columns(*ZONE_39.longitude_latitude(rows, columns))
    np.testing.assert_allclose(back[0], rows, atol=1e-5)
    np.testing.assert_allclose(back[1], columns, atol=1e-5)


def test_a_cut_keeps_the_pixels_where_they_are():
    part = ZONE_39.cut(Window(10, 20, 30, 50))
    assert part.shape == (10, 20)
    np.testing.assert_array_equal(part.eastings(), ZONE_39.eastings()[30:50])
    np.testing.assert_array_equal(part.northings(), ZONE_39.northings()[10:20])


def test_grids_that_are_none():
    with pytest.raises(UsageError, match="unknown to PROJ"):
        Grid.from_crs("EPSG:999999", left=0, top=0, spacing_m=10, shape=(1, 1))
    with pytest.raises(UsageError, match="not one of easting and northing, projected in metres"):
        Grid.from_crs("EPSG:4326", left=0, top=0, spacing_m=10, shape=(1, 1))
    with pytest.raises(UsageError, match="above 0 m"):
        Grid.from_crs("EPSG:3413", left=0, top=0, spacing_m=0.0, shape=(1, 1))

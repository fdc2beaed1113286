"""What pictures say: shares, colours, averages, and that each of them can be drawn anywhere."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyproj
import pytest
from matplotlib.colors import to_rgb
from matplotlib.image import imread

from icepair.geo.footprint import Footprint
from icepair.geo.grid import Grid
from icepair.geo.window import Window
from icepair.testing.aligned import S1_PRODUCT, S2_PRODUCT, aligned_pair
from icepair.write._canvas import nice_length
from icepair.write._decimate import block_means, factor_for, small
from icepair.write._frame import _north_of_plane
from icepair.write._land import land_polygons
from icepair.write._panels import CLASSES, _paint_difference, shares
from icepair.write.caption import Caption, Outlines
from icepair.write.pictures import PICTURES, write_pictures

UTM = Grid.from_crs("EPSG:32639", left=399960, top=9100020, spacing_m=10, shape=(300, 400))
ANTARCTIC = Grid.from_crs("EPSG:3031", left=-2000, top=1e6, spacing_m=40, shape=(200, 260))
ACROSS_180 = Grid.from_crs("EPSG:32601", left=290000, top=7800000, spacing_m=10, shape=(200, 150))
AT_THE_POLE = Grid.from_crs("EPSG:3413", left=-4000, top=4000, spacing_m=40, shape=(200, 200))

CAPTION = Caption(
    s1_product=S1_PRODUCT,
    s2_product=S2_PRODUCT,
    s1_time=datetime(2019, 8, 27, 5, 24, 20, tzinfo=UTC),
    s2_time=datetime(2019, 8, 27, 12, 37, 1, tzinfo=UTC),
    s1_concentration=0.72,
    s2_concentration=None,
)


def outlines(grid: Grid) -> Outlines:
    rows, columns = grid.shape
    whole = Footprint.of_grid(grid, Window(-2 * rows, 3 * rows, -2 * columns, 3 * columns))
    part = Footprint.of_grid(grid)
    return Outlines(s1=whole, s2=part, s1_window=part, s2_window=part)


@pytest.mark.parametrize("grid", [UTM, ANTARCTIC, ACROSS_180, AT_THE_POLE])
def test_all_pictures_are_drawn(grid: Grid, tmp_path: Path) -> None:
    told: list[str] = []
    names = write_pictures(
        aligned_pair(grid), tmp_path, caption=CAPTION, outlines=outlines(grid), written=told.append
    )
    assert names == PICTURES == tuple(told)
    for name in names:
        image = imread(tmp_path / name)
        assert min(image.shape[:2]) > 400
        assert image[..., :3].std() > 0.05, "an empty picture"


def test_same_pair_same_bytes(tmp_path: Path) -> None:
    pictures = []
    for folder in (tmp_path / "a", tmp_path / "b"):
        folder.mkdir()
        write_pictures(aligned_pair(UTM), folder, caption=CAPTION, outlines=outlines(UTM))
        pictures.append([(folder / name).read_bytes() for name in PICTURES])
    assert pictures[0] == pictures[1]


def test_one_band_and_one_polarisation_are_enough(tmp_path: Path) -> None:
    pair = aligned_pair(UTM).drop_vars(["s1_sigma0_hh", "s2_b02", "s2_b04", "s2_b08"])
    assert write_pictures(pair, tmp_path, caption=CAPTION, outlines=outlines(UTM)) == PICTURES


def test_shares_count_each_pixel_once() -> None:
    pair = aligned_pair(UTM).isel(y=slice(0, 1), x=slice(0, 8))
    pair["s1_ice"] = (("y", "x"), np.array([[1, 1, 0, 0, 255, 255, 1, 255]], dtype="u1"))
    pair["s2_ice"] = (("y", "x"), np.array([[1, 0, 1, 0, 1, 0, 1, 255]], dtype="u1"))
    assert shares(pair) == {
        "ice in both": 2 / 8,
        "water in both": 1 / 8,
        "ice in Sentinel-1 only": 1 / 8,
        "ice in Sentinel-2 only": 1 / 8,
        "no answer": 3 / 8,
    }


def test_difference_is_painted_in_the_colours_of_its_legend() -> None:
    s1, s2 = (np.array([row], dtype="u1") for row in ([1, 0, 1, 0, 255], [1, 0, 0, 1, 1]))
    np.testing.assert_allclose(
        _paint_difference(s1, s2)[0], [to_rgb(colour) for colour in CLASSES.values()], atol=1e-6
    )


@pytest.mark.parametrize("factor", [1, 2, 3, 7])
@pytest.mark.parametrize("channels", [(), (3,)])
def test_block_means_against_a_loop(factor: int, channels: tuple[int, ...]) -> None:
    values = np.random.default_rng(3).normal(size=(23, 17, *channels)).astype(np.float32)
    values[values < -1] = np.nan
    values[:7, :7] = np.nan
    means = block_means(values, factor)
    for row, column in np.ndindex(*means.shape[:2]):
        block = values[row * factor : (row + 1) * factor, column * factor : (column + 1) * factor]
        for index in np.ndindex(*channels):
            part = block[(..., *index)]
            part = part[np.isfinite(part)]
            expected = part.mean() if part.size else np.nan
            np.testing.assert_allclose(means[(row, column, *index)], expected, rtol=1e-4, atol=1e-6)


def test_small_is_the_same_in_strips_and_whole() -> None:
    grid = Grid.from_crs("EPSG:32639", left=0, top=0, spacing_m=10, shape=(2500, 40))
    variable = aligned_pair(grid)["s1_sigma0_hh"]
    np.testing.assert_array_equal(small([variable], 3), block_means(variable.values, 3))


def test_factor_keeps_the_longer_side_within_limits() -> None:
    assert [factor_for(shape, 1200) for shape in ((1200, 5), (1201, 5), (5, 10980))] == [1, 2, 10]


@pytest.mark.parametrize(
    ("width", "length"), [(20.0, 2.0), (100.0, 20.0), (5.0, 1.0), (0.4, 0.05), (26.0, 5.0)]
)
def test_scale_bar_is_a_round_fifth(width: float, length: float) -> None:
    assert nice_length(width) == pytest.approx(length)


@pytest.mark.parametrize(
    ("epsg", "easting", "northing", "bearing"),
    [
        (32639, 500e3, 9e6, 0.0),  # central meridian
        (3413, 0.0, -1e6, 0.0),  # on 45 W, below the pole: north is up
        (3413, 1e6, 0.0, -90.0),  # 45 E, right of the pole: north is to the left
        (3031, 0.0, 1e6, 0.0),  # 0 E, above the south pole: north is up
        (3031, 1e6, 0.0, 90.0),  # 90 E, right of it: north is to the right
    ],
)
def test_north_arrow(epsg: int, easting: float, northing: float, bearing: float) -> None:
    extent = (easting / 1e3, easting / 1e3, northing / 1e3, northing / 1e3)
    assert _north_of_plane(pyproj.CRS.from_epsg(epsg), extent) == pytest.approx(bearing, abs=0.01)


def test_land_is_where_it_should_be() -> None:
    from matplotlib.path import Path as Ring

    def is_land(longitude: float, latitude: float) -> bool:
        project = pyproj.Proj(proj="laea", lon_0=longitude, lat_0=latitude, ellps="WGS84")
        return any(Ring(ring).contains_point((0.0, 0.0)) for ring in land_polygons(project))

    land = [(-40, 75), (23, 79.8), (90, 65), (30, -80), (56, 74)]  # Greenland, Nordaustlandet …
    sea = [(0, 90), (-5, 75), (40, 77), (180, -65), (-160, 75), (179.9, 72.5)]
    assert [is_land(*place) for place in land] == [True] * len(land)
    assert [is_land(*place) for place in sea] == [False] * len(sea)


def test_caption_tells_the_gap_in_words() -> None:
    from dataclasses import replace

    before = replace(CAPTION, s2_time=datetime(2019, 8, 27, 4, 54, 20, tzinfo=UTC))
    assert CAPTION.gap == "Sentinel-2 7.2 h after Sentinel-1"
    assert before.gap == "Sentinel-2 30 min before Sentinel-1"

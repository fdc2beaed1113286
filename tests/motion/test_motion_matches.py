from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from icepair.errors import UsageError
from icepair.motion.drift import drift_field
from icepair.motion.matches import match_floes
from icepair.testing.moving_floes import LabelledFloes, MovingFloes, TwoLooks, labelled, two_looks


@pytest.fixture(scope="module")
def looks() -> TwoLooks:
    return two_looks(MovingFloes(seed=90_001, extent_m=28_000.0, drift_m=(6_000.0, -4_000.0)))


@pytest.fixture(scope="module")
def table(looks: TwoLooks) -> pd.DataFrame:
    """Matches with what is true of them."""
    found = match_floes(looks.first, looks.second, hours=7.2).table
    floe = looks.first.floe[found["label_first"]]
    true = looks.truth.iloc[floe].reset_index(drop=True)
    return found.assign(
        right=floe == looks.second.floe[found["label_second"]],
        error_x=found["dx"] - true["dx"],
        error_y=found["dy"] - true["dy"],
        turned=(found["rotation"] - true["rotation"] + 180) % 360 - 180,
        diameter=true["diameter"],
    )


def _large(looks: TwoLooks) -> pd.DataFrame:
    truth = looks.truth
    seen = (truth["label_first"] > 0) & (truth["label_second"] > 0)
    return truth[(truth["diameter"] > 1000) & truth["whole"] & seen]


def test_most_large_floes_are_found_and_hardly_one_is_wrong(
    looks: TwoLooks, table: pd.DataFrame
) -> None:
    large = _large(looks)
    assert len(large) >= 15
    assert large["label_first"].isin(table["label_first"]).mean() >= 0.6
    assert (~table["right"]).sum() <= 0.02 * len(table)


def test_displacement_of_large_floes_is_within_a_radar_pixel(table: pd.DataFrame) -> None:
    right = table[table["right"] & (table["diameter"] > 1000)]
    assert np.sqrt((right["error_x"] ** 2 + right["error_y"] ** 2).mean()) < 40.0
    assert right["turned"].abs().median() < 2.0


def test_each_floe_is_matched_once(table: pd.DataFrame) -> None:
    assert table["label_first"].is_unique
    assert table["label_second"].is_unique


def _polygon_mask(corners: list[tuple[float, float]], shape: tuple[int, int]) -> np.ndarray:
    from rasterio.features import rasterize

    return rasterize([({"type": "Polygon", "coordinates": [corners]}, 1)], shape).astype(bool)


def _shape(turn: float, east: float, south: float) -> list[tuple[float, float]]:
    """Corners, in pixels, of one floe turned clockwise as seen."""
    points = np.array([[-60, -25], [-10, -45], [55, -30], [70, 20], [10, 35], [-40, 40]], float)
    cosine, sine = np.cos(turn), np.sin(turn)
    moved = points @ np.array([[cosine, sine], [-sine, cosine]]) + [east, south]
    return [*map(tuple, moved), tuple(moved[0])]


def _one(turn: float, east: float, south: float, pixel: float = 10.0) -> LabelledFloes:
    mask = _polygon_mask(_shape(turn, east, south), (300, 300))
    return labelled(mask, pixel, (500_000.0, 9_000_000.0))


def test_a_lone_floe_is_laid_on_itself_to_a_part_of_a_pixel() -> None:
    """The signs: x grows eastwards, y northwards, the turn counter-clockwise."""
    found = match_floes(
        _one(0.0, 100.0, 100.0), _one(0.3, 172.0, 61.0), hours=1.0, min_confidence=0.0
    ).table
    assert len(found) == 1
    # Rows run southwards: corners turned by +0.3 there turn clockwise on the map.
    assert found["rotation"][0] == pytest.approx(-np.rad2deg(0.3), abs=0.5)
    assert found["overlap"][0] > 0.95
    # The centroid's own way: it lies off the point about which the corners are turned.
    assert found["dx"][0] == pytest.approx(720, abs=40)
    assert found["dy"][0] == pytest.approx(390, abs=40)
    centroid = (
        _one(0.3, 172.0, 61.0).table[["x", "y"]] - _one(0.0, 100.0, 100.0).table[["x", "y"]]
    ).iloc[0]
    assert found["dx"][0] == pytest.approx(centroid["x"], abs=3)
    assert found["dy"][0] == pytest.approx(centroid["y"], abs=3)


def _with_crs(floes: LabelledFloes, epsg: int) -> LabelledFloes:
    from pyproj import CRS

    labels = floes.labels.assign_coords(spatial_ref=0)
    labels["spatial_ref"].attrs["crs_wkt"] = CRS.from_epsg(epsg).to_wkt()
    return LabelledFloes(labels, floes.table)


def test_grids_of_another_origin_in_one_crs_are_compared_in_metres() -> None:
    here = _with_crs(_one(0.0, 100.0, 100.0), 32639)
    mask = _polygon_mask(_shape(0.0, 100.0, 100.0), (300, 300))
    there = _with_crs(labelled(mask, 10.0, (500_700.0, 9_000_400.0)), 32639)
    found = match_floes(here, there, hours=1.0, min_confidence=0.0)
    assert found.table[["dx", "dy"]].iloc[0].tolist() == pytest.approx([700.0, 400.0], abs=0.5)
    assert found.crs_wkt is not None


def test_another_crs_is_refused() -> None:
    floes = _one(0.0, 100.0, 100.0)
    with pytest.raises(UsageError, match=r"WGS 84 / UTM zone 39N.*NSIDC.*--grid EPSG"):
        match_floes(_with_crs(floes, 32639), _with_crs(floes, 3413), hours=1.0)
    with pytest.raises(UsageError, match="the second none"):
        match_floes(_with_crs(floes, 32639), floes, hours=1.0)
    with pytest.raises(UsageError, match="in degrees"):
        match_floes(_with_crs(floes, 4326), _with_crs(floes, 4326), hours=1.0)


@pytest.mark.parametrize("hours", [0.0, -3.0, float("nan")])
def test_time_that_does_not_pass_is_refused(hours: float) -> None:
    floes = _one(0.0, 100.0, 100.0)
    with pytest.raises(UsageError, match="Give the earlier scene first"):
        match_floes(floes, floes, hours=hours)


@pytest.mark.parametrize(
    ("option", "what"),
    [
        ({"max_speed_m_s": 0.0}, "max_speed_m_s must be more than 0"),
        ({"smallest_m": -1.0}, "smallest_m must be a diameter"),
        ({"min_confidence": 1.5}, "min_confidence must lie between"),
    ],
)
def test_numbers_out_of_bounds_are_refused(option: dict[str, float], what: str) -> None:
    floes = _one(0.0, 100.0, 100.0)
    with pytest.raises(UsageError, match=what):
        match_floes(floes, floes, hours=1.0, **option)


def test_nothing_large_enough_is_said() -> None:
    floes = _one(0.0, 100.0, 100.0)
    found = match_floes(floes, floes, hours=1.0, smallest_m=5000.0)
    assert len(found) == 0
    assert "first scene has no whole floe of 5000 m" in str(found)
    assert list(found.table) == list(match_floes(floes, floes, hours=1.0, min_confidence=0).table)


def test_nothing_in_common_is_said() -> None:
    floes = _one(0.0, 100.0, 100.0)
    far = labelled(np.asarray(floes.labels) > 0, 10.0, (900_000.0, 9_000_000.0))
    found = match_floes(floes, far, hours=1.0)
    assert len(found) == 0
    assert "like size and shape" in found.note


def test_an_empty_table_is_no_error() -> None:
    floes = _one(0.0, 100.0, 100.0)
    empty = labelled(np.zeros((100, 100), dtype=bool), 10.0, (500_000.0, 9_000_000.0))
    assert "second scene has no whole floe" in match_floes(floes, empty, hours=1.0).note


def test_nothing_sure_enough_is_said() -> None:
    floes = _one(0.0, 100.0, 100.0)
    found = match_floes(floes, floes, hours=1.0, min_confidence=1.0)
    assert "none with a confidence of 1 or more" in found.note


def test_drift_field_says_what_the_matches_say() -> None:
    floes = _with_crs(_one(0.0, 100.0, 100.0), 32639)
    moved = _with_crs(_one(0.0, 172.0, 100.0), 32639)
    field = drift_field(match_floes(floes, moved, hours=2.0, min_confidence=0.0))
    assert field.sizes == {"floe": 1}
    assert field["dx"].item() == pytest.approx(720.0, abs=1.0)
    assert field["u"].item() == pytest.approx(0.1, abs=1e-3)
    assert field["v"].item() == pytest.approx(0.0, abs=1e-3)
    assert "UTM zone 39N" in field["spatial_ref"].attrs["crs_wkt"]
    assert field["x"].item() == pytest.approx(floes.table["x"].item(), abs=5.0)

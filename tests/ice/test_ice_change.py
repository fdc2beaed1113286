"""Series and changes against plain NumPy, and what is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest
import xarray as xr
from toy_series import SHAPE, field, pair, with_holes

import icepair
from icepair.errors import DamagedFileError, InputError, NoOverlapError, UsageError
from icepair.ice.change import CLASSES, looks
from icepair.ice.change.classes import class_attributes
from icepair.ice.change.looks import series_of
from icepair.ice.change.measure import measured
from icepair.ice.packed import packed, unpacked


@pytest.fixture(scope="module")
def three() -> list[xr.Dataset]:
    return [
        pair(with_holes(field(1, share), day), with_holes(field(2, share), 10 + day), day)
        for day, share in ((1, 0.50), (3, 0.42), (4, 0.60))
    ]


def test_series_is_the_mean_over_what_answers_at_all_times(three: list[xr.Dataset]) -> None:
    series = icepair.concentration_series(three)
    for sensor in ("s1", "s2"):
        steps = [unpacked(packed(p[f"{sensor}_ice_probability"].values)) for p in three]
        common = np.isfinite(steps).all(axis=0)
        name = f"{sensor}_ice_concentration"
        expected = [values[common].mean(dtype=float) for values in steps]
        np.testing.assert_allclose(series[name], expected, atol=1e-6)
        own = [np.nanmean(values.astype(float)) for values in steps]
        np.testing.assert_allclose(series[f"{name}_own_area"], own, atol=1e-6)
        answered = [np.isfinite(values).mean() for values in steps]
        np.testing.assert_allclose(series[f"{sensor}_valid_fraction"], answered, atol=1e-6)
        assert (series[f"{name}_standard_error"] > 0).all()
    assert str(series["time"].values[1])[:16] == "2020-05-03T08:30"


def test_changes_and_classes_are_those_of_plain_numpy(three: list[xr.Dataset]) -> None:
    change = icepair.ice_change(three, cell_m=500)
    for step in (0, 1):
        before, after = (
            unpacked(packed(p["s1_ice_probability"].values)) for p in three[step : step + 2]
        )
        both = np.isfinite(before) & np.isfinite(after)
        n = both.sum()
        expected = {
            "concentration_change": after[both].mean(dtype=float) - before[both].mean(dtype=float),
            "ice_gained": ((before <= 0.5) & (after > 0.5)).sum() / n,
            "ice_lost": ((before > 0.5) & (after <= 0.5)).sum() / n,
            "ice_stayed": ((before > 0.5) & (after > 0.5)).sum() / n,
            "ice_moved_in": 0.0,
            "compared_fraction": both.mean(),
        }
        for name, value in expected.items():
            np.testing.assert_allclose(change[f"s1_{name}"][step], value, atol=1e-6, err_msg=name)


def test_cells_add_up_to_the_scene(three: list[xr.Dataset]) -> None:
    # Of probabilities without holes every cell's change counts by its pixels.
    whole = [pair(field(1, share), field(2, share), day) for day, share in ((1, 0.5), (2, 0.4))]
    change = icepair.ice_change(whole, cell_m=400).isel(step=0)
    pixels = icepair.concentration_map(whole[0], 400)["pixels"].values
    cells = change["s2_cell_change"].values
    total = np.nansum(cells * pixels) / pixels.sum()
    np.testing.assert_allclose(total, float(change["s2_concentration_change"]), atol=1e-5)
    mapped = icepair.concentration_map(whole[0], 400)["s2_ice_concentration"].values
    np.testing.assert_allclose(change["s2_cell_concentration"][0], mapped, atol=1e-6)


def test_strips_make_no_difference(
    three: list[xr.Dataset], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = icepair.ice_change(three, drift=[(130.0, -40.0), (0.0, 85.0)])
    monkeypatch.setattr(looks, "STRIP", 64)
    found = icepair.ice_change(
        [p.chunk({"y": 50, "x": 70}) for p in three], drift=[(130.0, -40.0), (0.0, 85.0)]
    )
    # Borders between strips are not looked across: only errors depend on them, a little.
    for name in expected.data_vars:
        loose = any(word in str(name) for word in ("error", "p_value", "verdict"))
        if not loose and str(name) != "concentration_change":
            np.testing.assert_allclose(found[name], expected[name], atol=1e-6, err_msg=str(name))
        elif "error" in str(name):
            np.testing.assert_allclose(found[name], expected[name], rtol=0.3, err_msg=str(name))


def test_pairs_on_parts_of_one_grid_are_compared_where_both_lie() -> None:
    first, second = field(1, 0.5), field(1, 0.6)
    whole = icepair.ice_change(
        [pair(first[30:, 40:], first[30:, 40:], 1, top=9e6 - 300, left=5e5 + 400),
         pair(second[30:, 40:], second[30:, 40:], 2, top=9e6 - 300, left=5e5 + 400)]
    )  # fmt: skip
    parts = icepair.ice_change(
        [pair(first, first, 1),
         pair(second[30:, 40:], second[30:, 40:], 2, top=9e6 - 300, left=5e5 + 400)]
    )  # fmt: skip
    for name in ("s1_concentration_change", "s1_ice_gained", "s2_cell_change"):
        np.testing.assert_array_equal(whole[name], parts[name])


def test_a_time_without_answers_is_a_gap_and_is_said() -> None:
    pairs = [pair(field(1), field(2), day) for day in (1, 2, 3)]
    pairs[1]["s2_ice_probability"][:] = np.nan
    change = icepair.ice_change(pairs)
    assert np.isnan(change["s2_ice_concentration"]).values.tolist() == [False, True, False]
    assert change["s2_concentration_change_significant"].values.tolist() == [255, 255]
    assert np.isfinite(change["s1_concentration_change"]).all()
    assert np.isfinite(change["concentration_change"]).all()
    assert (change["s2_cell_change_verdict"] == 255).all()
    (note,) = json.loads(change.attrs["notes"])
    assert "Sentinel-2 has no answer in the common area of pair 2" in note


def test_no_pixel_in_common_at_all_times_is_said_and_steps_remain() -> None:
    pairs = [pair(field(1), field(2), day) for day in (1, 2, 3)]
    for number, third in enumerate(np.array_split(np.arange(SHAPE[0]), 3)):
        pairs[number]["s2_ice_probability"][third] = np.nan
    change = icepair.ice_change(pairs)
    assert np.isnan(change["s2_ice_concentration"]).all()
    assert np.isfinite(change["s2_concentration_change"]).all()
    assert "no common area" in json.loads(change.attrs["notes"])[0]


def test_different_methods_are_said() -> None:
    pairs = [pair(field(1), field(2), day) for day in (1, 2)]
    pairs[1]["s1_ice_probability"].attrs["method"] = "network"
    (note,) = json.loads(icepair.concentration_series(pairs).attrs["notes"])
    assert "different methods (automatic, network)" in note


def test_classes_are_handed_out_once_for_every_row() -> None:
    pairs = [pair(field(1, share), field(2, share), day) for day, share in ((1, 0.5), (2, 0.4))]
    taken: dict[str, np.ndarray] = {s: np.full(SHAPE, 99, np.uint8) for s in ("s1", "s2")}

    def take(sensor: str, step: int, rows: slice, classes: np.ndarray) -> None:
        assert step == 0
        assert (taken[sensor][rows] == 99).all()
        taken[sensor][rows] = classes

    found = measured(series_of(pairs, ("s1", "s2")), [None], 1000.0, ("s1", "s2"), take)
    lost = (taken["s1"] == CLASSES["ice_lost"]).mean()
    np.testing.assert_allclose(lost, found["s1_ice_lost"][0], atol=1e-6)
    meanings = str(class_attributes("x")["flag_meanings"]).split()
    assert meanings == list(CLASSES)


def two(**second: object) -> list[xr.Dataset]:
    return [pair(field(1), field(2), 1), pair(field(1), field(2), 2, **second)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("second", "words"),
    [
        (
            {"side": 20.0},
            r"pair 1 has 10 m pixels .* pair 2 has 20 m .*--grid like:pair 1/pair\.nc",
        ),
        ({"crs": "EPSG:32640"}, r"UTM zone 39N.*UTM zone 40N.*icepair align RADAR2 LIGHT2"),
        ({"left": 5e5 + 4.0}, r"shifted by parts of one, 4 m"),
    ],
)
def test_different_grids_are_refused_with_the_command_that_helps(
    second: dict[str, object], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        icepair.ice_change(two(**second))


def test_pairs_beside_each_other_are_refused() -> None:
    with pytest.raises(NoOverlapError, match="no pixel in common"):
        icepair.ice_change(two(left=5e5 + 10 * SHAPE[1]))


def test_pairs_in_the_radars_geometry_are_refused() -> None:
    swath = two()
    for number, one in enumerate(swath):
        swath[number] = one.assign_coords(
            longitude=(("y", "x"), np.zeros(SHAPE)), latitude=(("y", "x"), np.zeros(SHAPE))
        )
    with pytest.raises(InputError, match="radar's own lines and samples"):
        icepair.ice_change(swath)


def test_order_of_time_is_required_and_told() -> None:
    first, second = two()
    with pytest.raises(UsageError, match=r"not in order of time.*Earliest first is: pair 2 pair 1"):
        icepair.ice_change([second, first])
    with pytest.raises(UsageError, match="one time of Sentinel-1"):
        icepair.ice_change([first, first])
    second.attrs["s2_time"] = first.attrs["s2_time"]
    with pytest.raises(UsageError, match=r"one time of Sentinel-2.*--sensor"):
        icepair.ice_change([first, second])
    assert "s1_concentration_change" in icepair.ice_change([first, second], sensors=("s1",))


def test_one_pair_is_refused() -> None:
    with pytest.raises(UsageError, match="at least two pairs, earliest first, not 1"):
        icepair.concentration_series([pair(field(1), field(2), 1)])


def test_pairs_without_probabilities_or_times_are_refused() -> None:
    first, second = two()
    with pytest.raises(UsageError, match="pair 2 has no s2_ice_probability"):
        icepair.ice_change([first, second.drop_vars("s2_ice_probability")])
    del second.attrs["s1_time"]
    with pytest.raises(DamagedFileError, match="pair 2 does not say when"):
        icepair.ice_change([first, second])


def test_cells_smaller_than_pixels_are_refused() -> None:
    with pytest.raises(UsageError, match="smaller than the pixels"):
        icepair.ice_change(two(), cell_m=5)

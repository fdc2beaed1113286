"""Speckle filtered in the radar's geometry before alignment."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from icepair.errors import UsageError
from icepair.geo.window import Window
from icepair.pair.plan import plan
from icepair.pair.radar_processing import settled_processing
from icepair.products.open import open_scene
from icepair.radar.speckle import speckle_filter, speckle_method

FILTERS = ["median:5", "refined-lee:7", "gamma-map:5:8"]


@pytest.fixture(scope="module")
def scenes(toy_pair):
    return open_scene(str(toy_pair.s1)), open_scene(str(toy_pair.s2))


def make_plan(scenes, **options):
    return plan(*scenes, **{"surface": "ellipsoid", "polarisation": "HV", **options})


@pytest.mark.parametrize("spelled", FILTERS)
def test_every_pixel_is_the_filtered_one_at_its_place(scenes, spelled: str) -> None:
    s1, _ = scenes
    made = make_plan(scenes, speckle=spelled, source_position=True)
    pair = made.run().compute()
    whole = Window.whole(s1.shape)
    power, _ = s1.read_sigma_nought("HV", whole)
    floor = s1.read_nesz("HV", whole)
    filtered = speckle_filter(power, made.processing.speckle, floor=floor)
    assert not np.array_equal(filtered, power, equal_nan=True)
    seen = np.isfinite(pair.s1_sigma0_hv.values)
    line, sample = (
        np.floor(place.values[seen] + 0.5).astype(int) for place in (pair.s1_line, pair.s1_sample)
    )
    assert seen.mean() > 0.5
    np.testing.assert_array_equal(pair.s1_sigma0_hv.values[seen], filtered[line, sample])
    assert pair.attrs["speckle"] == str(made.processing.speckle)


@pytest.mark.parametrize("spelled", FILTERS)
def test_no_bit_depends_on_the_window(scenes, spelled: str) -> None:
    s1, _ = scenes
    limits = Window(10, 210, 20, 230)
    processing = replace(settled_processing(s1, ["HV"], speckle=spelled), window=limits)
    whole, whole_flags = processing.read_power("HV", limits)
    for part in (Window(10, 60, 20, 90), Window(71, 133, 45, 46), Window(150, 210, 200, 230)):
        values, flags = processing.read_power("HV", part)
        inside = (
            slice(part.row_start - 10, part.row_stop - 10),
            slice(part.column_start - 20, part.column_stop - 20),
        )
        np.testing.assert_array_equal(values, whole[inside])
        np.testing.assert_array_equal(flags, whole_flags[inside])


def test_holes_and_flags_are_those_without_a_filter(scenes) -> None:
    raw = make_plan(scenes, method="bilinear").run().compute()
    for spelled in FILTERS:
        smooth = make_plan(scenes, method="bilinear", speckle=spelled).run().compute()
        np.testing.assert_array_equal(smooth.s1_flags, raw.s1_flags)
        holes = [np.isnan(pair.s1_sigma0_hv.values) for pair in (smooth, raw)]
        np.testing.assert_array_equal(*holes)
        assert float(smooth.s1_sigma0_hv.std()) < float(raw.s1_sigma0_hv.std())
        assert raw.attrs["speckle"] == "none"


def test_the_plan_reads_what_the_filter_looks_at_and_says_so(scenes) -> None:
    raw, wide = make_plan(scenes), make_plan(scenes, speckle="refined-lee")
    around = Window(
        raw.s1_window.row_start - 3, raw.s1_window.row_stop + 3,
        raw.s1_window.column_start - 3, raw.s1_window.column_stop + 3,
    ).intersection(Window.whole(scenes[0].shape))  # fmt: skip
    assert wide.s1_window == around
    assert "refined-lee:7:10.7, before the radar is placed" in str(wide)
    assert "Speckle" not in str(raw)


def test_looks_come_from_the_spelling_then_from_the_kind_of_product(scenes) -> None:
    s1, _ = scenes

    def settled(spelled):
        return settled_processing(s1, ["HV"], speckle=spelled).speckle

    assert settled(None) is None
    assert settled("median:3") == speckle_method("median:3")
    assert settled("gamma-map").looks == 10.7
    assert settled("gamma-map:7:4").looks == 4.0
    with pytest.raises(UsageError, match="no speckle filter 'sigma-lee'"):
        make_plan(scenes, speckle="sigma-lee")

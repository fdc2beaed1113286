"""When a change is found, and when not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from toy_looks import look

import icepair
from icepair.ice.change.difference import (
    AT_95_PERCENT,
    TAIL,
    Swap,
    change_error,
    combined,
    discoveries,
    p_value,
)
from icepair.ice.uncertainty import Evidence, Trust


def test_p_values_are_those_of_students_distribution() -> None:
    z = np.array([0.0, 0.3, 1.0, AT_95_PERCENT, 12.0])
    np.testing.assert_allclose(p_value(z, 1.0), 2 * stats.t.sf(z, TAIL), rtol=1e-6)
    assert p_value(-AT_95_PERCENT, 1.0) == pytest.approx(0.05, abs=1e-6)
    assert np.isnan(p_value(np.nan, 1.0))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.floats(0, 0.2), st.just(np.nan)), max_size=40))
def test_discoveries_are_those_of_the_definition(values: list[float]) -> None:
    p = np.array(values)
    tested = np.flatnonzero(np.isfinite(p))
    best = 0.0
    for rank, index in enumerate(sorted(tested, key=lambda i: p[i]), start=1):
        if p[index] <= 0.05 * rank / tested.size:
            best = p[index]
    expected = np.isfinite(p) & (p <= best) if tested.size and (p[tested] <= best).any() else None
    if expected is None or not any(
        p[i] <= 0.05 * (r + 1) / tested.size
        for r, i in enumerate(sorted(tested, key=lambda i: p[i]))
    ):
        expected = np.zeros(p.shape, dtype=bool)
    np.testing.assert_array_equal(discoveries(p), expected)


def test_sensors_that_agree_are_weighted_and_those_that_do_not_widen_the_error() -> None:
    mean, error = combined(np.array([0.10, 0.06]), np.array([0.04, 0.02]))
    assert mean == pytest.approx(0.068)
    assert error == pytest.approx((1 / 0.04**2 + 1 / 0.02**2) ** -0.5)
    mean, error = combined(np.array([0.70, 0.0]), np.array([0.05, 0.005]))
    assert abs(mean) / error < AT_95_PERCENT
    assert combined(np.array([np.nan, 0.1]), np.array([np.nan, 0.01])) == pytest.approx((0.1, 0.01))
    assert np.isnan(combined(np.array([np.nan]), np.array([np.nan]))).all()


def test_the_error_grows_with_what_makes_looks_hard_to_compare() -> None:
    sure = Evidence(0.01, 0.02, 0.01)
    apart = Trust(separability=8.0)
    least = change_error("s1", Swap(0.02, 0.0, sure, sure), apart, apart)
    swapped = change_error("s1", Swap(0.1, 0.1, sure, sure), apart, apart)
    vague = change_error("s1", Swap(0.02, 0.0, sure, sure), apart, Trust(separability=2.5))
    alone = change_error("s1", Swap(0.02, 0.0, sure, sure), apart, Trust(one_class=True))
    assert least < swapped < 0.5
    assert least < 0.03 < vague < alone <= 0.5
    cells = Swap(np.array([0.02, 0.1]), np.array([0.0, 0.1]), sure, sure)
    on_cells = change_error("s2", cells, apart, apart, on_cells=True)
    assert on_cells.shape == (2,)
    assert on_cells[0] < on_cells[1]


def test_change_is_found_where_it_is_and_not_where_it_is_not() -> None:
    """Ice that stayed under another sun, noise and speckle, and ice that changed by 0.05."""
    found = {"stayed": 0, "changed": 0}
    estimates = []
    cases = range(10)
    for seed in cases:
        first = look(seed, 0.55, day=1)
        for label, share in (("stayed", 0.55), ("changed", 0.60)):
            change = icepair.ice_change([first, look(seed, share, day=2)]).isel(step=0)
            found[label] += int(change["s2_concentration_change_significant"])
            if label == "changed":
                estimates.append(float(change["s2_concentration_change"]))
                assert int(change["concentration_change_significant"]) == 1
            else:
                assert int(change["concentration_change_significant"]) == 0
    assert found == {"stayed": 0, "changed": len(cases)}
    np.testing.assert_allclose(estimates, 0.05, atol=0.012)

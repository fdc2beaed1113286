"""Uncertainty, difference, agreement and packed probabilities against plain arithmetic."""

from __future__ import annotations

import json

import numpy as np
import pytest
import xarray as xr

from icepair import concentrations
from icepair.ice.agreement import Agreement, agreement_of, difference_of
from icepair.ice.mask import ice_mask
from icepair.ice.methods import DEFAULTS, METHODS, TAUGHT
from icepair.ice.packed import mask_of_bytes, packed, unpacked
from icepair.ice.tally import Tally
from icepair.ice.uncertainty import (
    COEFFICIENTS,
    TERMS,
    Evidence,
    Trust,
    standard_error,
    trust_of,
)
from icepair.pipeline.ice import ice_notes


def _pair(s1, s2, **record):
    rule = json.dumps({"method": "two classes", "polarisations": ["HV", "HH"], **record})
    return xr.Dataset(
        {
            "s1_ice_probability": (("y", "x"), np.float32(s1), {"rule": rule}),
            "s2_ice_probability": (("y", "x"), np.float32(s2), {"rule": rule}),
        }
    )


@pytest.fixture
def shares():
    rng = np.random.default_rng(5)
    s1, s2 = rng.beta(0.4, 0.4, (2, 90, 110)).astype(np.float32)
    s1[:, :30] = np.nan
    s2[60:] = np.nan
    return s1, s2


def test_bytes_keep_the_probability_and_its_side_of_a_half():
    values = np.array([[0.0, 0.001, 0.4999, 0.5, 0.5001, 0.7, 1.0, np.nan]], np.float32)
    steps = packed(values)
    np.testing.assert_allclose(unpacked(steps), values, atol=0.0041)
    np.testing.assert_array_equal(mask_of_bytes(steps), ice_mask(values))


def test_tally_equals_plain_counting(shares):
    s1, s2 = shares
    tally = Tally()
    tally.add(packed(s1), packed(s2))
    both = np.isfinite(s1) & np.isfinite(s2)
    ice1, ice2 = ice_mask(s1), ice_mask(s2)
    confusion = [
        [(both & (ice1 == row) & (ice2 == column)).sum() for column in (0, 1)] for row in (0, 1)
    ]
    np.testing.assert_array_equal(tally.confusion(), confusion)
    own = tally.area(0, common=False)
    known = np.isfinite(s1)
    assert own.pixels == known.sum()
    assert own.evidence.ambiguous == pytest.approx((s1[known] * (1 - s1[known])).mean(), abs=1e-3)
    different = compared = 0
    for axis in (0, 1):
        a, b = (np.moveaxis(ice1, axis, 0)[part] for part in (slice(None, -1), slice(1, None)))
        answered = (a != 255) & (b != 255)
        different += (answered & (a != b)).sum()
        compared += answered.sum()
    assert own.edges == different / compared
    for threshold, share in own.by_threshold().items():
        assert share == pytest.approx((s1[known] > threshold).mean(), abs=0.01)


def test_agreement_is_that_of_the_textbook():
    found = agreement_of(np.array([[50, 10], [5, 35]]))
    assert found == Agreement(both_ice=35, s1_only=5, s2_only=10, both_water=50)
    assert found.overall == 0.85
    assert found.iou == 35 / 50
    chance = (40 * 45 + 60 * 55) / 100**2
    assert found.kappa == pytest.approx((0.85 - chance) / (1 - chance))


def test_agreement_without_pixels_or_ice_has_no_number():
    assert agreement_of(np.zeros((2, 2), int)) is None
    water = agreement_of(np.array([[9, 0], [0, 0]]))
    assert (water.overall, water.iou, water.kappa) == (1.0, None, None)


def test_difference_is_significant_beyond_two_standard_errors():
    found = difference_of(0.60, 0.03, 0.70, 0.04)
    assert found.standard_error == pytest.approx(0.05)
    assert found.z == pytest.approx(2.0)
    assert found.significant
    assert found.words.startswith("Sentinel-2 saw more ice than Sentinel-1")
    assert not difference_of(0.60, 0.03, 0.69, 0.04).significant
    assert difference_of(0.60, None, 0.69, 0.04) is None


def test_one_class_one_polarisation_and_ambiguity_widen_the_uncertainty():
    sure = Evidence(0.01, 0.01, 0.01)
    plain = standard_error("s1", sure, Trust())
    assert standard_error("s1", sure, Trust(one_class=True)) > plain
    assert standard_error("s1", sure, Trust(one_polarisation=True)) > plain
    assert standard_error("s1", Evidence(0.2, 0.2, 0.3), Trust()) > plain
    assert 0 < plain < 0.5


@pytest.mark.parametrize("sensor", METHODS)
def test_every_method_has_coefficients_of_its_own(sensor):
    of_files = {TAUGHT.rstrip(":")} if sensor == "s1" else set()
    assert COEFFICIENTS[sensor].keys() == METHODS[sensor].keys() | of_files
    for coefficients in COEFFICIENTS[sensor].values():
        assert tuple(coefficients) == TERMS
        assert coefficients["floor"] > 0


def test_a_method_without_coefficients_has_those_of_the_default():
    sure = Evidence(0.01, 0.01, 0.01)
    stated = {name: float(standard_error("s1", sure, Trust(method=name)))
              for name in (*METHODS["s1"], "above:HV:-20")}  # fmt: skip
    assert stated["above:HV:-20"] == stated[DEFAULTS["s1"]]
    assert len(set(stated.values())) == len(METHODS["s1"])


@pytest.mark.parametrize(
    ("separability", "method", "overlaps"),
    [(1.4, "two classes", True), (2.6, "two classes", False), (1.4, "all ice", False),
     (None, "two classes", False)],
)  # fmt: skip
def test_levels_that_overlap_are_said(shares, separability, method, overlaps):
    ice = _pair(*shares)
    record = {"method": method, "separability": separability}
    ice["s1_ice_probability"].attrs["rule"] = json.dumps(record)
    found = concentrations(ice)
    assert found.s1_overlaps is overlaps
    assert not found.s2_overlaps
    words = [note for note in ice_notes(found) if "too close to be told apart" in note]
    assert ["radar" in note for note in words] == [True] * overlaps


def test_trust_is_read_from_the_record():
    rule = json.dumps({"method": "all ice", "polarisations": ["HH"], "separability": None})
    found = trust_of({"rule": rule})
    assert found.one_class
    assert found.one_polarisation
    assert trust_of({}) == Trust()
    assert trust_of({"method": "network"}).method == "network"


def test_nothing_in_common_is_no_number(shares):
    s1, s2 = (each.copy() for each in shares)
    s1[:, :60], s2[:, 60:] = np.nan, np.nan
    found = concentrations(_pair(s1, s2))
    assert found.s1 is found.s2 is found.s1_uncertainty is found.difference is None
    assert found.agreement is None
    assert found.s1_own_area == pytest.approx(np.nanmean(s1), abs=1e-3)
    assert found.s1_own_area_uncertainty > 0


def test_masks_without_probability_are_counted_and_state_no_uncertainty():
    masks = np.array([[0, 1, 1, 255]], np.uint8)
    found = concentrations(
        xr.Dataset({"s1_ice": (("y", "x"), masks), "s2_ice": (("y", "x"), masks[:, ::-1])})
    )
    assert (found.s1, found.s1_own_area) == (1.0, 2 / 3)
    assert found.s1_uncertainty is found.difference is None
    assert found.s1_threshold_response == {}
    assert found.agreement.both_ice == 2

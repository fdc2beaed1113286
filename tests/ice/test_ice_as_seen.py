"""Masks of pairs whose backscatter was brought to one angle of incidence."""

from __future__ import annotations

import numpy as np
import pytest
from toy_ice import Toy, scene

from icepair.conventions import NO_ANSWER
from icepair.ice.as_seen import as_seen
from icepair.ice.mask import sea_ice
from icepair.ice.radar.automatic import radar_rule
from icepair.radar.incidence import normalised, reference_incidence


def brought_to_one_angle(pair, spelled):
    reference = reference_incidence(spelled)
    return pair.assign(
        {
            f"s1_sigma0_{name.lower()}": (
                ("y", "x"),
                normalised(
                    pair[f"s1_sigma0_{name.lower()}"].values,
                    pair.s1_incidence_angle.values,
                    reference.law(name),
                    reference.angle_deg,
                ),
            )
            for name in ("HH", "HV")
        }
    ).assign_attrs(reference_incidence=str(reference))


@pytest.fixture(scope="module")
def pair():
    return scene(Toy(shape=(300, 400), incidence=42.0, slope_deg=4.0))[0]


@pytest.mark.parametrize("spelled", ["20:-0.6", "20:cos2"])
@pytest.mark.parametrize("chunk", [None, 128])
def test_masks_do_not_depend_on_the_angle_that_was_asked_for(pair, spelled, chunk):
    expected = sea_ice(pair)
    given = brought_to_one_angle(pair, spelled)
    assert float(abs(given.s1_sigma0_hh / pair.s1_sigma0_hh - 1).median()) > 0.2
    result = sea_ice(given if chunk is None else given.chunk({"y": chunk, "x": chunk}))
    # Taken back to a millionth, which few pixels lie close enough to a threshold to notice.
    assert float((result.s1_ice != expected.s1_ice).mean()) < 1e-3
    assert (expected.s1_ice != NO_ANSWER).any()
    np.testing.assert_array_equal(result.s1_sigma0_hh, given.s1_sigma0_hh)
    assert result.attrs["reference_incidence"] == given.attrs["reference_incidence"]


def test_a_rule_is_that_of_backscatter_as_it_was_seen(pair):
    expected = radar_rule(pair)
    rule = radar_rule(as_seen(brought_to_one_angle(pair, "20:-0.6")))
    assert rule.method == expected.method
    np.testing.assert_allclose(rule.water_power, expected.water_power, rtol=1e-3)
    np.testing.assert_allclose(rule.ice_power, expected.ice_power, rtol=1e-3)

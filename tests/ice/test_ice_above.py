"""One value of the user's own as a mask."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from icepair.errors import UsageError
from icepair.ice import sea_ice
from icepair.ice.above import spelled_above
from icepair.pipeline.recipe import Recipe


def _pair() -> xr.Dataset:
    powers = 10 ** (np.array([[-30.0, -24.1, -23.9, np.nan]]) / 10)
    values = np.array([[0.1, 0.25, np.nan, 0.9]])
    return xr.Dataset(
        {
            "s1_sigma0_hv": (("y", "x"), powers.astype(np.float32)),
            "s2_b04": (("y", "x"), values.astype(np.float32)),
        },
        coords={"y": [0.0], "x": [0.0, 10.0, 20.0, 30.0]},
        attrs={"s1_spacing_m": [40.0, 40.0]},
    )


def test_each_pixel_is_told_for_itself_at_the_value_itself_ice():
    ice = sea_ice(_pair(), s1_mask="above:HV:-24", s2_mask="above:b4:0.25")
    assert ice.s1_ice.values.tolist() == [[0, 0, 1, 255]]
    assert ice.s2_ice.values.tolist() == [[0, 1, 255, 1]]
    assert '"at": -24.0' in ice.s1_ice.attrs["rule"]


def test_a_recipe_keeps_it_in_one_spelling():
    recipe = Recipe.from_options(s1_mask="above:hv:-24.50", s2_mask="above:B3:.3")
    assert (recipe.s1_mask, recipe.s2_mask) == ("above:HV:-24.5", "above:B03:0.3")


@pytest.mark.parametrize(
    ("sensor", "text"),
    [("s1", "above:"), ("s1", "above:B03:0.2"), ("s1", "above:HV:nan"), ("s2", "above:HV:-24"),
     ("s2", "above:B03"), ("s2", "above:B03:dark")],
)  # fmt: skip
def test_what_is_no_band_and_value_is_refused_with_an_example(sensor, text):
    with pytest.raises(UsageError, match=r"is no band and value; write it like above:(HV|B03)"):
        spelled_above(sensor, text)


def test_a_band_that_the_pair_lacks_is_named():
    with pytest.raises(UsageError, match="needs s2_b11, which the pair does not hold"):
        sea_ice(_pair(), s2_mask="above:B11:0.1")

"""Strips of a lazy pair beside the whole of it."""

from __future__ import annotations

import numpy as np
import pytest
from toy_ice import Toy, scene

from icepair.ice import sea_ice
from icepair.ice.in_rows import probabilities_in_rows
from icepair.ice.methods import method_of


@pytest.fixture(scope="module")
def pair():
    return scene(Toy(shape=(300, 330), nodata=True, thin_share=0.2))[0]


@pytest.mark.parametrize("method", ["automatic", "network"])
@pytest.mark.parametrize("chunk", [300, 128, (90, 5, 200, 5)])
def test_strips_are_the_whole_without_gaps(pair, method, chunk):
    lazy = pair.chunk({"y": chunk, "x": 100})
    rules = {"s1": method_of("s1", method)(lazy), "s2": method_of("s2", "spectral")(lazy)}
    whole = sea_ice(pair, s1_mask=method)
    found = {"s1": [], "s2": []}
    for rows, probabilities in probabilities_in_rows(lazy, rules):
        assert rows.start == sum(map(len, found["s1"]))
        for sensor, values in probabilities.items():
            found[sensor].append(values)
    for sensor, strips in found.items():
        expected = whole[f"{sensor}_ice_probability"].values
        # Matrices of other sizes are multiplied in another order.
        tolerance = 1e-5 if method == "network" else 0.0
        np.testing.assert_allclose(np.concatenate(strips), expected, rtol=0, atol=tolerance)


def test_what_cannot_be_read_is_raised(pair):
    lazy = pair.chunk({"y": 100})
    rules = {"s1": method_of("s1", "automatic")(lazy), "s2": method_of("s2", "spectral")(lazy)}
    broken = lazy["s2_b03"].data.map_blocks(_broken, dtype=np.float32, meta=np.empty((0, 0)))
    lazy = lazy.assign(s2_b03=(("y", "x"), broken))
    with pytest.raises(OSError, match="damaged"):
        list(probabilities_in_rows(lazy, rules))


def _broken(block):
    raise OSError("damaged")

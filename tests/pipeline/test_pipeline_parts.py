"""Masks of large pairs are made part by part, and no pixel can tell."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from icepair.geo.grid import Grid
from icepair.ice.mask import sea_ice
from icepair.pipeline import run
from icepair.testing.aligned import aligned_pair

GRID = Grid.from_crs("EPSG:32639", left=399960, top=9100020, spacing_m=10, shape=(330, 410))
MASKS = ["s1_ice", "s2_ice", "valid"]


@pytest.mark.parametrize("chunk", [None, 64])
def test_parts_make_the_whole(chunk: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "_PART", 128)
    masks = sea_ice(aligned_pair(GRID).drop_vars(MASKS).pipe(_cut, chunk))[MASKS]
    together, whole = run._computed(masks), masks.compute()
    xr.testing.assert_identical(together, whole)
    assert all(isinstance(together[name].data, np.ndarray) for name in MASKS)


def _cut(pair: xr.Dataset, chunk: int | None) -> xr.Dataset:
    return pair if chunk is None else pair.chunk({"y": chunk, "x": chunk})

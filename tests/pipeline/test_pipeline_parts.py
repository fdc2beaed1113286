"""Masks of large pairs are made part by part, and no pixel can tell."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from icepair.geo.grid import Grid
from icepair.ice.concentration import concentrations
from icepair.ice.mask import sea_ice
from icepair.ice.packed import packed
from icepair.pipeline import ice
from icepair.pipeline.recipe import Recipe
from icepair.testing.aligned import aligned_pair
from icepair.write.formats import FORMATS

GRID = Grid.from_crs("EPSG:32639", left=399960, top=9100020, spacing_m=10, shape=(330, 410))
MASKS = [*ice.MASKS]


@pytest.mark.parametrize("chunk", [None, 64])
def test_parts_make_the_whole(chunk: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ice, "_PART", 128)
    pair = aligned_pair(GRID).drop_vars(MASKS).pipe(_cut, chunk)
    seen = sea_ice(pair)
    masks, numbers = ice.ice_of(None, pair, Recipe())
    assert (masks["s1_ice"].chunks is None) == (chunk is None)
    xr.testing.assert_identical(masks[MASKS].compute(), seen[MASKS].compute())
    for each in ice.PROBABILITIES:
        assert masks[each].attrs.items() >= seen[each].attrs.items()
        np.testing.assert_array_equal(masks[each], packed(seen[each].values))
    whole = concentrations(seen.compute())
    assert (numbers.shares.s1, numbers.shares.s2) == (whole.s1, whole.s2)
    assert numbers.shares.s1_uncertainty == pytest.approx(whole.s1_uncertainty, rel=0.05)


@pytest.mark.parametrize("name", ["netcdf", "zarr"])
def test_probabilities_are_packed_and_read_back(name: str, tmp_path) -> None:
    if name == "zarr":
        pytest.importorskip("zarr")
    pair = aligned_pair(GRID).drop_vars(MASKS)
    seen = sea_ice(pair)
    masks, _ = ice.ice_of(None, pair, Recipe())
    assert all(masks[each].dtype == np.uint8 for each in ice.PROBABILITIES)
    form = FORMATS[name]
    file = tmp_path / form.file
    form.write(pair, file)
    form.append(masks, file)
    with form.read(file) as back:
        for each in ice.PROBABILITIES:
            np.testing.assert_allclose(back[each], seen[each], atol=0.0041)
            assert np.isnan(back[each]).equals(np.isnan(seen[each]))
        np.testing.assert_array_equal(back["s1_ice"], seen["s1_ice"])


def test_nothing_in_common_is_a_note_and_no_number() -> None:
    pair = aligned_pair(GRID).drop_vars(MASKS)
    half = pair["x"] < float(pair["x"].mean())
    for name in pair.data_vars:
        if str(name).startswith("s1_sigma0"):
            pair[name] = pair[name].where(half)
        if str(name).startswith("s2_b"):
            pair[name] = pair[name].where(~half)
    _, numbers = ice.ice_of(None, pair, Recipe())
    assert numbers.shares.s1 is numbers.shares.s2 is numbers.shares.difference is None
    assert "not 0 % and not 100 %" in ice.ice_notes(numbers.shares)[0]


def _cut(pair: xr.Dataset, chunk: int | None) -> xr.Dataset:
    return pair if chunk is None else pair.chunk({"y": chunk, "x": chunk})

"""Parting of floes, beside a slow flood from the middles outwards."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage
from toy_floes import mask_of

import icepair
from icepair.conventions import NO_ANSWER
from icepair.errors import UsageError
from icepair.ice.floes.necks import Necks, separated


def flooded(ice: np.ndarray, necks: Necks) -> np.ndarray:
    """Pixels from the farthest from the edge to the nearest; parts that meet join or do not."""
    depth = np.round(8 * ndimage.distance_transform_edt(ice)) / 8
    floe = np.zeros(ice.shape, dtype=int)
    joined: dict[int, int] = {}
    peak: dict[int, float] = {}

    def root(part: int) -> int:
        while joined[part] != part:
            part = joined[part]
        return part

    for flat in np.argsort(-depth, axis=None, kind="stable")[: int(ice.sum())]:
        r, c = divmod(int(flat), ice.shape[1])
        around = [(r - 1, c), (r, c - 1), (r, c + 1), (r + 1, c)]
        beside = [at for at in around if 0 <= at[0] < ice.shape[0] and 0 <= at[1] < ice.shape[1]]
        known = sorted((at for at in beside if floe[at]), key=lambda at: -depth[at])
        if not known:
            floe[r, c] = len(joined) + 1
            joined[floe[r, c]] = floe[r, c]
            peak[floe[r, c]] = depth[r, c]
            continue
        floe[r, c] = floe[known[0]]
        for at in known[1:]:
            narrow, wide = sorted((root(floe[r, c]), root(floe[at])), key=lambda part: peak[part])
            neck, half = depth[r, c] - 0.5, peak[narrow] - 0.5
            if narrow != wide and (neck >= necks.share * half or half - neck < necks.depth_px):
                joined[narrow] = wide
    return np.vectorize(lambda part: root(part) if part else 0)(floe)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_parts_are_those_of_a_flood(seed: int) -> None:
    noise = np.random.default_rng(seed).normal(size=(90, 120))
    ice = ndimage.gaussian_filter(noise, 4) > -0.01
    necks = Necks(hole_px=0)
    own, slow = separated(ice.astype(np.uint8), necks), flooded(ice, necks)
    assert own.max() > ndimage.label(ice)[1]
    assert own.max() == len(np.unique(slow)) - 1
    # Where two floes touch, pixels as far from either may go to either.
    pairs, counts = np.unique(np.stack([own[ice], slow[ice]]), axis=1, return_counts=True)
    best = {label: counts[pairs[0] == label].max() for label in np.unique(own[ice])}
    assert sum(best.values()) > 0.97 * ice.sum()


def test_what_has_no_answer_is_an_edge_and_a_speck_of_it_is_not() -> None:
    y, x = np.mgrid[:100, :180]
    two = (np.hypot(y - 50, x - 48) < 40) | (np.hypot(y - 50, x - 126) < 40)
    ice = two.astype(np.uint8)
    ice[:, 87:] = np.where((ice == 0)[:, 87:], NO_ANSWER, ice[:, 87:])
    ice[48:52, 40:44] = NO_ANSWER
    found = icepair.floes(mask_of(ice))
    assert len(found.table) == 2
    assert found.table["cut"].all()


@pytest.mark.parametrize("shape", [(0, 5), (1, 9), (9, 1), (2, 2)])
@pytest.mark.parametrize("separate", [True, False])
def test_smallest_windows(shape: tuple[int, int], separate: bool) -> None:
    found = icepair.floes(mask_of(np.ones(shape)), separate=separate, smallest_m=0)
    assert found.table["area"].sum() == 100.0 * shape[0] * shape[1]
    assert len(found.table) == min(1, shape[0])


def test_one_pixel_has_no_size() -> None:
    with pytest.raises(UsageError, match="One pixel alone"):
        icepair.floes(mask_of(np.ones((1, 1))))

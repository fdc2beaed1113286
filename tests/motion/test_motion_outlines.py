from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from icepair.errors import UsageError
from icepair.motion import _kernels
from icepair.motion.outlines import BINS, POINTS, outlines_of, pixel_size
from icepair.testing.moving_floes import LabelledFloes, labelled


def _blob(seed: int, size: int = 120) -> np.ndarray:
    """One 8-connected object with a ragged edge, away from the borders."""
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).standard_normal((size, size)), 4)
    row, column = np.mgrid[:size, :size] - size / 2
    mask = noise / noise.std() + 4 - 8 * np.hypot(row, column) / size > 0
    labels, _ = ndimage.label(mask, np.ones((3, 3)))
    return labels == 1 + np.argmax(np.bincount(labels.ravel())[1:])


def _corner_area(corners: np.ndarray) -> float:
    row, column = corners.T.astype(float)
    return 0.5 * float(np.sum(column * np.roll(row, -1) - np.roll(column, -1) * row))


@pytest.mark.parametrize("seed", range(8))
def test_border_encloses_the_filled_object(seed: int) -> None:
    mask = _blob(seed)
    first = np.argmax(mask.any(axis=1)), 0
    start = int(np.argmax(mask[first[0]]))
    corners = _kernels.trace(mask.astype(np.int32), 1, int(first[0]), start)
    steps = np.abs(np.roll(corners, -1, axis=0) - corners).sum(axis=1)
    assert (steps == 1).all()
    # Water that reaches the outside by a corner alone is outside for the border of 8-connected ice
    # only where ice is not joined across that corner: fill holes that are 4-connected.
    assert _corner_area(corners) == ndimage.binary_fill_holes(mask).sum()


def test_pixels_that_touch_by_a_corner_are_one_outline() -> None:
    mask = np.array([[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 1, 1]], dtype=np.int32)
    assert _corner_area(_kernels.trace(mask, 1, 0, 0)) == 8


def test_other_labels_are_not_followed() -> None:
    labels = np.array([[2, 2, 1], [2, 1, 1], [2, 2, 2]], dtype=np.int32)
    assert _corner_area(_kernels.trace(labels, 2, 0, 0)) == 6


def test_means_along_a_path_are_those_of_a_fine_sum() -> None:
    path = np.concatenate([np.arange(0, 20), np.arange(20, 0, -1)]).astype(float)
    position = (np.arange(400_000) + 0.5) / 10_000
    value = np.interp(position, np.arange(41), np.append(path, path[0]))
    means = _kernels.spaced_means(path, 7, 3.3)
    for k, mean in enumerate(means):
        gap = (position - k * 40 / 7 + 20) % 40 - 20
        assert mean == pytest.approx(value[np.abs(gap) < 3.3].mean(), abs=1e-3)


def test_signature_is_the_area_by_direction() -> None:
    """Against counting points of the pixels by their angle; the border of the pixels themselves."""
    mask = np.pad(ndimage.binary_fill_holes(_blob(3, 400)), 5)
    row, column = np.nonzero(mask)
    x, y = column - column.mean(), row.mean() - row
    within = np.random.default_rng(1).uniform(-0.5, 0.5, (2, 20, x.size))
    angle = np.arctan2(y + within[0], x + within[1]).ravel() % (2 * np.pi)
    counted = np.bincount((angle / (2 * np.pi) * BINS).astype(int), minlength=BINS)
    corners = _kernels.trace(mask.astype(np.int32), 1, int(row[0]), int(column[0]))
    outline = np.column_stack([
        corners[:, 1] - 0.5 - column.mean(), row.mean() - (corners[:, 0] - 0.5)
    ])[::-1].copy()  # fmt: skip
    signature = _kernels.signature(outline, BINS)
    # A bin holds some twenty steps of the border, and each goes into one or two bins as a whole.
    assert signature == pytest.approx(counted / counted.mean() - 1, abs=0.05)


def test_an_ellipse_has_its_area_axes_and_place() -> None:
    x, y = np.meshgrid(np.arange(500) * 10 + 5.0, 5000 - np.arange(400) * 10 - 5.0)
    mask = ((x - 2300) / 1500) ** 2 + ((y - 3100) / 750) ** 2 <= 1
    outlines = outlines_of(labelled(mask, 10.0, (0.0, 5000.0)), "first", 500.0, 30.0)
    assert outlines.place[0] == pytest.approx([2300, 3100], abs=1)
    assert outlines.area[0] == pytest.approx(np.pi * 1500 * 750, rel=0.01)
    assert outlines.slenderness[0] == pytest.approx(np.log(2.0), abs=0.01)
    assert outlines.points.shape == (1, POINTS, 2)


def test_cut_and_small_floes_have_no_outline() -> None:
    mask = np.zeros((200, 200), dtype=bool)
    mask[:60, 20:80] = mask[100:160, 20:80] = mask[100:120, 150:170] = True
    outlines = outlines_of(labelled(mask, 10.0, (0.0, 0.0)), "first", 300.0, 30.0)
    assert outlines.label.tolist() == [2]


def test_labels_in_pieces_are_left_out() -> None:
    mask = np.zeros((200, 200), dtype=bool)
    mask[10:60, 20:80] = True
    floes = labelled(mask, 10.0, (0.0, 0.0))
    floes.labels.values[150:190, 20:180] = 1
    floes.table.loc[1, ["row1", "column1", "area"]] = [190, 180, 100 * (3000 + 6400)]
    assert len(outlines_of(floes, "first", 300.0, 30.0)) == 0


def test_missing_columns_are_named() -> None:
    mask = np.zeros((50, 50), dtype=bool)
    mask[10:20, 10:20] = True
    floes = labelled(mask, 10.0, (0.0, 0.0))
    floes = LabelledFloes(floes.labels, floes.table.drop(columns=["cut", "area"]))
    with pytest.raises(UsageError, match=r"second table of floes has no column area, cut"):
        outlines_of(floes, "second", 50.0, 30.0)


def test_uneven_coordinates_are_refused() -> None:
    mask = np.zeros((50, 50), dtype=bool)
    mask[10:20, 10:20] = True
    floes = labelled(mask, 10.0, (0.0, 0.0))
    crooked = floes.labels.assign_coords(x=floes.labels.x.values**1.5)
    with pytest.raises(UsageError, match="coordinate x is no regular axis"):
        pixel_size(LabelledFloes(crooked, floes.table))

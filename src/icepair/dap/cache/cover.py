"""Which elements of a wished hyperslab lie in the blocks at hand, and which are missing.

Everything is counted in the wish's own elements: a *box* is a half-open range of them along each
axis. A block whose step divides the wish's step, and whose elements fall on the wish's, holds a
box of it; the question is then one of boxes without steps. A block that holds only every n-th
wished element is of no use: what remained around its elements would be too many small requests.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

from icepair.dap.hyperslab import Hyperslab

__all__ = ["Box", "canonical", "missing", "part", "reach", "tiles", "within"]

Box: TypeAlias = tuple[tuple[int, int], ...]
"""First and last-plus-one element of a wish along each axis; empty for a scalar."""


def canonical(slab: Hyperslab) -> Hyperslab:
    """The same elements with the smallest stops, and step 1 along axes of one element."""
    axes = _axes(slab)
    return Hyperslab(
        slab.start,
        tuple(axis[-1] + 1 for axis in axes),
        tuple(axis.step if len(axis) > 1 else 1 for axis in axes),
    )


def reach(block: Hyperslab, wish: Hyperslab) -> Box | None:
    """Box of the wish that a block holds; None where it holds nothing that is of use."""
    if len(block.start) != len(wish.start) or _apart(block, wish):
        return None
    spans = []
    for held, wanted in zip(_axes(block), _axes(wish), strict=True):
        span = _span(held, wanted)
        if span is None:
            return None
        spans.append(span)
    return tuple(spans)


def _apart(block: Hyperslab, wish: Hyperslab) -> bool:
    """Whether the bounds alone say that nothing is shared: most blocks are dismissed here."""
    for start, stop, first, last in zip(
        block.start, block.stop, wish.start, wish.stop, strict=True
    ):
        if start >= last or stop <= first:
            return True
    return False


def _axes(slab: Hyperslab) -> list[range]:
    return list(map(range, slab.start, slab.stop, slab.step))


def _span(held: range, wanted: range) -> tuple[int, int] | None:
    """Range of the wanted elements that are held, if those have no gaps."""
    # The step of a single element means nothing and must not stand in the way.
    by = wanted.step if len(wanted) > 1 else held.step
    step = held.step if len(held) > 1 else by
    if by % step or (wanted.start - held.start) % step:
        return None
    first = max(0, -((wanted.start - held.start) // by))
    last = min(len(wanted) - 1, (held[-1] - wanted.start) // by)
    return (first, last + 1) if first <= last else None


def part(wish: Hyperslab, box: Box) -> Hyperslab:
    """Elements of a wish that lie in one of its boxes."""
    axes = [axis[slice(*span)] for axis, span in zip(_axes(wish), box, strict=True)]
    return Hyperslab(
        tuple(axis[0] for axis in axes), tuple(axis[-1] + 1 for axis in axes), wish.step
    )


def within(block: Hyperslab, piece: Hyperslab) -> tuple[slice, ...]:
    """Where the values of a piece lie in the values of a block that holds all of it."""
    found = []
    for held, wanted in zip(_axes(block), _axes(piece), strict=True):
        first, last = held.index(wanted[0]), held.index(wanted[-1])
        by = (last - first) // (len(wanted) - 1) if len(wanted) > 1 else 1
        found.append(slice(first, last + 1, by))
    return tuple(found)


def tiles(wish: Hyperslab, boxes: Sequence[Box]) -> tuple[list[tuple[int, Box]], list[Box]]:
    """Disjoint boxes that make up a wish, each from one block, and those that no block holds.

    Parameters
    ----------
    wish : Hyperslab
        What is asked for.
    boxes : sequence of Box
        What each block holds of it, as `reach` says; the largest are used first.

    Returns
    -------
    list of (int, Box)
        Number of the block, and the box to take from it.
    list of Box
        What is missing: few and large, full rows where possible, in order.
    """
    order = sorted(range(len(boxes)), key=lambda number: (-_size(boxes[number]), boxes[number]))
    used: list[tuple[int, Box]] = []
    gaps: list[Box] = [tuple((0, length) for length in wish.shape)]
    for number in order:
        if not gaps:
            break
        remaining: list[Box] = []
        for gap in gaps:
            hit = _overlap(gap, boxes[number])
            if hit is None:
                remaining.append(gap)
            else:
                used.append((number, hit))
                remaining += _around(gap, hit)
        gaps = remaining
    return used, _merged(gaps)


def missing(wish: Hyperslab, blocks: Sequence[Hyperslab]) -> list[Hyperslab]:
    """Disjoint parts of a wish that the blocks do not hold: few, large, full rows first."""
    boxes = [box for block in blocks if (box := reach(block, wish)) is not None]
    return [part(wish, gap) for gap in tiles(wish, boxes)[1]]


def _size(box: Box) -> int:
    return math.prod(stop - start for start, stop in box)


def _overlap(box: Box, other: Box) -> Box | None:
    both = tuple(
        (max(start, first), min(stop, last))
        for (start, stop), (first, last) in zip(box, other, strict=True)
    )
    return both if all(start < stop for start, stop in both) else None


def _around(box: Box, hole: Box) -> list[Box]:
    """What is left of a box around a hole in it; above and below go first, in full width."""
    pieces: list[Box] = []
    for axis, ((start, stop), (first, last)) in enumerate(zip(box, hole, strict=True)):
        for span in ((start, first), (last, stop)):
            if span[0] < span[1]:
                pieces.append((*hole[:axis], span, *box[axis + 1 :]))
    return pieces


def _merged(boxes: list[Box]) -> list[Box]:
    """The same elements in fewer boxes: neighbours with a whole side in common become one."""
    rank = len(boxes[0]) if boxes else 0
    count = -1
    while len(boxes) != count:
        count = len(boxes)
        for axis in reversed(range(rank)):
            boxes = _joined(boxes, axis)
    return sorted(boxes)


def _joined(boxes: list[Box], axis: int) -> list[Box]:
    joined: list[Box] = []
    for box in sorted(boxes, key=lambda box: (box[:axis], box[axis + 1 :], box[axis])):
        before = joined[-1] if joined else None
        if (
            before is not None
            and (before[:axis], before[axis + 1 :]) == (box[:axis], box[axis + 1 :])
            and before[axis][1] == box[axis][0]
        ):
            joined[-1] = (*box[:axis], (before[axis][0], box[axis][1]), *box[axis + 1 :])
        else:
            joined.append(box)
    return joined

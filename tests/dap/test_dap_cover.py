"""Covering a wish with blocks, against arrays of booleans."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from icepair.dap.cache.cover import canonical, missing, part, reach, tiles, within
from icepair.dap.hyperslab import Hyperslab

SHAPE = (12, 9)


@st.composite
def slabs(draw: st.DrawFn, shape: tuple[int, ...] = SHAPE, steps: int = 4) -> Hyperslab:
    selection = []
    for length in shape:
        start = draw(st.integers(0, length - 1))
        stop = draw(st.integers(start + 1, length))
        selection.append(slice(start, stop, draw(st.integers(1, steps))))
    return Hyperslab.of(selection, shape)


def marked(slab: Hyperslab, shape: tuple[int, ...] = SHAPE) -> np.ndarray:
    mask = np.zeros(shape, bool)
    mask[slab.slices] = True
    return mask


@given(slabs(), st.lists(slabs(), max_size=6))
def test_missing_parts_are_disjoint_and_nothing_that_no_block_holds_is_left_out(
    wish: Hyperslab, blocks: list[Hyperslab]
) -> None:
    count = sum((marked(gap).astype(int) for gap in missing(wish, blocks)), np.zeros(SHAPE, int))
    held = sum((marked(block) for block in blocks), np.zeros(SHAPE, bool))
    assert count.max() <= 1
    assert not (count.astype(bool) & ~marked(wish)).any()
    assert count[marked(wish) & ~held].all()


@given(st.data(), st.integers(1, 3))
def test_blocks_of_equal_or_no_step_leave_exactly_the_rest(data: st.DataObject, by: int) -> None:
    def stepped(step: int) -> st.SearchStrategy[Hyperslab]:
        bounds = [st.integers(0, (length - 1) // by) for length in SHAPE]
        return st.tuples(*(st.tuples(bound, bound).map(sorted) for bound in bounds)).map(
            lambda spans: Hyperslab.of([slice(a * by, b * by + 1, step) for a, b in spans], SHAPE)
        )

    wish = data.draw(stepped(by))
    blocks = data.draw(st.lists(st.one_of(stepped(by), stepped(1)), max_size=6))
    held = sum((marked(block) for block in blocks), np.zeros(SHAPE, bool))
    gaps = sum((marked(gap) for gap in missing(wish, blocks)), np.zeros(SHAPE, bool))
    assert np.array_equal(gaps, marked(wish) & ~held)


@settings(max_examples=300)
@given(slabs(), slabs())
def test_a_block_claims_only_what_it_holds_and_all_of_a_wish_that_it_holds(
    wish: Hyperslab, block: Hyperslab
) -> None:
    box = reach(block, wish)
    everything = not (marked(wish) & ~marked(block)).any()
    assert everything == (box == tuple((0, length) for length in wish.shape))
    if box is not None:
        claimed = marked(part(wish, box))
        assert claimed.any()
        assert not (claimed & ~(marked(wish) & marked(block))).any()


@given(slabs(), st.lists(slabs(), max_size=6))
def test_pieces_put_together_are_the_wish(wish: Hyperslab, blocks: list[Hyperslab]) -> None:
    truth = np.arange(np.prod(SHAPE)).reshape(SHAPE)
    useful = [(block, box) for block in blocks if (box := reach(block, wish)) is not None]
    used, gaps = tiles(wish, [box for _, box in useful])
    built = np.full(wish.shape, -1)
    for number, box in used:
        block = useful[number][0]
        at = tuple(slice(*span) for span in box)
        assert (built[at] == -1).all(), "a piece lies over another"
        built[at] = truth[block.slices][within(block, part(wish, box))]
    for gap in gaps:
        at = tuple(slice(*span) for span in gap)
        assert (built[at] == -1).all(), "a part that is there is called missing"
        built[at] = truth[part(wish, gap).slices]
    assert np.array_equal(built, truth[wish.slices])


@given(slabs(steps=15))
def test_canonical_keeps_the_elements(slab: Hyperslab) -> None:
    plain = canonical(slab)
    assert np.array_equal(marked(plain), marked(slab))
    assert plain == canonical(plain)
    assert plain.stop == tuple(
        axis[-1] + 1 for axis in map(range, slab.start, slab.stop, slab.step)
    )
    assert all(step == 1 for step, n in zip(plain.step, plain.shape, strict=True) if n == 1)


@given(st.lists(slabs((4, 5, 6), steps=2), max_size=4), slabs((4, 5, 6), steps=2))
def test_three_axes(blocks: list[Hyperslab], wish: Hyperslab) -> None:
    shape = (4, 5, 6)
    gaps = [marked(gap, shape) for gap in missing(wish, blocks)]
    held = sum((marked(block, shape) for block in blocks), np.zeros(shape, bool))
    count = sum((gap.astype(int) for gap in gaps), np.zeros(shape, int))
    assert count.max() <= 1
    assert count[marked(wish, shape) & ~held].all()
    assert not count[~marked(wish, shape)].any()


def test_a_scalar_is_held_or_not() -> None:
    scalar = Hyperslab((), (), ())
    assert missing(scalar, []) == [scalar]
    assert missing(scalar, [scalar]) == []
    assert reach(Hyperslab((0,), (3,), (1,)), scalar) is None, "another rank holds nothing"


def test_a_strided_block_does_not_stand_for_its_gaps() -> None:
    sparse = Hyperslab.of([slice(0, 10, 2)], (10,))
    dense = Hyperslab.of([slice(0, 10)], (10,))
    assert missing(dense, [sparse]) == [dense]
    assert missing(sparse, [dense]) == []


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [
        ([(slice(0, 4), slice(0, 9))], ["[4:12, 0:9]"]),
        ([(slice(4, 8), slice(0, 9))], ["[0:4, 0:9]", "[8:12, 0:9]"]),
        ([(slice(4, 8), slice(3, 6))],
         ["[0:4, 0:9]", "[4:8, 0:3]", "[4:8, 6:9]", "[8:12, 0:9]"]),
        ([(slice(0, 5), slice(4, 9)), (slice(5, 12), slice(4, 9))], ["[0:12, 0:4]"]),
    ],
)  # fmt: skip
def test_what_is_missing_comes_in_full_rows_and_in_one_piece_where_it_can(
    blocks: list[tuple[slice, slice]], expected: list[str]
) -> None:
    wish = Hyperslab.of([], SHAPE)
    gaps = missing(wish, [Hyperslab.of(block, SHAPE) for block in blocks])
    assert [str(gap) for gap in gaps] == expected

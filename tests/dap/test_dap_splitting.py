"""From windows to requests: all of it, nothing twice, none too large."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from icepair.dap.declaration import Variable
from icepair.dap.hyperslab import Hyperslab, Part
from icepair.dap.splitting import Request, bands, halves, requests_for


def wire_bytes(part: Part) -> int:
    return 4 * part.slab.size


@st.composite
def parts(draw: st.DrawFn) -> Part:
    shape = tuple(draw(st.lists(st.integers(1, 14), min_size=1, max_size=3)))
    chunks = tuple(draw(st.integers(1, 20)) for _ in shape)
    name = draw(st.sampled_from(["a", "b", "c"]))
    slices = []
    for length in shape:
        start = draw(st.integers(0, length - 1))
        stop = draw(st.integers(start + 1, length))
        slices.append(slice(start, stop, draw(st.integers(1, 4))))
    dimensions = tuple(f"{name}{axis}" for axis in range(len(shape)))
    variable = Variable(name, "Int32", dimensions, shape, {"_ChunkSizes": chunks})
    return Part(variable, Hyperslab.of(slices, shape))


def counted(pieces: list[Part]) -> np.ndarray:
    """How often each element of the array is asked for."""
    count = np.zeros(pieces[0].variable.shape, int)
    for piece in pieces:
        count[piece.slab.slices] += 1
    return count


@settings(deadline=None)
@given(parts(), st.integers(4, 900))
def test_bands_hold_every_element_once_and_keep_the_limit(part: Part, most: int):
    pieces = list(bands(part, wire_bytes, most))
    wanted = np.zeros(part.variable.shape, int)
    wanted[part.slab.slices] = 1
    np.testing.assert_array_equal(counted(pieces), wanted)
    assert max(map(wire_bytes, pieces)) <= most


@settings(deadline=None)
@given(parts())
def test_halving_ends_at_single_elements_and_loses_nothing(part: Part):
    requests, done = [Request((part,))], []
    while requests:
        request = requests.pop()
        smaller = halves(request)
        if smaller is None:
            assert request.parts[0].slab.size == 1
            done.append(request.parts[0])
        else:
            requests += smaller
    assert len(done) == part.slab.size
    assert counted(done).max() == 1


@settings(deadline=None)
@given(st.lists(parts(), min_size=1, max_size=6), st.integers(1, 4))
def test_no_variable_twice_in_a_request_and_wishes_are_kept_apart(wished: list[Part], workers: int):
    numbered = [Part(part.variable, part.slab, number) for number, part in enumerate(wished)]
    requests = requests_for(numbered, wire_bytes, most_bytes=500, workers=workers)
    for request in requests:
        names = [part.variable.name for part in request.parts]
        assert len(set(names)) == len(names)
    for number, part in enumerate(wished):
        own = [p for r in requests for p in r.parts if p.wish == number]
        wanted = np.zeros(part.variable.shape, int)
        wanted[part.slab.slices] = 1
        np.testing.assert_array_equal(counted(own), wanted)


def test_borders_follow_the_servers_chunks():
    variable = Variable("a", "Int32", ("y", "x"), (1000, 10), {"_ChunkSizes": (91, 99)})
    part = Part(variable, Hyperslab.of((slice(50, 900), slice(0, 10)), (1000, 10)))
    tops = [piece.slab.start[0] for piece in bands(part, wire_bytes, 40 * 200)]
    assert tops == [50, 182, 364, 546, 728]


def test_small_windows_of_several_variables_make_one_request():
    window = (slice(0, 10), slice(0, 10))
    wished = [
        Part(Variable(name, "Int32", ("y", "x"), (50, 50)), Hyperslab.of(window, (50, 50)))
        for name in "abcde"
    ]
    assert len(requests_for(wished, wire_bytes, most_bytes=10**7, workers=4)) == 1


def test_windows_that_cut_a_shared_axis_differently_do_not_share_a_request():
    one, other = (
        Part(
            Variable(name, "Int32", ("y", "x"), (50, 50)),
            Hyperslab.of((slice(0, stop), slice(0, 10)), (50, 50)),
        )
        for name, stop in (("a", 10), ("b", 12))
    )
    assert len(requests_for([one, other], wire_bytes, most_bytes=10**7, workers=1)) == 2

from __future__ import annotations

import io
import re
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from icepair.dap.declaration import NUMPY_CODES, Variable
from icepair.dap.fault import Fault, TooLargeFault
from icepair.dap.hyperslab import Hyperslab, Part
from icepair.dap.protocol.dap2 import dap2_query, decode_dap2
from icepair.errors import BrokenReplyError
from icepair.testing.encoding import Sent, dap2_reply, dds_text

KINDS = ("Byte", "Int16", "UInt16", "Int32", "UInt32", "Float32", "Float64", "String", "Url")


class Dripping(io.RawIOBase):
    """Body that arrives in pieces of a few bytes."""

    def __init__(self, body: bytes, sizes: tuple[int, ...] = (1, 3, 7)) -> None:
        self._body, self._sizes, self._turn = memoryview(body), sizes, 0

    def readinto(self, buffer):
        self._turn += 1
        piece = self._body[: min(len(buffer), self._sizes[self._turn % len(self._sizes)])]
        buffer[: len(piece)] = piece
        self._body = self._body[len(piece) :]
        return len(piece)


def sent(name, kind, values, selection=None, whole=None, **more):
    values = np.asarray(values, object if NUMPY_CODES[kind] == "O" else NUMPY_CODES[kind])
    whole = values.shape if whole is None else whole
    dimensions = tuple(f"d{axis}" for axis in range(len(whole)))
    attributes = more.pop("attributes", {})
    variable = Variable(name, kind, dimensions, whole, attributes, more.pop("known_maps", ()))
    part = Part(variable, Hyperslab.of([] if selection is None else selection, whole))
    return Sent(part, values.view(variable.dtype) if values.dtype != object else values, **more)


def decoded(*all_sent, body=None, expected_maps=None, drip=False):
    body = dap2_reply(all_sent) if body is None else body
    source = Dripping(body) if drip else io.BytesIO(body)
    return decode_dap2(source, [each.part for each in all_sent], expected_maps)


def assert_same(found, each):
    assert found.dtype == each.part.variable.dtype
    assert found.dtype.isnative
    assert found.flags.writeable
    np.testing.assert_array_equal(found, each.values, strict=True)


EVERYTHING = (
    sent("b", "Byte", [[1, 2, 255], [0, 128, 7]]),
    sent("one", "Byte", 200),
    sent("i", "Int16", [-32768, -1, 0, 32767]),
    sent("u", "UInt16", [[0], [65535], [40000]]),
    sent("scalar", "Int16", -5),
    sent("l", "Int32", [-(2**31), 2**31 - 1]),
    sent("m", "UInt32", [2**32 - 1]),
    sent("f", "Float32", [np.nan, np.inf, -0.0, 1.5e-40]),
    sent("d", "Float64", [[1e300, -np.inf]]),
    sent("t", "String", "Gr\u00f8nland"),
    sent("tt", "String", [["", "a"], ["four", "fives"]]),
    sent("w", "Url", "http://x/y"),
    sent("s.v", "Float64", [1.0, 2.0], within="s"),
    sent(
        "g", "UInt16", [[1, 2], [3, 4]], maps={"y": np.array([5.0, 6.0]), "x": np.array([7.0, 8])}
    ),
)


@pytest.mark.parametrize("drip", [False, True])
def test_every_type_arrives(drip):
    for found, each in zip(decoded(*EVERYTHING, drip=drip), EVERYTHING, strict=True):
        assert_same(found, each)


def test_the_reply_may_have_another_order():
    parts = [each.part for each in EVERYTHING]
    body = dap2_reply(EVERYTHING[::-1])
    for found, each in zip(decode_dap2(io.BytesIO(body), parts), EVERYTHING, strict=True):
        assert_same(found, each)


@pytest.mark.parametrize(
    ("kind", "flag", "dtype"),
    [("Byte", "false", "i1"), ("Int16", "true", "u2"), ("UInt16", "false", "i2"),
     ("Int32", "true", "u4")],
)  # fmt: skip
def test_integers_obey_unsigned(kind, flag, dtype):
    limits = np.iinfo(dtype)
    raw = np.array([limits.min, limits.max], dtype).view(NUMPY_CODES[kind])
    each = sent("a", kind, raw, attributes={"_Unsigned": flag})
    (found,) = decoded(each)
    assert found.dtype == np.dtype(dtype)
    assert found.tolist() == [limits.min, limits.max]


def test_steps_and_offsets_are_asked_for_and_checked():
    each = sent(
        "a", "UInt16", np.arange(6).reshape(2, 3), [slice(4, 9, 4), slice(0, 7, 3)], (20, 9)
    )
    assert dap2_query([each.part]) == "a%5B4:4:8%5D%5B0:3:6%5D"
    assert_same(decoded(each)[0], each)


def test_names_are_encoded_in_the_query():
    each = sent("a b[1]&c,\u00e9/%", "Byte", 1)
    assert dap2_query([each.part]) == "a%20b%5B1%5D%26c%2C%C3%A9%2F%25"
    with pytest.raises(ValueError, match="twice"):
        dap2_query([each.part, each.part])


def test_a_grid_of_which_only_the_array_came():
    whole = sent("g", "UInt16", [[1, 2], [3, 4]], known_maps=("y", "x"))
    inside = Sent(whole.part, whole.values, within="g")
    assert_same(decoded(whole, body=dap2_reply([inside]))[0], whole)


def test_a_map_that_lives_in_its_grid_alone_can_be_asked_for():
    grid = EVERYTHING[-1]
    alone = sent("g.y", "Float64", [5.0, 6.0], within="g")
    found = decode_dap2(io.BytesIO(dap2_reply([grid])), [grid.part, alone.part])
    assert_same(found[0], grid)
    assert_same(found[1], alone)
    assert_same(decoded(alone)[0], alone)


def window(y, x):
    known = ("y", "g.x")
    return sent(
        "g", "UInt16", [[1, 2], [3, 4]], [slice(2, 4), slice(0, 3, 2)], (9, 5), known_maps=known,
        maps={"y": np.array(y), "x": np.array(x)},
    )  # fmt: skip


def test_coordinates_that_come_along_must_be_those_of_the_window():
    expected = {"y": np.arange(9.0) * 10, "g.x": np.array([np.nan, 1, 2, 3, 4])}
    right = window([20.0, 30.0], [np.nan, 2.0])
    assert_same(decoded(right, expected_maps=expected)[0], right)
    for wrong in (window([30.0, 40.0], [np.nan, 2.0]), window([20.0, 30.0], [0.0, 2.0])):
        with pytest.raises(Fault, match=r"coordinates g\.[xy] that came along are not those"):
            decoded(wrong, expected_maps=expected)
        assert_same(decoded(wrong, expected_maps={})[0], wrong)
        assert_same(decoded(wrong)[0], wrong)


@pytest.mark.parametrize("each", EVERYTHING, ids=lambda each: each.part.variable.name)
def test_a_reply_cut_at_any_byte_is_a_fault(each):
    body = dap2_reply([each])
    for length in range(len(body)):
        with pytest.raises(
            Fault, match=r"ended after|empty|something else|ends too early"
        ) as caught:
            decoded(each, body=body[:length])
        assert caught.value.again
        assert caught.value.kind is BrokenReplyError


def test_a_cut_says_how_much_is_missing():
    each = sent("a", "Float64", np.arange(100.0))
    body = dap2_reply([each])
    with pytest.raises(Fault, match=re.escape(f"ended after {len(body) - 3} of {len(body)} bytes")):
        decoded(each, body=body[:-3])


@pytest.mark.parametrize("each", EVERYTHING, ids=lambda each: each.part.variable.name)
def test_more_bytes_than_announced_are_a_fault(each):
    body = dap2_reply([each])
    with pytest.raises(Fault, match=f"5 bytes longer than the {len(body)} it should have"):
        decoded(each, body=body + b"12345")
    with pytest.raises(Fault, match="at least 1"):
        decoded(each, body=body + bytes(2_000_000))


def test_a_server_that_gives_up_in_the_middle_is_heard():
    each = sent("a", "Float64", np.arange(100.0))
    body = dap2_reply([each])[:400]
    said = b'Error {\n code = 500;\n message = "disk on fire";\n};\n'
    with pytest.raises(Fault, match="in the middle of the data the server refused") as caught:
        decoded(each, body=body + said)
    assert caught.value.words == "disk on fire"
    with pytest.raises(TooLargeFault, match="size"):
        decoded(each, body=body + said.replace(b"disk on fire", b"Request Too Large"))


def broken(change, **more):
    each = sent("a", "UInt16", np.arange(6).reshape(2, 3), **more)
    body = change(dap2_reply([each]))
    return each, body


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b"UInt16 a", b"UInt16 b", "'b', which was not asked for"),
        (b"UInt16 a", b"Int16 a", "as Int16, expected UInt16"),
        (b"[d0 = 2]", b"[d0 = 3]", r"shape \(3, 3\), expected \(2, 3\)"),
        (b"[d0 = 2][d1 = 3]", b"[d0 = 6]", r"shape \(6,\)"),
        (b"[d0 = 2]", b"[d0 = 1152921504606846976]", "shape"),
        (b"  UInt16 a", b"  Byte q;\n  UInt16 a", "'q', which was not asked for"),
        (b"} scene", b"Sequence { Byte z; } y; } scene", "Sequence 'y'"),
        (b"  UInt16 a[d0 = 2][d1 = 3];\n", b"", "lacks a"),
        (b"Data:", b"Dada:", "before its data"),
        (b"\0\0\0\x06\0\0\0\x06", b"\0\0\0\x06\0\0\0\x05", "announces 5 values of a, expected 6"),
        (b"\0\0\0\x06\0\0\0\x06", b"\0\0\0\x07\0\0\0\x06", "announces 7 values of a, expected 6"),
        (b"\0\0\0\x04", b"\0\1\0\x04", "beyond 16 bits"),
        (b"\0\0\0\x04", b"\xff\xff\0\x04", "beyond 16 bits"),
        (b"Dataset {", b"Dataset [", "expected '{'"),
    ],
)
def test_a_reply_that_contradicts_the_request_or_itself_is_a_fault(old, new, message):
    each, body = broken(lambda body: body.replace(old, new, 1))
    assert body != dap2_reply([each])
    with pytest.raises(Fault, match=message):
        decoded(each, body=body)


def test_narrow_numbers_may_be_extended_by_sign_or_by_zeros():
    each = sent("a", "Int16", [-1, 7])
    head = dds_text([each]).encode() + b"Data:\r\n" + struct.pack(">II", 2, 2)
    assert_same(decoded(each, body=head + struct.pack(">ii", -1, 7))[0], each)
    assert_same(decoded(each, body=head + struct.pack(">II", 65535, 7))[0], each)
    unsigned = sent("a", "UInt16", [65535, 7])
    body = dds_text([unsigned]).encode() + b"Data:\n" + struct.pack(">IIii", 2, 2, -1, 7)
    assert_same(decoded(unsigned, body=body)[0], unsigned)


@pytest.mark.parametrize("four", [b"\xc8\0\0\0", b"\0\0\0\xc8", b"\xff\xff\xff\xc8"])
def test_a_single_byte_stands_first_or_last(four):
    each = sent("a", "Byte", 200)
    head = dds_text([each]).encode() + b"Data:\n"
    assert_same(decoded(each, body=head + four)[0], each)
    with pytest.raises(Fault, match="beyond 8 bits"):
        decoded(each, body=head + b"\xc8\0\0\1")


@pytest.mark.parametrize(
    ("body", "message", "words"),
    [
        (
            b'Error {\n code = 404;\n message = "no such variable";\n};\n',
            "refused",
            "no such variable",
        ),
        (b"<html><body>Please sign in</body></html>", "web page", "Please sign in"),
        (b"", "empty", ""),
        (bytes(range(256)) * 10, "something else", ""),
    ],
)
def test_something_else_than_data_is_a_fault_with_its_words(body, message, words):
    with pytest.raises(Fault, match=message) as caught:
        decoded(EVERYTHING[0], body=body)
    assert caught.value.words == words


def test_a_preamble_without_end_is_not_followed():
    class Endless:
        def readinto(self, buffer):
            buffer[:] = b"Dataset {" + b" " * (len(buffer) - 9)
            return len(buffer)

    with pytest.raises(Fault, match="before its data"):
        decode_dap2(Endless(), [EVERYTHING[0].part])


def test_a_huge_text_is_not_waited_for():
    each = sent("t", "String", "abc")
    body = dds_text([each]).encode() + b"Data:\n" + b"\xff\xff\xff\xf0abc\0"
    with pytest.raises(Fault, match="text of 4294967280 bytes"):
        decoded(each, body=body)


def test_an_array_beyond_what_xdr_can_count_takes_no_memory():
    variable = Variable("a", "Float64", ("n",), (2**58,))
    part = Part(variable, Hyperslab.of([], (2**58,)))
    body = b"Dataset { Float64 a[n = %d]; } d;\nData:\n" % 2**58 + bytes(8)
    with pytest.raises(Fault, match="announces 0 values"):
        decode_dap2(io.BytesIO(body), [part])


def test_long_arrays_pass_through_slices_unharmed():
    for kind in ("UInt16", "Byte", "Float64"):
        values = (np.arange(700_001) * 7919 % 65521).astype(NUMPY_CODES[kind])
        each = sent("a", kind, values)
        wide = values.astype(">u4").tobytes() if kind == "UInt16" else values.tobytes()
        wide = values.astype(">f8").tobytes() if kind == "Float64" else wide
        count = struct.pack(">I", values.size)
        body = dds_text([each]).encode() + b"Data:\n" + count * 2 + wide + bytes(-len(wide) % 4)
        assert_same(decoded(each, body=body)[0], each)
        with pytest.raises(Fault, match="ended after"):
            decoded(each, body=body[: len(body) // 2])


@st.composite
def any_sent(draw, name="a"):
    kind = draw(st.sampled_from(KINDS))
    shape = draw(arrays.array_shapes(min_dims=0, max_dims=3, max_side=5))
    if kind in ("String", "Url"):
        texts = st.text(
            st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=9
        )
        values = draw(arrays.arrays(object, shape, elements=texts))
    else:
        values = draw(arrays.arrays(NUMPY_CODES[kind], shape))
    steps = draw(st.tuples(*[st.integers(1, 4)] * len(shape)))
    starts = draw(st.tuples(*[st.integers(0, 3)] * len(shape)))
    stops = [
        start + (length - 1) * step + 1
        for start, step, length in zip(starts, steps, shape, strict=True)
    ]
    selection = [slice(*each) for each in zip(starts, stops, steps, strict=True)]
    return sent(name, kind, values, selection, tuple(stop + 1 for stop in stops))


@settings(max_examples=100, deadline=None)
@given(st.lists(any_sent(), min_size=1, max_size=4), st.booleans())
def test_what_is_written_is_read(several, drip):
    named = [
        sent(f"v{number}", each.part.variable.wire_type, each.values, each.part.slab.slices,
             each.part.variable.shape)
        for number, each in enumerate(several)
    ]  # fmt: skip
    for found, each in zip(decoded(*named, drip=drip), named, strict=True):
        assert_same(found, each)

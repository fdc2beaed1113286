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
from icepair.dap.protocol.dap4 import ChecksumMissingFault, dap4_query, decode_dap4
from icepair.errors import BrokenReplyError, RefusedError
from icepair.testing.encoding import Sent, chunk, dap4_reply, dmr_text

KINDS = tuple(NUMPY_CODES)


def sent(name, kind, values, selection=(), whole=None, attributes=None):
    values = np.asarray(values, object if NUMPY_CODES[kind] == "O" else NUMPY_CODES[kind])
    whole = values.shape if whole is None else whole
    dimensions = tuple(f"d{axis}" for axis in range(len(whole)))
    variable = Variable(name, kind, dimensions, whole, attributes or {})
    part = Part(variable, Hyperslab.of(selection, whole))
    return Sent(part, values.view(variable.dtype) if values.dtype != object else values)


def decoded(*all_sent, body=None, **more):
    body = dap4_reply(all_sent, **more) if body is None else body
    return decode_dap4(io.BytesIO(body), [each.part for each in all_sent])


def assert_same(found, each):
    assert found.dtype == each.part.variable.dtype
    assert found.dtype.isnative
    np.testing.assert_array_equal(found, each.values, strict=True)


EVERYTHING = (
    sent("c", "Char", [65, 200]),
    sent("b", "Byte", 200),
    sent("i1", "Int8", [[-128, 127]]),
    sent("u1", "UInt8", [255]),
    sent("i2", "Int16", [-32768, -1]),
    sent("u2", "UInt16", [[0], [65535], [40000]]),
    sent("i4", "Int32", -5),
    sent("u4", "UInt32", [2**32 - 1]),
    sent("i8", "Int64", [-(2**63)]),
    sent("u8", "UInt64", [2**64 - 1]),
    sent("f4", "Float32", [np.nan, np.inf, -0.0, 1.5e-40]),
    sent("f8", "Float64", [[1e300, -np.inf]]),
    sent("s", "String", [["", "Gr\u00f8nland"], ["a", "bc"]]),
    sent("w", "URL", "http://x/y"),
)
NUMBERS = EVERYTHING[:-2]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("chunk_bytes", [1, 7, 1000])
@pytest.mark.parametrize("lengths_in_checksums", [True, False])
def test_every_type_arrives(order, chunk_bytes, lengths_in_checksums):
    found = decoded(
        *EVERYTHING,
        order=order,
        chunk_bytes=chunk_bytes,
        lengths_in_checksums=lengths_in_checksums,
    )
    for values, each in zip(found, EVERYTHING, strict=True):
        assert_same(values, each)


def test_the_reply_may_have_another_order():
    found = decode_dap4(
        io.BytesIO(dap4_reply(EVERYTHING[::-1])), [each.part for each in EVERYTHING]
    )
    for values, each in zip(found, EVERYTHING, strict=True):
        assert_same(values, each)


def test_integers_obey_unsigned():
    each = sent("a", "Int16", [-1, -2], attributes={"_Unsigned": "true"})
    assert decoded(each)[0].tolist() == [65535, 65534]


def test_the_query_asks_for_parts_and_checksums():
    first = sent("B 4", "Byte", [[1, 2]], [slice(3, 4), slice(0, 9, 8)], (9, 9))
    query = dap4_query([first.part, sent("g/v", "Byte", 1).part])
    assert query == "dap4.ce=/B%204%5B3:3%5D%5B0:8:8%5D%3B/g/v&dap4.checksum=true"


@pytest.mark.parametrize("number", range(len(EVERYTHING)))
def test_a_reply_cut_at_any_byte_is_a_fault(number):
    each = EVERYTHING[number]
    body = dap4_reply([each], chunk_bytes=5)
    for length in range(len(body)):
        with pytest.raises(
            Fault, match=r"ended after|empty|something else|no data behind"
        ) as caught:
            decoded(each, body=body[:length])
        assert caught.value.again
        assert caught.value.kind is BrokenReplyError


def test_a_changed_bit_anywhere_in_the_data_is_a_fault():
    head = len(chunk(4, dmr_text(EVERYTHING)))
    body = dap4_reply(EVERYTHING, chunk_bytes=10_000)
    for at in range(head, len(body)):
        damaged = body[:at] + bytes([body[at] ^ 1 << at % 8]) + body[at + 1 :]
        # The fourth flag of a chunk says nothing.
        if (at, at % 8) == (head, 3):
            continue
        with pytest.raises(Fault):
            decoded(*EVERYTHING, body=damaged)


def test_another_byte_order_than_announced_is_a_fault():
    each = sent("a", "UInt16", [1, 2, 3])
    body = dap4_reply([each])
    with pytest.raises(Fault, match="checksum of a does not fit"):
        decoded(each, body=b"\0" + body[1:])


@pytest.mark.parametrize("several", [NUMBERS, NUMBERS[5:6], NUMBERS[3:4], EVERYTHING[-1:]])
@pytest.mark.parametrize("flags", [0, 8])
def test_missing_checksums_are_told_from_wrong_ones(several, flags):
    bare = dap4_reply(several, checksums=False)
    bare = bytes([bare[0] | flags]) + bare[1:]
    with pytest.raises(ChecksumMissingFault, match="no checksums") as caught:
        decoded(*several, body=bare)
    assert not caught.value.again
    wrong = dap4_reply(several, chunk_bytes=10_000)
    with pytest.raises(Fault, match="does not fit") as caught:
        decoded(*several, body=wrong[:-1] + bytes([wrong[-1] ^ 1]))
    assert not isinstance(caught.value, ChecksumMissingFault)
    assert caught.value.again


def test_a_flag_about_checksums_is_not_believed():
    body = dap4_reply(NUMBERS)
    for values, each in zip(decoded(*NUMBERS, body=bytes([12]) + body[1:]), NUMBERS, strict=True):
        assert_same(values, each)


def test_an_error_in_mid_reply_is_heard():
    each = sent("a", "Float64", np.arange(100.0))
    whole = dap4_reply([each])
    head = len(chunk(4, dmr_text([each]))) + 2 * (64 + 4)
    error = b"<Error httpcode='500'><Message>disk on fire</Message></Error>"
    with pytest.raises(Fault, match="in the middle of the data the server refused") as caught:
        decoded(each, body=whole[:head] + chunk(2 | 4, error))
    assert (caught.value.kind, caught.value.words) == (RefusedError, "disk on fire")
    assert caught.value.again
    error = error.replace(b"disk on fire", b"request exceeds the limit of 100 MB")
    with pytest.raises(TooLargeFault, match="size"):
        decoded(each, body=whole[:head] + chunk(3 | 4, error))
    with pytest.raises(Fault, match="empty"):
        decoded(each, body=whole[:head] + chunk(2 | 4, b""))


def test_a_reply_that_begins_with_an_error_is_heard():
    error = b"<Error httpcode='404'><Message>no such file</Message></Error>"
    for body in (error, chunk(3, error), b"Error { code = 404; message = 'no'; };"):
        with pytest.raises(Fault, match="refused") as caught:
            decoded(EVERYTHING[0], body=body)
        assert not caught.value.again
    with pytest.raises(Fault, match="web page"):
        decoded(EVERYTHING[0], body=b"<html><body>Sign in</body></html>")


def test_bytes_behind_the_last_chunk_are_a_fault():
    each = sent("a", "UInt16", [1, 2, 3])
    body = dap4_reply([each])
    with pytest.raises(Fault, match="3 bytes longer"):
        decoded(each, body=body + b"123")
    with pytest.raises(Fault, match="longer"):
        decoded(each, body=dap4_reply([each])[:-14] + chunk(4, body[-10:]) + chunk(5, b"x"))


def test_the_last_chunk_may_be_empty():
    each = sent("a", "UInt16", [1, 2, 3])
    body = dap4_reply([each], chunk_bytes=1000)
    data = body[-10:]
    assert_same(decoded(each, body=body[:-14] + chunk(4, data) + chunk(1, b""))[0], each)
    with pytest.raises(Fault, match="ended after"):
        decoded(each, body=body[:-14] + chunk(4, data))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b'"a"', b'"b"', "'b', which was not asked for"),
        (b"UInt16", b"Uint16", "lacks a"),
        (b"UInt16", b"Int16", "as Int16, expected UInt16"),
        (b'size="2"', b'size="3"', r"shape \(3, 3\), expected \(2, 3\)"),
        (b'size="2"', b'size="1152921504606846976"', "shape"),
        (b"<UInt16", b'<Byte name="z"/><UInt16', "'z', which was not asked for"),
        (b"<UInt16", b'<Structure name="z"/><UInt16', "'z', which was not asked for"),
        (b"<UInt16", b"<UInt16 <", "not XML"),
        (b"<Dataset", b"<Dateset", "something else"),
    ],
)
def test_a_reply_that_is_not_what_was_asked_for_is_a_fault(old, new, message):
    each = sent("a", "UInt16", np.arange(6).reshape(2, 3))
    body = dap4_reply([each])
    dmr = dmr_text([each])
    changed = re.sub(re.escape(old), new, dmr, count=0 if b"UI" in old and b"<" not in old else 1)
    assert changed != dmr
    with pytest.raises(Fault, match=message):
        decoded(each, body=chunk(4, changed) + body[4 + len(dmr) :])


def test_memory_that_is_not_there_is_a_fault():
    variable = Variable("a", "Float64", ("n",), (2**58,))
    part = Part(variable, Hyperslab.of([], (2**58,)))
    dmr = b'<Dataset name="d"><Float64 name="a"><Dim size="%d"/></Float64></Dataset>' % 2**58
    with pytest.raises(Fault, match="no memory for 288230376151711744 values"):
        decode_dap4(io.BytesIO(chunk(4, dmr) + chunk(5, bytes(8))), [part])


def test_a_huge_text_is_not_waited_for():
    each = sent("t", "String", "abc")
    body = chunk(4, dmr_text([each])) + chunk(5, struct.pack("<q", -1) + b"abc")
    with pytest.raises(Fault, match="text of 18446744073709551615 bytes"):
        decoded(each, body=body)


def test_long_arrays_pass_through_slices_unharmed():
    values = (np.arange(700_001) * 7919 % 65521).astype("u2")
    each = sent("a", "UInt16", values)
    body = dap4_reply([each], order=">", chunk_bytes=65_000)
    assert_same(decoded(each, body=body)[0], each)


@st.composite
def any_sent(draw, name="a"):
    kind = draw(st.sampled_from(KINDS))
    shape = draw(arrays.array_shapes(min_dims=0, max_dims=3, max_side=5))
    if NUMPY_CODES[kind] == "O":
        texts = st.text(
            st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=9
        )
        return kind, draw(arrays.arrays(object, shape, elements=texts))
    return kind, draw(arrays.arrays(NUMPY_CODES[kind], shape))


@settings(max_examples=100, deadline=None)
@given(st.lists(any_sent(), min_size=1, max_size=4), st.sampled_from("<>"), st.integers(1, 50))
def test_what_is_written_is_read(several, order, chunk_bytes):
    named = [sent(f"v{n}", kind, values) for n, (kind, values) in enumerate(several)]
    found = decoded(*named, order=order, chunk_bytes=chunk_bytes)
    for values, each in zip(found, named, strict=True):
        assert_same(values, each)

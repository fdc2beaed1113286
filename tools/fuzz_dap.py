"""Damage replies of OPeNDAP servers in every way and see that the decoders are not fooled.

    python tools/fuzz_dap.py --cases 100000 --seconds 600

Each case takes a sound reply, damages it and decodes it. Allowed are a `Fault`, and right data: for
DAP4 the values that were written; for DAP2, which proves nothing, the values that arrived. Anything
else is a failure: another exception, other values, more than a second, more than a gigabyte.
"""

from __future__ import annotations

import argparse
import io
import itertools
import random
import re
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from icepair.dap.declaration import NUMPY_CODES, Variable
from icepair.dap.fault import Fault
from icepair.dap.hyperslab import Hyperslab, Part
from icepair.dap.protocol.dap2 import decode_dap2
from icepair.dap.protocol.dap4 import decode_dap4
from icepair.dap.protocol.das import parse_das
from icepair.dap.protocol.declare import declaration_of
from icepair.dap.protocol.dmr import parse_dmr
from icepair.dap.words import fault_of_words, server_words, shortened, text_of
from icepair.testing.encoding import Sent, chunk, dap2_reply, dap4_reply, dds_text, dmr_text

LONGEST_S = 1.0
MEMORY_BYTES = 1_000_000_000
"""Beyond what the process holds when it begins."""

DAS = """Attributes {
    a { Int16 _FillValue -1; UInt32 _ChunkSizes 91, 99; String comment "say \\"ice\\" \\303\\251\n";
        Alias b c; y { String units "m"; Float32 f NaN, 1.5e3; } }
    NC_GLOBAL { String title "Gr\u00f8nland"; Byte b 255; OtherXML x "<y/>"; }
}
"""
DMR = b"""<?xml version="1.0" encoding="UTF-8"?>
<Dataset xmlns="http://xml.opendap.org/ns/DAP/4.0#" dapVersion="4.0" name="scene.nc">
<Dimension name="y" size="10980"/><Enumeration name="k"><EnumConst name="ice" value="1"/>
</Enumeration><UInt16 name="B4"><Dim name="/y"/><Dim size="3"/><Attribute name="_ChunkSizes"
type="Int32"><Value>91</Value><Value value="99"/></Attribute><Map name="/y"/></UInt16>
<Structure name="s"><Byte name="in"/></Structure><Group name="g"><Float64 name="v"><Dim name="y"/>
</Float64></Group><Attribute name="title" type="String" value="x &lt; y"/></Dataset>
"""
WORDS = (
    b'Error {\n code = 403;\n message = "Request Too Large: 600 > 500 MB";\n};\n',
    b"<Error httpcode='404'><Message>no &lt;such&gt; file</Message></Error>",
    b"<!DOCTYPE html><html><head><script>1</script></head><body><h1>Sign in</h1></body></html>",
)
PIECES = (
    b"{", b"}", b"[", b"]", b";", b'"', b"\\", b"=", b"\0", b"\xff" * 4, b"\x7f\xff\xff\xff", b"\n",
    b"Grid {", b"Structure {" * 40, b"Sequence {", b"[x = 1152921504606846976]", b"Data:\n",
    b"Error { message = \"", b"<", b">", b"&#x0;", b"<!DOCTYPE d [<!ENTITY a 'b'>]>", b"%",
    b"\0\0\0\2", b"\1\0\0\0", b"9" * 400, b"\xc3", b"]]>", b"<Group", b"<![CDATA[", b"1e999",
)  # fmt: skip


EXTENSION = 1
"""Mask of a byte that does no more than make four bytes of a number of two."""


class FooledError(Exception):
    """A decoder was fooled."""


@dataclass(frozen=True)
class Subject:
    """A sound reply, and what reads it and judges the result."""

    name: str
    body: bytes
    check: Callable[[bytes], None]


def sent(name: str, kind: str, values: object, **more: object) -> Sent:
    """One variable, read whole."""
    array = np.asarray(values, NUMPY_CODES[kind])
    variable = Variable(name, kind, tuple(f"d{n}" for n in range(array.ndim)), array.shape)
    part = Part(variable, Hyperslab.of([], array.shape))
    return Sent(part, array, **more)  # type: ignore[arg-type]


NUMBERS = (
    sent("a", "UInt16", np.arange(12).reshape(3, 4) * 5000),
    sent("b", "Byte", np.arange(7)),
    sent("f", "Float32", [1.5, np.nan, -0.0]),
    sent("i", "Int16", [-3, 4]),
    sent("s.d", "Float64", np.arange(5.0), within="s"),
    sent("g", "Int32", [[1, 2]], maps={"y": np.array([0.5]), "x": np.array([1.0, 2.0])}),
)
TEXTS = (sent("t", "String", ["ice", "", "floe"]), sent("w", "Url", "http://x"), NUMBERS[0])
FLAT = (
    *NUMBERS[:4],
    sent("l", "Int64", [-(2**63), 7]),
    sent("t", "String", ["ice", "", "fl\u00f8"]),
)


def data_and_mask(each: Sent) -> tuple[bytes, bytes]:
    """XDR of one variable, and which bits of it mean something."""
    whole = dap2_reply([each])
    data = whole[whole.index(b"Data:\n") + 6 :]
    kind, size = each.part.variable.wire_type, each.values.size
    counts = b"\xff" * 8
    if kind in ("Int16", "UInt16"):
        mask = counts + bytes([EXTENSION] * 2 + [255] * 2) * size
    elif kind == "Byte":
        mask = counts + b"\xff" * size
    else:
        mask = counts + b"\xff" * (size * each.values.itemsize)
    for vector in each.maps.values():
        mask += counts + bytes(8 * vector.size)
    return data, mask.ljust(len(data), b"\0")


def same(written: int, came: int, mask: int) -> bool:
    """Whether a byte that came says what was written."""
    if mask == EXTENSION:
        return came in (0, 255)
    return (written ^ came) & mask == 0


def arrived(found: Sequence[np.ndarray], several: Sequence[Sent], body: bytes) -> bool:
    """Whether the values are those that the body holds, in whatever order its DDS names them."""
    written = [
        data_and_mask(Sent(each.part, values, each.maps, each.within))
        for each, values in zip(several, found, strict=True)
    ]
    for order in itertools.permutations(written):
        data, mask = (b"".join(each) for each in zip(*order, strict=True))
        tail = body[-len(data) :]
        if all(same(*each) for each in zip(data, tail, mask, strict=True)):
            return True
    return False


def check_dap2(several: Sequence[Sent]) -> Callable[[bytes], None]:
    """Judge of a reply of DAP2 that should hold these variables."""

    def check(body: bytes) -> None:
        found = decode_dap2(io.BytesIO(body), [each.part for each in several])
        has_text = any(values.dtype == object for values in found)
        if any(
            values.shape != each.values.shape or values.dtype != each.values.dtype
            for values, each in zip(found, several, strict=True)
        ) or not (has_text or arrived(found, several, body)):
            raise FooledError(f"decoded to {found}")

    return check


def check_dap4(several: Sequence[Sent]) -> Callable[[bytes], None]:
    """Judge of a reply of DAP4 that should hold these variables."""

    def check(body: bytes) -> None:
        found = decode_dap4(io.BytesIO(body), [each.part for each in several])
        for values, each in zip(found, several, strict=True):
            np.testing.assert_array_equal(values, each.values, strict=True)

    return check


def check_words(body: bytes) -> None:
    """See that whatever a server says becomes one short line."""
    words = shortened(server_words(body))
    if len(words) > 300 or "\n" in words or not isinstance(fault_of_words(body, "x"), Fault):
        raise FooledError(repr(words))


def subjects() -> list[Subject]:
    """Sound replies of every kind."""
    found = [
        Subject("DAP2", dap2_reply(NUMBERS), check_dap2(NUMBERS)),
        Subject("DAP2, one", dap2_reply(NUMBERS[:1]), check_dap2(NUMBERS[:1])),
        Subject("DAP2, texts", dap2_reply(TEXTS), check_dap2(TEXTS)),
        Subject("DDS", dds_text(NUMBERS).encode(), lambda body: _declared(body, DAS.encode())),
        Subject("DAS", DAS.encode(), lambda body: _declared(dds_text(NUMBERS).encode(), body)),
        Subject("DMR", DMR, lambda body: _kept(parse_dmr(body))),
        Subject("DMR of a reply", dmr_text(FLAT), lambda body: _kept(parse_dmr(body))),
    ]
    for order, chunk_bytes, lengths in itertools.product("<>", (9, 10_000), (True, False)):
        body = dap4_reply(FLAT, order=order, chunk_bytes=chunk_bytes, lengths_in_checksums=lengths)
        found.append(Subject(f"DAP4 {order} {chunk_bytes}", body, check_dap4(FLAT)))
    refusal = dap4_reply(FLAT, chunk_bytes=9)[:900] + chunk(6, WORDS[1])
    found.append(Subject("DAP4, refusal", refusal, check_dap4(FLAT)))
    found.extend(Subject("words", words, check_words) for words in WORDS)
    return found


def _declared(dds: bytes, das: bytes) -> None:
    parse_das(text_of(das))
    _kept(declaration_of(text_of(dds), text_of(das)))


def _kept(declaration: object) -> None:
    if not str(declaration):
        raise FooledError("nothing")


def damaged(body: bytes, others: Sequence[Subject], chance: random.Random) -> bytes:
    """The reply after one to three accidents."""
    changed = bytearray(body)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        chance.choice(ACCIDENTS)(changed, others, chance)
    return bytes(changed)


def _span(body: bytearray, chance: random.Random) -> slice:
    start = chance.randrange(len(body) + 1)
    return slice(start, start + min(int(chance.expovariate(0.1)) + 1, len(body)))


def flip(body: bytearray, others: Sequence[Subject], chance: random.Random) -> None:
    """Turn some bits over."""
    for _ in range(chance.choice((1, 1, 2, 8))):
        if body:
            body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)


def cut(body: bytearray, others: Sequence[Subject], chance: random.Random) -> None:
    """Lose the end."""
    del body[chance.randrange(len(body) + 1) :]


def drop(body: bytearray, others: Sequence[Subject], chance: random.Random) -> None:
    """Lose a part."""
    del body[_span(body, chance)]


def repeat(body: bytearray, others: Sequence[Subject], chance: random.Random) -> None:
    """Say a part again."""
    span = _span(body, chance)
    body[span.stop : span.stop] = body[span] * chance.choice((1, 1, 2, 50))


def swap(body: bytearray, others: Sequence[Subject], chance: random.Random) -> None:
    """Exchange two parts."""
    span, other = _span(body, chance), _span(body, chance)
    body[span], body[other] = body[other], body[span]


def splice(body: bytearray, others: Sequence[Subject], chance: random.Random) -> None:
    """Put in a part of another reply."""
    source = chance.choice(others).body
    taken = source[_span(bytearray(source), chance)]
    body[_span(body, chance)] = taken


def insert(body: bytearray, others: Sequence[Subject], chance: random.Random) -> None:
    """Put in something that means something to a parser."""
    at = chance.randrange(len(body) + 1)
    body[at:at] = chance.choice(PIECES)


def overwrite(body: bytearray, others: Sequence[Subject], chance: random.Random) -> None:
    """The same, in place of what was there."""
    piece = chance.choice(PIECES)
    at = chance.randrange(len(body) + 1)
    body[at : at + len(piece)] = piece


def recount(body: bytearray, others: Sequence[Subject], chance: random.Random) -> None:
    """Another number where the text has one."""
    numbers = list(re.finditer(rb"[0-9]+", bytes(body)))
    if numbers:
        found = chance.choice(numbers)
        number = chance.choice((0, 1, 2, 3, 7, 255, 2**31, 2**32, 2**60, 2**63, 10**30))
        body[found.start() : found.end()] = str(number).encode()


ACCIDENTS = (flip, flip, cut, drop, repeat, swap, splice, insert, overwrite, recount)


def outcome_of(subject: Subject, body: bytes) -> str:
    """``right`` or ``fault``.

    Raises
    ------
    FooledError
        Anything else.
    """
    before = time.thread_time()
    try:
        subject.check(body)
        outcome = "right"
    except Fault:
        outcome = "fault"
    except Exception as error:
        raise FooledError(f"{type(error).__name__}: {error}") from error
    if time.thread_time() - before > LONGEST_S:
        raise FooledError(f"took {time.thread_time() - before:.1f} s")
    return outcome


def bound_memory() -> None:
    """Make an allocation beyond the bound an error, which no decoder may raise."""
    held = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (held + MEMORY_BYTES, resource.RLIM_INFINITY))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run; 0 when no decoder was fooled."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    if sys.platform == "linux":
        bound_memory()
    chance, pool = random.Random(chosen.seed), subjects()
    for subject in pool[:-1]:
        if outcome_of(subject, subject.body) != "right" and "refusal" not in subject.name:
            raise FooledError(f"{subject.name} is not read even when it is sound")
    counts = {"right": 0, "fault": 0}
    end = time.monotonic() + chosen.seconds
    for case in range(chosen.cases):
        if time.monotonic() > end:
            break
        subject = chance.choice(pool)
        body = damaged(subject.body, pool, chance)
        try:
            counts[outcome_of(subject, body)] += 1
        except FooledError as wrong:
            print(f"case {case}, {subject.name}: {wrong}\n{body!r}")
            return 1
    print(f"{sum(counts.values())} damaged replies: {counts['fault']} faults, "
          f"{counts['right']} read rightly, none wrongly")  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())

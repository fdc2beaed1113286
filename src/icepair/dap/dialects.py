"""The two protocols, asked in the same way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from icepair._typing import AnyArray
from icepair.dap.address import Endpoint
from icepair.dap.declaration import NUMPY_CODES, Declaration
from icepair.dap.fault import Fault, OtherwiseFault
from icepair.dap.http.transport import ByteSource, Reply, Transport
from icepair.dap.hyperslab import Hyperslab, Part
from icepair.dap.protocol.dap2 import dap2_query, decode_dap2
from icepair.dap.protocol.dap4 import dap4_query, decode_dap4
from icepair.dap.protocol.das import parse_das
from icepair.dap.protocol.dds import parse_dds
from icepair.dap.protocol.declare import declaration_of
from icepair.dap.protocol.dmr import parse_dmr
from icepair.dap.splitting import Request
from icepair.dap.validators import Stamp, State, stamp_of
from icepair.dap.vectors import Coordinates
from icepair.dap.words import text_of
from icepair.errors import ChangedError

__all__ = ["READ_ANEW", "Dap2", "Dap4", "Dialect", "DoubtFault", "Known"]

READ_ANEW = "Run the same command again to read the new one from the start."

_MOST_TEXT = 64_000_000
"""Bytes of a declaration; the largest real ones have some hundred kilobytes."""


@dataclass(frozen=True)
class Known:
    """What is known of a dataset when a part of it is asked for."""

    declaration: Declaration
    """All variables."""
    state: State
    """That the declaration is of; a reply of another one is refused."""
    coordinates: Coordinates
    """Coordinate vectors in full; those that come with a window must agree."""


class DoubtFault(OtherwiseFault):
    """A reply may be of another state of the dataset: its declaration, asked for anew, tells."""


class Dialect(Protocol):
    """One protocol, spoken to one dataset."""

    @property
    def name(self) -> str:
        """``DAP2`` or ``DAP4``."""
        ...

    def declare(self) -> tuple[Declaration, State]:
        """What the dataset holds, and what the server says of its state."""
        ...

    def wire_bytes(self, part: Part) -> int:
        """Bytes that a part takes in a reply, without compression."""
        ...

    def ask(self, request: Request, dataset: Known, transport: Transport) -> list[AnyArray]:
        """Values of every part of a request, checked against what is known."""
        ...


class Dap2:
    """DDS, DAS and XDR."""

    name = "DAP2"

    def __init__(self, endpoint: Endpoint, transport: Transport) -> None:
        self._endpoint = endpoint
        self._transport = transport

    def declare(self) -> tuple[Declaration, State]:
        """Declaration from DDS and DAS."""
        with ThreadPoolExecutor(2) as together:
            dds = together.submit(self._text, "dds", parse_dds)
            das = together.submit(self._text, "das", parse_das)
            (dds_text, first), (das_text, second) = dds.result(), das.result()
        return declaration_of(dds_text, das_text), State((first, second))

    def _text(self, suffix: str, parse: Callable[[str], object]) -> tuple[str, Stamp]:
        """One half of the declaration; one that cannot be parsed is asked for again."""

        def consume(reply: Reply) -> tuple[str, Stamp]:
            text = text_of(_all_of(reply.source))
            parse(text)
            return text, stamp_of(reply.headers)

        address = self._endpoint.dap2(suffix)
        return self._transport.fetch(address, consume, about=f"the {suffix.upper()}")

    def wire_bytes(self, part: Part) -> int:
        """XDR: integers of 16 bits take four bytes, those of eight bits one."""
        width = np.dtype(NUMPY_CODES[part.variable.wire_type]).itemsize
        values = part.slab.size * (4 if width == 2 else width)
        return values + 8 + sum(8 * count for count in part.slab.shape) * bool(part.variable.maps)

    def ask(self, request: Request, dataset: Known, transport: Transport) -> list[AnyArray]:
        """Values of every part; coordinates of the window come along and are compared."""
        witnesses = _witnesses(request, dataset)
        parts = [*request.parts, *witnesses]

        def consume(reply: Reply) -> list[AnyArray]:
            _refuse_change(dataset.state, reply)
            values = decode_dap2(reply.source, parts, expected_maps=dataset.coordinates)
            return _without(witnesses, values, dataset)

        address = self._endpoint.dap2("dods", dap2_query(parts))
        expected = sum(map(self.wire_bytes, parts))
        return transport.fetch(address, consume, about=str(request), expected_bytes=expected)


class Dap4:
    """DMR and chunked data with checksums."""

    name = "DAP4"

    def __init__(self, endpoint: Endpoint, transport: Transport) -> None:
        self._endpoint = endpoint
        self._transport = transport

    def declare(self) -> tuple[Declaration, State]:
        """Declaration from the DMR."""

        def consume(reply: Reply) -> tuple[Declaration, State]:
            return parse_dmr(_all_of(reply.source)), State((stamp_of(reply.headers),))

        return self._transport.fetch(self._endpoint.dap4("dmr"), consume, about="the DMR")

    def wire_bytes(self, part: Part) -> int:
        """Values as they are, and a checksum."""
        return part.slab.size * np.dtype(NUMPY_CODES[part.variable.wire_type]).itemsize + 4

    def ask(self, request: Request, dataset: Known, transport: Transport) -> list[AnyArray]:
        """Values of every part, checksums proven; coordinates come along and are compared."""
        witnesses = _witnesses(request, dataset)
        parts = [*request.parts, *witnesses]

        def consume(reply: Reply) -> list[AnyArray]:
            _refuse_change(dataset.state, reply)
            return _without(witnesses, decode_dap4(reply.source, parts), dataset)

        address = self._endpoint.dap4("dap", dap4_query(parts))
        expected = sum(map(self.wire_bytes, parts))
        return transport.fetch(address, consume, about=str(request), expected_bytes=expected)


def _all_of(source: ByteSource) -> bytes:
    piece = bytearray(1 << 16)
    body = bytearray()
    while count := source.readinto(piece):
        body += piece[:count]
        if len(body) > _MOST_TEXT:
            raise Fault(f"the declaration has more than {_MOST_TEXT} bytes", again=False)
    return bytes(body)


def _witnesses(request: Request, dataset: Known) -> list[Part]:
    """Coordinates of the window: a reply for another window of the same shape betrays itself.

    A DAP2 Grid brings its own.
    """
    asked = {part.variable.name for part in request.parts}
    arrays = [part for part in request.parts if not part.variable.maps]
    found: dict[str, Part] = {}
    for part in arrays:
        slab = part.slab
        axes = zip(part.variable.dimensions, slab.start, slab.stop, slab.step, strict=True)
        for name, start, stop, step in axes:
            vector = dataset.declaration.variables.get(name)
            if vector is not None and name in dataset.coordinates and name not in asked:
                found[name] = Part(vector, Hyperslab((start,), (stop,), (step,)))
    return list(found.values())


def _without(witnesses: Sequence[Part], values: list[AnyArray], dataset: Known) -> list[AnyArray]:
    """Values without those of the witnesses, which come last and must be what is known."""
    count = len(values) - len(witnesses)
    for part, found in zip(witnesses, values[count:], strict=True):
        expected = dataset.coordinates[part.variable.name][part.slab.slices]
        if not np.array_equal(found, expected, equal_nan=found.dtype.kind == "f"):
            raise Fault(
                f"the reply is for another window: its {part} runs from {found[0]} to {found[-1]}, "
                f"{expected[0]} to {expected[-1]} was expected"
            )
    return values[:count]


def _refuse_change(state: State, reply: Reply) -> None:
    """Stop where a dataset was, or may have been, replaced between two replies."""
    stamp = stamp_of(reply.headers)
    change = state.change(stamp)
    if change:
        raise Fault(
            f"the dataset was replaced on the server while it was read ({change})",
            kind=ChangedError,
            again=False,
            advice=READ_ANEW,
        )
    doubt = state.doubt(stamp)
    if doubt:
        raise DoubtFault(doubt, kind=ChangedError)

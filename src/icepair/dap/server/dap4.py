"""DMR and data of DAP4, as THREDDS 5 writes them: chunked, little-endian."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import quoteattr

import numpy as np

from icepair.dap.hyperslab import Hyperslab
from icepair.dap.server.constraint import Projection
from icepair.dap.server.dataset import Attributes, Dataset, Served
from icepair.dap.server.pieces import pieces
from icepair.dap.server.refusal import Refusal, dap4_error

__all__ = ["data", "dmr"]

_TYPES = {"i1": "Int8", "u1": "UInt8", "i2": "Int16", "u2": "UInt16", "i4": "Int32",
          "u4": "UInt32", "i8": "Int64", "u8": "UInt64", "f4": "Float32",
          "f8": "Float64"}  # fmt: skip
_LAST, _ERROR, _LITTLE, _NO_CHECKSUM = 1, 2, 4, 8
_MOST_IN_CHUNK = 2**24 - 1
_ILLEGAL = {code: "?" for code in range(32) if chr(code) not in "\t\n\r"}


def dmr(dataset: Dataset, projections: list[Projection]) -> bytes:
    """Declaration of what is wanted.

    A variable of which only a part is wanted has nameless dimensions of the part's lengths.
    """
    wanted = [p.members[0] for p in projections]
    names = {variable.name for variable, _ in wanted}
    used = {d for v, slab in wanted if slab.shape == v.shape for d in v.dimensions}
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<Dataset xmlns="http://xml.opendap.org/ns/DAP/4.0#" name={_quoted(dataset.name)} '
        'dapVersion="4.0" dmrVersion="1.0">',
    ]
    for name, size in dataset.dimensions.items():
        if name in used:
            lines.append(f'  <Dimension name={_quoted(name)} size="{size}"/>')
    for variable, slab in wanted:
        lines += _variable_lines(dataset, variable, slab, names)
    lines += [*_attribute_lines(dataset.attributes, "  "), "</Dataset>", ""]
    return "\n".join(lines).encode()


def data(
    dataset: Dataset, projections: list[Projection], *, checksums: bool, limit_bytes: int
) -> Iterator[Any]:
    """Body of a reply with data, in pieces of a few megabytes.

    Parameters
    ----------
    checksums : bool
        Whether a CRC32 follows each variable.
    limit_bytes : int
        Data beyond this many bytes is not sent: the reply breaks off with an error chunk.
    """
    flags = _LITTLE if checksums else _LITTLE | _NO_CHECKSUM
    yield _chunk(dmr(dataset, projections) + b"\r\n", flags)
    left = limit_bytes
    try:
        for variable, slab in (p.members[0] for p in projections):
            checksum = 0
            for octets in _values(variable, slab):
                left -= len(octets)
                if left < 0:
                    raise Refusal(403, f"Attempt to read too much data: limit={limit_bytes}")
                dataset.check()
                checksum = zlib.crc32(octets, checksum) if checksums else 0
                yield from _chunks(octets, flags)
            if checksums:
                yield _chunk(struct.pack("<I", checksum), flags)
    except Refusal as refusal:
        yield _chunk(dap4_error(refusal.status, refusal.message), flags | _ERROR | _LAST)
        return
    yield _chunk(b"", flags | _LAST)


def _chunk(octets: bytes, flags: int) -> bytes:
    return struct.pack(">I", flags << 24 | len(octets)) + octets


def _chunks(octets: memoryview | bytes, flags: int) -> Iterator[Any]:
    for first in range(0, len(octets), _MOST_IN_CHUNK):
        part = octets[first : first + _MOST_IN_CHUNK]
        yield struct.pack(">I", flags << 24 | len(part))
        yield part


def _values(variable: Served, slab: Hyperslab) -> Iterator[memoryview | bytes]:
    text = variable.dtype.kind == "O"
    wire = variable.dtype if variable.dtype.kind in "OS" else variable.dtype.newbyteorder("<")
    for piece in pieces(slab, variable.chunks, 1000 if text else wire.itemsize):
        values = variable.raster.read(piece, wire)
        if text:
            yield b"".join(_text(each) for each in values.ravel())
        elif values.size:
            yield values.reshape(-1).view(np.uint8).data


def _text(each: Any) -> bytes:
    octets = each if isinstance(each, bytes) else str(each).encode()
    return struct.pack("<Q", len(octets)) + octets


def _type(dtype: np.dtype[Any]) -> str:
    return {"S": "Char", "O": "String"}.get(dtype.kind) or _TYPES[dtype.str[1:]]


def _variable_lines(
    dataset: Dataset, variable: Served, slab: Hyperslab, names: set[str]
) -> Iterator[str]:
    kind = _type(variable.dtype)
    yield f"  <{kind} name={_quoted(variable.name)}>"
    if slab.shape == variable.shape:
        yield from (f"    <Dim name={_quoted('/' + name)}/>" for name in variable.dimensions)
    else:
        yield from (f'    <Dim size="{length}"/>' for length in slab.shape)
    for name in variable.dimensions:
        coordinate = dataset.coordinate(name)
        if coordinate is not None and coordinate is not variable and name in names:
            yield f"    <Map name={_quoted('/' + name)}/>"
    attributes = dict(variable.attributes)
    if variable.chunks:
        attributes.setdefault("_ChunkSizes", np.asarray(variable.chunks, np.uint32))
    yield from _attribute_lines(attributes, "    ")
    yield f"  </{kind}>"


def _attribute_lines(attributes: Attributes, indent: str) -> Iterator[str]:
    for name, value in attributes.items():
        if isinstance(value, str | tuple):
            kind, texts = "String", (value,) if isinstance(value, str) else value
        else:
            kind, texts = _TYPES[value.dtype.str[1:]], tuple(_number(v) for v in value)
        yield f'{indent}<Attribute name={_quoted(name)} type="{kind}">'
        yield from (f"{indent}  <Value value={_quoted(text)}/>" for text in texts)
        yield f"{indent}</Attribute>"


def _number(value: Any) -> str:
    return "NaN" if value != value else str(value)


def _quoted(text: str) -> str:
    """Text as the value of an XML attribute; what XML cannot hold becomes a question mark."""
    kept = text.translate(_ILLEGAL)
    return quoteattr(kept, {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})

"""Replies of OPeNDAP servers written slowly and plainly, one value after the other.

The fast decoders in `icepair.dap` are compared with these writers, which share no code with them.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from icepair._typing import AnyArray
from icepair.dap.hyperslab import Part

__all__ = ["Sent", "chunk", "dap2_reply", "dap4_reply", "dds_text", "dmr_text"]

_XDR = {
    "Int16": "i", "UInt16": "I", "Int32": "i", "UInt32": "I", "Float32": "f", "Float64": "d",
}  # fmt: skip
_RAW = {
    "Byte": "B", "Char": "B", "Int8": "b", "UInt8": "B", "Int16": "h", "UInt16": "H",
    "Int32": "i", "UInt32": "I", "Int64": "q", "UInt64": "Q", "Float32": "f", "Float64": "d",
}  # fmt: skip


@dataclass(frozen=True)
class Sent:
    """One variable of a reply."""

    part: Part
    values: AnyArray
    """Of the shape of the slab; strings as an array of objects."""
    maps: Mapping[str, AnyArray] = field(default_factory=dict)
    """What makes it a Grid in DAP2: one vector of Float64 an axis, by short name."""
    within: str = ""
    """Name of a Structure around it in DAP2."""


def dds_text(sent: Sequence[Sent], name: str = "scene.nc") -> str:
    """DDS of a reply that holds these variables."""
    return "Dataset {\n" + "".join(map(_dds_of, sent)) + f"}} {name};\n"


def dap2_reply(sent: Sequence[Sent], name: str = "scene.nc") -> bytes:
    """Whole reply of DAP2: the DDS, the word ``Data:`` and the values in XDR."""
    data = b"".join(_xdr_of(each) for each in sent)
    return dds_text(sent, name).encode() + b"Data:\n" + data


def dmr_text(sent: Sequence[Sent], name: str = "scene.nc") -> bytes:
    """DMR of a reply that holds these variables, with dimensions that have no names."""
    lines = [f'<Dataset xmlns="http://xml.opendap.org/ns/DAP/4.0#" dapVersion="4.0" name="{name}">']
    for each in sent:
        variable = each.part.variable
        sizes = "".join(f'<Dim size="{length}"/>' for length in each.part.slab.shape)
        lines.append(f'<{variable.wire_type} name="{variable.name}">{sizes}</{variable.wire_type}>')
    return "\r\n".join([*lines, "</Dataset>\r\n"]).encode()


def dap4_reply(
    sent: Sequence[Sent],
    *,
    order: str = "<",
    checksums: bool = True,
    lengths_in_checksums: bool = True,
    chunk_bytes: int = 64,
) -> bytes:
    """Whole reply of DAP4: the DMR in one chunk, then the values in chunks of at most some bytes.

    Parameters
    ----------
    sent : sequence of Sent
        Variables in their order.
    order : str
        ``"<"`` for little-endian, ``">"`` for big-endian values.
    checksums : bool
        Whether each variable is followed by one.
    lengths_in_checksums : bool
        Whether the checksum of texts covers their lengths too: the specification says so, servers
        built on libdap leave them out.
    chunk_bytes : int
        Longest chunk of data.
    """
    data = b""
    for each in sent:
        raw, summed = _raw_of(each, order)
        checksum = zlib.crc32(raw if lengths_in_checksums else summed)
        data += raw + (struct.pack(order + "I", checksum) if checksums else b"")
    flags = 4 if order == "<" else 0
    pieces = [data[at : at + chunk_bytes] for at in range(0, len(data), chunk_bytes)] or [b""]
    return (
        chunk(flags, dmr_text(sent))
        + b"".join(chunk(flags, piece) for piece in pieces[:-1])
        + chunk(flags | 1, pieces[-1])
    )


def chunk(flags: int, content: bytes) -> bytes:
    """One chunk of DAP4: 1 marks the last, 2 an error, 4 little-endian values."""
    return struct.pack(">I", flags << 24 | len(content)) + content


def _dds_of(sent: Sent) -> str:
    variable = sent.part.variable
    short = variable.name.rpartition(".")[2]
    axes = "".join(
        f"[{axis} = {length}]"
        for axis, length in zip(variable.dimensions, sent.part.slab.shape, strict=True)
    )
    line = f"{variable.wire_type} {short}{axes};"
    if sent.maps:
        maps = "".join(
            f"    Float64 {name}[{name} = {len(vector)}];\n" for name, vector in sent.maps.items()
        )
        line = f"Grid {{\n   ARRAY:\n    {line}\n   MAPS:\n{maps}  }} {short};"
    if sent.within:
        line = f"Structure {{\n    {line}\n  }} {sent.within};"
    return f"  {line}\n"


def _xdr_of(sent: Sent) -> bytes:
    kind = sent.part.variable.wire_type
    found = _xdr_array(kind, sent.values)
    for vector in sent.maps.values():
        found += _xdr_array("Float64", vector)
    return found


def _xdr_array(kind: str, values: AnyArray) -> bytes:
    count = struct.pack(">I", values.size) if values.shape else b""
    if kind in ("String", "Url", "URL"):
        return count + b"".join(_xdr_text(str(text)) for text in values.reshape(-1))
    flat = _as_sent(kind, values)
    if kind == "Byte":
        packed = bytes(flat.tolist())
        return count * 2 + packed + b"\0" * (-len(packed) % 4)
    return count * 2 + b"".join(struct.pack(">" + _XDR[kind], value) for value in flat.tolist())


def _xdr_text(text: str) -> bytes:
    raw = text.encode()
    return struct.pack(">I", len(raw)) + raw + b"\0" * (-len(raw) % 4)


def _raw_of(sent: Sent, order: str) -> tuple[bytes, bytes]:
    """Bytes as sent, and without the lengths of texts."""
    kind = sent.part.variable.wire_type
    flat = sent.values.reshape(-1)
    if kind in ("String", "Url", "URL"):
        texts = [str(text).encode() for text in flat]
        framed = b"".join(struct.pack(order + "q", len(text)) + text for text in texts)
        return framed, b"".join(texts)
    raw = b"".join(struct.pack(order + _RAW[kind], each) for each in _as_sent(kind, flat).tolist())
    return raw, raw


def _as_sent(kind: str, values: AnyArray) -> AnyArray:
    """Flat values, whole numbers with the sign that the declared type gives them."""
    flat = values.reshape(-1)
    if kind.startswith("Float"):
        return flat
    return flat.view(f"{'i' if kind.startswith('Int') else 'u'}{flat.itemsize}")

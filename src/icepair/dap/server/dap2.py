"""DDS, DAS and data of DAP2, as THREDDS 5 writes them."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import numpy as np

from icepair._typing import AnyArray
from icepair.dap.hyperslab import Hyperslab
from icepair.dap.server.constraint import Element, Projection
from icepair.dap.server.dataset import Attributes, Dataset, Served, native_bytes
from icepair.dap.server.pieces import pieces

__all__ = ["asked_bytes", "das", "data", "dds", "elements"]

_TYPES = {"i1": "Byte", "u1": "Byte", "i2": "Int16", "u2": "UInt16", "i4": "Int32",
          "u4": "UInt32", "f4": "Float32", "f8": "Float64"}  # fmt: skip
_WIRE = {"i1": "i1", "u1": "u1", "i2": ">i4", "u2": ">u4", "i4": ">i4", "u4": ">u4",
         "f4": ">f4", "f8": ">f8"}  # fmt: skip
_KEPT = "!~*'-_"
_WHOLE = 2**31


def elements(dataset: Dataset) -> dict[str, Element]:
    """Variables that DAP2 has a type for: 64-bit integers have none and are left out."""
    served = {n: v for n, v in dataset.variables.items() if _type(v) is not None}
    found = {}
    for name, variable in served.items():
        maps = _maps(dataset, variable) if name not in variable.dimensions else ()
        found[name] = Element(variable, _declared_shape(variable), maps)
    return found


def dds(dataset: Dataset, projections: list[Projection]) -> bytes:
    """Declaration of what is wanted."""
    lines = ["Dataset {"]
    for projection in projections:
        declared = [_declared(v, slab) for v, slab in projection.members]
        name = _encoded(projection.element.variable.name)
        if projection.form == "array":
            lines += [f"    {each}" for each in declared]
        elif projection.form == "structure":
            lines += ["    Structure {", *(f"        {each}" for each in declared)]
            lines += [f"    }} {name};"]
        else:
            lines += ["    Grid {", "     ARRAY:", f"        {declared[0]}", "     MAPS:"]
            lines += [*(f"        {each}" for each in declared[1:]), f"    }} {name};"]
    return "\n".join([*lines, f"}} {quote(dataset.name, safe='/' + _KEPT)};", ""]).encode()


def das(dataset: Dataset) -> bytes:
    """Attributes of all variables and of the dataset."""
    lines = ["Attributes {"]
    for name, element in elements(dataset).items():
        variable = element.variable
        lines += [f"    {_encoded(name)} {{", *_attribute_lines(variable.attributes)]
        lines += [*_extra_lines(variable), "    }"]
    lines += ["    NC_GLOBAL {", *_attribute_lines(dataset.attributes), "    }"]
    if dataset.unlimited:
        names = ", ".join(f'"{_escaped(name)}"' for name in dataset.unlimited)
        lines += ["    DODS_EXTRA {", f"        String Unlimited_Dimension {names};", "    }"]
    return "\n".join([*lines, "}", ""]).encode()


def asked_bytes(projections: list[Projection]) -> int:
    """Size of what is wanted as the file stores it, uncompressed."""
    return sum(native_bytes(v, slab) for p in projections for v, slab in p.members)


def data(dataset: Dataset, projections: list[Projection]) -> Iterator[Any]:
    """Body of a reply with data, in pieces of a few megabytes."""
    yield dds(dataset, projections) + b"\nData:\n"
    for projection in projections:
        for variable, slab in projection.members:
            for octets in _array(variable, slab):
                dataset.check()
                yield octets


def _array(variable: Served, slab: Hyperslab) -> Iterator[Any]:
    if variable.dtype.kind in "OS":
        yield from _texts(variable, slab)
        return
    wire = np.dtype(_WIRE[variable.dtype.str[1:]])
    if slab.start:
        yield struct.pack(">II", slab.size, slab.size)
    elif wire.itemsize == 1:
        # XDR has no bytes but in arrays: a single one is an integer.
        wire = np.dtype(">i4" if variable.dtype.kind == "i" else ">u4")
    for piece in pieces(slab, variable.chunks, wire.itemsize):
        values = variable.raster.read(piece, wire)
        if values.size:
            yield values.reshape(-1).view(np.uint8).data
    if wire.itemsize == 1:
        yield bytes(-slab.size % 4)


def _texts(variable: Served, slab: Hyperslab) -> Iterator[bytes]:
    if slab.start:
        yield struct.pack(">I", slab.size)
    for piece in pieces(slab, None, 1000):
        values = variable.raster.read(*_stored(variable, piece))
        yield b"".join(_text(each) for each in _joined(variable, values))


def _stored(variable: Served, slab: Hyperslab) -> tuple[Hyperslab, np.dtype[Any]]:
    """Window in the stored array of a window in the declared one."""
    if variable.dtype.kind != "S" or not variable.shape:
        return slab, variable.dtype
    length = variable.shape[-1]
    return Hyperslab((*slab.start, 0), (*slab.stop, length), (*slab.step, 1)), variable.dtype


def _joined(variable: Served, values: AnyArray) -> Iterator[bytes]:
    if variable.dtype.kind == "S":
        length = variable.shape[-1] if variable.shape else 1
        octets = values.tobytes()
        for first in range(0, len(octets), length):
            yield octets[first : first + length].rstrip(b"\0")
    else:
        for each in values.ravel():
            yield each if isinstance(each, bytes) else str(each).encode()


def _text(octets: bytes) -> bytes:
    return struct.pack(">I", len(octets)) + octets + bytes(-len(octets) % 4)


def _type(variable: Served) -> str | None:
    return "String" if variable.dtype.kind in "OS" else _TYPES.get(variable.dtype.str[1:])


def _declared_shape(variable: Served) -> tuple[int, ...]:
    return variable.shape[:-1] if variable.dtype.kind == "S" else variable.shape


def _maps(dataset: Dataset, variable: Served) -> tuple[Served, ...]:
    if variable.dtype.kind in "OS":
        return ()
    found = [dataset.coordinate(dimension) for dimension in variable.dimensions]
    maps = tuple(m for m in found if m is not None and m.dtype.str[1:] in _TYPES)
    return maps if len(maps) == len(found) == len(set(variable.dimensions)) else ()


def _declared(variable: Served, slab: Hyperslab) -> str:
    axes = zip(variable.dimensions, slab.shape, strict=False)
    brackets = "".join(f"[{_encoded(name)} = {length}]" for name, length in axes)
    return f"{_type(variable)} {_encoded(variable.name)}{brackets};"


def _encoded(name: str) -> str:
    return quote(name, safe=_KEPT)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _attribute_lines(attributes: Attributes) -> Iterator[str]:
    for name, value in attributes.items():
        if isinstance(value, str | tuple):
            texts = (value,) if isinstance(value, str) else value
            kind, words = "String", [f'"{_escaped(text)}"' for text in texts]
        else:
            kind, words = _numbers(value)
        if words:
            yield f"        {kind} {_encoded(name)} {', '.join(words)};"


def _numbers(values: AnyArray) -> tuple[str, list[str]]:
    if values.dtype.kind == "f":
        return _TYPES[values.dtype.str[1:]], [_float(v) for v in values]
    if values.itemsize < 8:
        return _TYPES[values.dtype.str[1:]], [str(v) for v in values.tolist()]
    fits = all(-_WHOLE <= v < _WHOLE for v in values.tolist())
    # There is no 64-bit type; text loses nothing.
    return ("Int32", [str(v) for v in values]) if fits else ("String", [f'"{v}"' for v in values])


def _float(value: Any) -> str:
    return "NaN" if np.isnan(value) else str(value)


def _extra_lines(variable: Served) -> Iterator[str]:
    if variable.dtype.str[1:] in ("i1", "u1") and "_Unsigned" not in variable.attributes:
        yield f'        String _Unsigned "{str(variable.dtype.kind == "u").lower()}";'
    if variable.chunks and variable.dtype.kind != "S" and "_ChunkSizes" not in variable.attributes:
        yield f"        UInt32 _ChunkSizes {', '.join(map(str, variable.chunks))};"
    if variable.dtype.kind == "S" and variable.shape:
        yield "        DODS {"
        yield f"            Int32 strlen {variable.shape[-1]};"
        yield f'            String dimName "{_escaped(variable.dimensions[-1])}";'
        yield "        }"

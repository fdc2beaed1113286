"""The data replies of DAP2: a DDS, then the values in the big-endian encoding XDR."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

import numpy as np

from icepair._typing import AnyArray
from icepair.dap.declaration import NUMPY_CODES
from icepair.dap.fault import Fault
from icepair.dap.hyperslab import Hyperslab, Part
from icepair.dap.protocol._matching import Asked
from icepair.dap.protocol._reading import ByteSource, Reader, empty
from icepair.dap.protocol.dds import Node, parse_tree
from icepair.dap.words import fault_of_words, text_of

__all__ = ["dap2_query", "decode_dap2"]

_DATA = re.compile(rb"[;\s]Data:\r?\n")
_DDS_BYTES = 16_000_000
_PADDING = 4
"""Everything in XDR begins at a multiple of this."""
_LONGEST_TEXT = 64_000_000
_NARROW = {"Int16", "UInt16"}
_HALVES = np.dtype((">u2", (2,)))
_STRINGS = {"String", "Url"}


@dataclass(frozen=True)
class _Item:
    """One array of a reply, in the order in which they come."""

    name: str
    kind: str
    shape: tuple[int, ...]
    number: int | None
    """Which part it answers; None for the map of a Grid that was not asked for by itself."""
    known_as: str = ""
    """Of such a map: the variable whose values it must repeat."""
    along: tuple[slice, ...] = ()
    """Of such a map: the indices that it must hold."""

    @property
    def size(self) -> int:
        return math.prod(self.shape)


def dap2_query(parts: Sequence[Part]) -> str:
    """Constraint expression that asks for all parts in one reply, percent-encoded.

    Brackets are encoded, since servers refuse bare ones.
    """
    Asked(parts)
    return ",".join(
        quote(part.variable.name, safe="") + quote(part.slab.constraint(), safe=":")
        for part in parts
    )


def decode_dap2(
    source: ByteSource,
    parts: Sequence[Part],
    expected_maps: Mapping[str, AnyArray] | None = None,
) -> list[AnyArray]:
    """Arrays of one reply, in the order of `parts`.

    Parameters
    ----------
    source : ByteSource
        Body of the reply.
    parts : sequence of Part
        What was asked for. No variable twice.
    expected_maps : mapping of str to array, optional
        Whole coordinate vectors by the names in `Variable.maps`. Those that come along with a
        Grid must agree with them; others are read and dropped.

    Returns
    -------
    list of array
        In native byte order, with the type of `Variable.dtype` and the shape of the slab.

    Raises
    ------
    Fault
        The reply is cut short or too long, declares anything else than what was asked for,
        contradicts itself, holds other coordinates than expected, or is the server's refusal.
    TooLargeFault
        The server refuses for the size of the request.
    """
    reader = Reader(source)
    items = _items(_read_tree(reader), parts)
    length = _length(items)
    if length is not None:
        reader.announce(reader.count + length)
    found: dict[int, AnyArray] = {}
    for item in items:
        values = _read_item(reader, item)
        if item.number is not None:
            variable = parts[item.number].variable
            found[item.number] = values.view(variable.dtype) if values.dtype != object else values
        elif expected_maps is not None and item.known_as in expected_maps:
            _check_map(item, values, expected_maps[item.known_as])
    reader.finish()
    return [found[number] for number in range(len(parts))]


def _read_tree(reader: Reader) -> Node:
    start = bytes(reader.peek()).lstrip()
    if not b"dataset".startswith(start[:7].lower()) or not start:
        raise fault_of_words(reader.beginning(), "data of DAP2")
    text = reader.up_to(_DATA, _DDS_BYTES)
    if text is None:
        raise Fault(f"the reply ended after {reader.count} bytes, before its data")
    return parse_tree(text_of(text[: text.rindex(b"Data:")]))


def _items(root: Node, parts: Sequence[Part]) -> list[_Item]:
    """What the reply declares, compared with what was asked for."""
    asked = Asked(parts)
    items: list[_Item] = []
    for node in root.members:
        items.extend(_declared(node, "", asked))
    asked.close()
    return items


def _declared(node: Node, prefix: str, asked: Asked) -> list[_Item]:
    name = prefix + node.name
    if node.kind == "Grid":
        return _declared_grid(node, name, asked)
    if node.kind == "Structure" and not node.shape:
        return [
            item for member in node.members for item in _declared_member(node, member, name, asked)
        ]
    if node.kind not in NUMPY_CODES:
        raise Fault(f"the reply holds the {node.kind} {name[:100]!r}, which was not asked for")
    return [_Item(name, node.kind, node.shape, asked.tick(name, node.kind, node.shape))]


def _declared_member(node: Node, member: Node, name: str, asked: Asked) -> list[_Item]:
    # A Grid of which only the array was sent comes as a Structure around that array.
    if member.name == node.name and member.kind in NUMPY_CODES and name in asked:
        number = asked.tick(name, member.kind, member.shape)
        return [_Item(name, member.kind, member.shape, number)]
    return _declared(member, f"{name}.", asked)


def _declared_grid(grid: Node, name: str, asked: Asked) -> list[_Item]:
    array, *maps = grid.members
    part = asked.part(name) if name in asked else None
    items = [_Item(name, array.kind, array.shape, asked.tick(name, array.kind, array.shape))]
    for axis, each in enumerate(maps):
        full = f"{name}.{each.name}"
        if full in asked:
            number = asked.tick(full, each.kind, each.shape)
            items.append(_Item(full, each.kind, each.shape, number))
        elif part is not None:
            items.append(_map_of(part, axis, each, full))
    return items


def _map_of(part: Part, axis: int, node: Node, name: str) -> _Item:
    slab: Hyperslab = part.slab
    maps = part.variable.maps
    known_as = maps[axis] if axis < len(maps) else ""
    if known_as.rpartition(".")[2] != node.name:
        known_as = ""
    return _Item(name, node.kind, node.shape, None, known_as, (slab.slices[axis],))


def _length(items: Sequence[_Item]) -> int | None:
    """Bytes of the data; None where strings make it unknown."""
    total = 0
    for item in items:
        if item.kind in _STRINGS:
            return None
        width = max(np.dtype(NUMPY_CODES[item.kind]).itemsize, 4 if item.kind in _NARROW else 1)
        size = item.size * width
        total += size + -size % _PADDING + (2 * 4 if item.shape else 0)
    return total


def _read_item(reader: Reader, item: _Item) -> AnyArray:
    if item.shape:
        _check_count(reader, item)
        if item.kind not in _STRINGS:
            _check_count(reader, item)
    if item.kind in _STRINGS:
        return _read_strings(reader, item)
    if item.kind in _NARROW:
        return _read_narrow(reader, item)
    if item.kind == "Byte":
        return _read_bytes(reader, item)
    return _read_wide(reader, item)


def _check_count(reader: Reader, item: _Item) -> None:
    count = int.from_bytes(reader.exactly(4), "big")
    if count != item.size:
        raise Fault(f"the reply announces {count} values of {item.name}, expected {item.size}")


def _read_wide(reader: Reader, item: _Item) -> AnyArray:
    dtype = np.dtype(NUMPY_CODES[item.kind])
    values = empty(item.shape, dtype)
    flat = values.reshape(-1)
    for span, piece in reader.numbers(item.size, dtype.newbyteorder(">")):
        flat[span] = piece
    return values


def _read_narrow(reader: Reader, item: _Item) -> AnyArray:
    """Integers of two bytes, each of which travels as four.

    The two that are not needed repeat the sign or are zero; anything else was damaged on the way.
    """
    values = empty(item.shape, np.dtype(NUMPY_CODES[item.kind]))
    flat = values.reshape(-1).view(np.uint16)
    for span, piece in reader.numbers(item.size, _HALVES):
        high, low = piece[:, 0], piece[:, 1]
        if high.any() and np.any((high != 0) & ((high != 0xFFFF) | (low < 0x8000))):
            raise Fault(f"the reply holds values of {item.name} beyond 16 bits")
        flat[span] = low
    return values


def _read_bytes(reader: Reader, item: _Item) -> AnyArray:
    values = empty(item.shape, np.dtype("u1"))
    if not item.shape:
        values[()] = _single_byte(reader.exactly(4), item)
        return values
    reader.fill(values.reshape(-1).data)
    reader.exactly(-item.size % _PADDING)
    return values


def _single_byte(four: bytes, item: _Item) -> int:
    """Byte that stands first (servers in Java and Python) or last (in C) among four."""
    if four[1:] == b"\0\0\0":
        return four[0]
    if four[:3] == b"\0\0\0" or (four[:3] == b"\xff\xff\xff" and four[3] >= 0x80):
        return four[3]
    raise Fault(f"the reply holds a value of {item.name} beyond 8 bits")


def _read_strings(reader: Reader, item: _Item) -> AnyArray:
    values = empty(item.shape, np.dtype(object))
    flat = values.reshape(-1)
    for number in range(item.size):
        length = int.from_bytes(reader.exactly(4), "big")
        if length > _LONGEST_TEXT:
            raise Fault(f"the reply holds a text of {length} bytes in {item.name}")
        flat[number] = text_of(reader.exactly(length)).rstrip("\0")
        reader.exactly(-length % _PADDING)
    return values


def _check_map(item: _Item, values: AnyArray, whole: AnyArray) -> None:
    wanted = np.asarray(whole)[item.along]
    if wanted.dtype.kind in "iu" and wanted.dtype.itemsize == values.dtype.itemsize:
        values = values.view(wanted.dtype)
    same = values.shape == wanted.shape and bool(
        np.all((values == wanted) | ((values != values) & (wanted != wanted)))
    )
    if not same:
        raise Fault(
            f"the coordinates {item.name} that came along are not those of the window: the reply "
            "belongs to another one",
        )

"""What a request asks for: the constraint expressions of both protocols.

The answer of either lists variables in the order of the file, not of the request, as THREDDS does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote

from icepair.dap.hyperslab import Hyperslab
from icepair.dap.server.dataset import Served, whole
from icepair.dap.server.refusal import Refusal

__all__ = ["Element", "Projection", "parse_indices", "select_dap2", "select_dap4"]

_PROJECTION = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_INDEX = re.compile(r"(\d{1,18})(?::(\d{1,18}))?(?::(\d{1,18}))?", re.ASCII)
_MOST_BYTES = 60_000


@dataclass(frozen=True, eq=False)
class Element:
    """A variable as one protocol declares it: its own array, and the maps of a Grid."""

    variable: Served
    shape: tuple[int, ...]
    """As declared: without the last axis where characters are declared as text."""
    maps: tuple[Served, ...] = ()


@dataclass(frozen=True, eq=False)
class Projection:
    """What of an element is wanted."""

    element: Element
    members: tuple[tuple[Served, Hyperslab], ...]
    """Array first, then maps; the slabs count in declared shapes."""
    form: Literal["array", "grid", "structure"]


def select_dap2(query: str, elements: dict[str, Element]) -> list[Projection]:
    """Projections of a DAP2 constraint, percent-encoded or not; an empty one asks for all.

    Raises
    ------
    Refusal
        400 for bad syntax, indices out of range and selections, 404 for an unknown name.
    """
    wanted, selections = _decoded(query).partition("&")[::2]
    if selections.strip("&"):
        raise Refusal(400, f"Selections are for sequences; there are none here: &{selections}")
    if not wanted.strip():
        return [_entire(element) for element in elements.values()]
    chosen: dict[str, dict[str, Hyperslab]] = {}
    for item in wanted.split(","):
        name, indices = _item(item, item)
        element, member = _find(name, elements)
        slabs = _slabs(element, member, indices, item)
        mine = chosen.setdefault(element.variable.name, {})
        if mine.keys() & slabs.keys():
            raise Refusal(400, f"{name} is asked for twice.")
        mine |= slabs
    return [_projection(elements[name], chosen[name]) for name in elements if name in chosen]


def select_dap4(query: str, variables: dict[str, Served]) -> list[Projection]:
    """Projections of the ``dap4.ce`` of a query; none asks for all.

    Raises
    ------
    Refusal
        As `select_dap2`.
    """
    elements = {name: Element(v, v.shape) for name, v in variables.items()}
    expressions = [p[8:] for p in query.split("&") if p.startswith("dap4.ce=")]
    text = _decoded(";".join(expressions))
    items = [item for item in text.split(";") if item.strip()]
    if not items:
        return [_entire(element) for element in elements.values()]
    chosen: dict[str, dict[str, Hyperslab]] = {}
    for item in items:
        name, indices = _item(item.strip().removeprefix("/"), item)
        if name not in elements:
            raise Refusal(404, f"There is no variable /{name} in this dataset.")
        if name in chosen:
            raise Refusal(400, f"/{name} is asked for twice.")
        chosen[name] = _slabs(elements[name], None, indices, item)
    return [_projection(elements[name], chosen[name]) for name in elements if name in chosen]


def parse_indices(text: str, shape: Sequence[int], where: str) -> Hyperslab:
    """Hyperslab of ``[first:step:last]`` an axis, last included; also ``[i]``, ``[first:last]``.

    Parameters
    ----------
    text : str
        All brackets; empty for the whole array.
    shape : sequence of int
        Of the array.
    where : str
        What a message quotes.

    Raises
    ------
    Refusal
        400.
    """
    if not text:
        return whole(tuple(shape))
    parts = text[1:-1].split("][")
    if len(parts) != len(shape):
        raise Refusal(400, f"{where}: {len(parts)} indices for {len(shape)} dimensions.")
    slices = []
    for part, length in zip(parts, shape, strict=True):
        found = _INDEX.fullmatch(part.strip())
        if not found:
            raise Refusal(400, f"{where}: [{part}] is not [first:step:last].")
        first, *more = (int(group) for group in found.groups() if group)
        step = more[0] if len(more) == 2 else 1
        last = more[-1] if more else first
        if step < 1 or not first <= last < length:
            raise Refusal(400, f"{where}: [{part}] is not within 0 to {length - 1}.")
        slices.append(slice(first, last + 1, step))
    return Hyperslab.of(slices, shape)


def _decoded(query: str) -> str:
    if len(query) > _MOST_BYTES:
        raise Refusal(414, f"The request has {len(query)} characters; {_MOST_BYTES} are allowed.")
    return unquote(query)


def _item(item: str, where: str) -> tuple[str, str]:
    found = _PROJECTION.fullmatch(item.strip())
    if not found:
        raise Refusal(400, f"{where!r} is not a variable with indices in brackets.")
    return unquote(found[1]), found[2]


def _find(name: str, elements: dict[str, Element]) -> tuple[Element, str | None]:
    """Element of a name, and the member where one is named: ``grid.map``, ``grid.array``."""
    if name in elements:
        return elements[name], None
    for at, character in enumerate(name):
        element = elements.get(name[:at]) if character == "." else None
        if element is not None and element.maps:
            member = name[at + 1 :]
            if member in (element.variable.name, *(m.name for m in element.maps)):
                return element, member
    raise Refusal(404, f"There is no variable {name} in this dataset.")


def _slabs(element: Element, member: str | None, indices: str, where: str) -> dict[str, Hyperslab]:
    arrays = {element.variable.name: element.shape} | {m.name: m.shape for m in element.maps}
    if member is not None:
        return {member: parse_indices(indices, arrays[member], where)}
    slab = parse_indices(indices, element.shape, where)
    slabs = {element.variable.name: slab}
    for axis, each in enumerate(element.maps):
        cut = slice(axis, axis + 1)
        slabs[each.name] = Hyperslab(slab.start[cut], slab.stop[cut], slab.step[cut])
    return slabs


def _entire(element: Element) -> Projection:
    return _projection(element, _slabs(element, None, "", element.variable.name))


def _projection(element: Element, slabs: dict[str, Hyperslab]) -> Projection:
    arrays = (element.variable, *element.maps)
    members = tuple((array, slabs[array.name]) for array in arrays if array.name in slabs)
    if not element.maps:
        return Projection(element, members, "array")
    own = slabs.get(element.variable.name)
    lengths = tuple(slabs[m.name].size for m in element.maps if m.name in slabs)
    # An array without one of its maps, or with another cut of it, is not a Grid any more.
    return Projection(
        element, members, "grid" if own is not None and own.shape == lengths else "structure"
    )

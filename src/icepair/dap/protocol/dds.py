"""The DDS of DAP2: which variables a dataset, or a reply, holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from icepair.dap.declaration import Variable
from icepair.dap.fault import Fault
from icepair.dap.protocol._bounds import (
    NESTING,
    AxisNames,
    check_shape,
    check_text,
    check_variables,
    plain_name,
)
from icepair.dap.protocol._tokens import Tokens
from icepair.dap.words import fault_of_words

__all__ = ["Node", "parse_dds", "parse_tree"]

_TOKEN = re.compile(r"(?:ARRAY|MAPS)\s*:|[{}\[\];=,]|[^\s{}\[\];=,]+", re.IGNORECASE)
_TYPES = {
    "byte": "Byte", "int16": "Int16", "uint16": "UInt16", "int32": "Int32", "uint32": "UInt32",
    "float32": "Float32", "float64": "Float64", "string": "String", "url": "Url",
}  # fmt: skip
_FOREIGN = {"int8", "uint8", "int64", "uint64"}
"""Types of DAP4 that some servers let slip into a DDS; nothing says how they travel."""
_GROUPS = {"structure": "Structure", "sequence": "Sequence", "grid": "Grid"}


@dataclass(frozen=True)
class Node:
    """One declaration: a variable, or a group of them."""

    kind: str
    """``Dataset``, ``Structure``, ``Sequence``, ``Grid``, or a type of DAP2."""
    name: str
    shape: tuple[int, ...] = ()
    axes: tuple[str | None, ...] = ()
    """Names of the dimensions, None where there is none."""
    members: tuple[Node, ...] = ()
    """What a group holds; of a Grid, the array and then the maps."""


def parse_dds(text: str) -> tuple[str, dict[str, Variable]]:
    """Name of the dataset and its variables, without attributes.

    Members of a Structure are called ``structure.member``. The maps of a Grid are listed as
    ``grid.map`` unless the same vector exists beside the Grid. Sequences, arrays of structures
    and integers of 8 or 64 bits are left out: they cannot be asked for as hyperslabs.

    Raises
    ------
    Fault
        The text is not a DDS, in which case it holds the server's words, or goes beyond bounds.
    """
    root = parse_tree(text)
    names = AxisNames()
    variables: dict[str, Variable] = {}
    for variable in _variables(root, "", names):
        if variable.name in variables:
            raise Fault(f"the DDS declares {variable.name} twice")
        variables[variable.name] = variable
    return root.name, variables


def parse_tree(text: str) -> Node:
    """Everything that a DDS declares, in its order.

    Raises
    ------
    Fault
        As for `parse_dds`.
    """
    check_text(text, "DDS")
    tokens = Tokens(text, _TOKEN, "DDS")
    if tokens.peek.lower() != "dataset":
        raise fault_of_words(text[:65_536].encode(errors="replace"), "a DDS")
    tokens.take()
    tokens.expect("{")
    parser = _Parser(tokens)
    members = parser.members(1)
    tokens.expect("}")
    name = parser.name_before(";")
    tokens.expect(";")
    if tokens.peek:
        tokens.fail("nothing more")
    return Node("Dataset", name, members=members)


class _Parser:
    """Recursive descent, with a bound on the depth and one on the number of declarations."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self._declared = 0

    def members(self, depth: int) -> tuple[Node, ...]:
        found = []
        while self._tokens.peek not in ("}", ""):
            found.append(self._declaration(depth))
        return tuple(found)

    def name_before(self, *marks: str) -> str:
        """Words up to a mark; blanks in a name are against the rules and yet do occur."""
        words = []
        while self._tokens.peek and self._tokens.peek not in marks:
            words.append(self._tokens.take())
        return plain_name(" ".join(words))

    def _declaration(self, depth: int) -> Node:
        self._declared += 1
        check_variables(self._declared)
        if depth > NESTING:
            raise Fault(f"the DDS is nested more than {NESTING} deep", again=False)
        written = self._tokens.peek.lower()
        if written in _GROUPS:
            self._tokens.take()
            kind, members = _GROUPS[written], self._group(_GROUPS[written], depth)
        elif written in _TYPES or written in _FOREIGN:
            kind, members = _TYPES.get(self._tokens.take().lower(), "foreign"), ()
        else:
            self._tokens.fail("a type of DAP2")
        return self._named(kind, members)

    def _group(self, kind: str, depth: int) -> tuple[Node, ...]:
        self._tokens.expect("{")
        if kind != "Grid":
            members = self.members(depth + 1)
        else:
            self._mark("array")
            array = self._declaration(depth + 1)
            self._mark("maps")
            members = (array, *self.members(depth + 1))
        self._tokens.expect("}")
        return members

    def _mark(self, word: str) -> None:
        if self._tokens.peek.lower().rstrip(": \t\r\n") != word:
            self._tokens.fail(f"'{word}:'")
        if ":" not in self._tokens.take():
            self._tokens.expect(":")

    def _named(self, kind: str, members: tuple[Node, ...]) -> Node:
        name = self.name_before("[", ";", "{", "}", "]", "=", ",")
        if not name:
            self._tokens.fail("a name")
        axes: list[str | None] = []
        shape: list[int] = []
        while self._tokens.accept("["):
            axis, length = self._axis()
            axes.append(axis)
            shape.append(length)
            check_shape(name, shape)
        self._tokens.expect(";")
        node = Node(kind, name, tuple(shape), tuple(axes), members)
        if kind == "Grid":
            _check_grid(node)
        return node

    def _axis(self) -> tuple[str | None, int]:
        word = self.name_before("=", "]", "[", ";", "{", "}")
        name = None
        if self._tokens.accept("="):
            name = word or None
            word = self.name_before("]", "[", ";", "{", "}", "=")
        if re.fullmatch(r"[0-9]{1,20}", word) is None:
            raise Fault(f"the DDS has an axis of length {word[:40]!r}, expected a whole number")
        self._tokens.expect("]")
        return name, int(word)


def _check_grid(grid: Node) -> None:
    array, *maps = grid.members
    lengths = tuple(length for each in maps for length in each.shape)
    if any(each.kind in ("foreign", *_GROUPS.values()) for each in grid.members):
        raise Fault(f"the Grid {grid.name} holds something else than arrays")
    if any(len(each.shape) != 1 for each in maps) or lengths != array.shape or grid.shape:
        raise Fault(f"the maps of the Grid {grid.name} do not fit its array")


def _variables(group: Node, prefix: str, names: AxisNames) -> Iterator[Variable]:
    beside = {each.name: each for each in group.members if each.kind in _TYPES.values()}
    for node in group.members:
        if node.kind == "Grid":
            yield from _grid(node, prefix, beside, names)
        elif node.kind == "Structure" and not node.shape:
            yield from _variables(node, f"{prefix}{node.name}.", names)
        elif node.kind in _TYPES.values():
            yield _variable(node, prefix + node.name, names)


def _grid(grid: Node, prefix: str, beside: dict[str, Node], names: AxisNames) -> Iterator[Variable]:
    array, *maps = grid.members
    called = []
    for each in maps:
        twin = beside.get(each.name)
        same = twin is not None and (twin.kind, twin.shape) == (each.kind, each.shape)
        called.append(prefix + each.name if same else f"{prefix}{grid.name}.{each.name}")
        if not same:
            yield _variable(each, called[-1], names)
    yield _variable(array, prefix + grid.name, names, tuple(called))


def _variable(node: Node, name: str, names: AxisNames, maps: tuple[str, ...] = ()) -> Variable:
    dimensions = names.of(node.axes, node.shape)
    return Variable(name, node.kind, dimensions, node.shape, maps=maps)

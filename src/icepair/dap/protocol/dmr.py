"""The DMR of DAP4: variables and attributes of a dataset, or of a reply, in XML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from icepair.dap.declaration import NUMPY_CODES, Declaration, Variable
from icepair.dap.fault import Fault
from icepair.dap.protocol._bounds import AxisNames, check_shape, check_text, check_variables
from icepair.dap.protocol._values import attribute_value
from icepair.dap.protocol.declare import described, fingerprint_of
from icepair.dap.words import fault_of_words

__all__ = ["parse_dmr", "read_dmr"]

_DEPTH = 64
_ELEMENTS = 2_000_000
_SKIPPED = {"Structure", "Sequence", "Enum", "Opaque"}
_CONTAINER = "Container"
_FROM_THE_REPLY = "_DAP4_"
"""Attributes that describe a reply and not the dataset."""


@dataclass
class _Element:
    tag: str
    attributes: dict[str, str]
    children: list[_Element] = field(default_factory=list)
    text: list[str] = field(default_factory=list)

    def name(self) -> str:
        found = self.attributes.get("name", "")
        if not found:
            raise Fault(f"the DMR has a {self.tag[:40]} without a name")
        return found


def parse_dmr(xml: bytes) -> Declaration:
    """Variables with their attributes, and those of the dataset.

    Variables within groups are called ``group/variable``, and so are dimensions. Structures,
    sequences, enumerations and opaque values are left out.

    Raises
    ------
    Fault
        The text is not a DMR, in which case it holds the server's words; it declares a document
        type or entities; an attribute cannot have its value; or it goes beyond bounds.
    """
    return read_dmr(xml)[0]


def read_dmr(xml: bytes) -> tuple[Declaration, tuple[str, ...]]:
    """As `parse_dmr`, together with the names of all variables that were left out."""
    check_text(xml, "DMR")
    root = _tree(xml)
    if root.tag != "Dataset":
        raise fault_of_words(xml[:65_536], "a DMR")
    walk = _Walk()
    walk.group(root, "", {})
    declaration = Declaration(
        name=root.attributes.get("name", ""),
        variables=walk.variables,
        attributes=_global_attributes(root),
        fingerprint=fingerprint_of(xml),
    )
    return declaration, tuple(walk.left_out)


class _Walk:
    """Groups, from the outermost inwards; dimensions of outer ones are known in inner ones."""

    def __init__(self) -> None:
        self.variables: dict[str, Variable] = {}
        self.left_out: list[str] = []
        self._axes = AxisNames()

    def group(self, element: _Element, path: str, outer: Mapping[str, int]) -> None:
        sizes = dict(outer)
        for child in element.children:
            if child.tag == "Dimension":
                sizes[path + child.name()] = _length(child)
        for child in element.children:
            if child.tag in NUMPY_CODES:
                self._variable(child, path, sizes)
            elif child.tag in _SKIPPED:
                self.left_out.append(path + child.name())
            elif child.tag == "Group":
                self.group(child, f"{path}{child.name()}/", sizes)

    def _variable(self, element: _Element, path: str, sizes: Mapping[str, int]) -> None:
        name = path + element.name()
        if name in self.variables:
            raise Fault(f"the DMR declares {name} twice")
        check_variables(len(self.variables) + 1)
        named = [_axis(child, path, sizes) for child in element.children if child.tag == "Dim"]
        shape = tuple(length for _, length in named)
        check_shape(name, shape)
        dimensions = self._axes.of([axis for axis, _ in named], shape)
        variable = Variable(name, element.tag, dimensions, shape)
        self.variables[name] = described(variable, dict(_attributes(element, "")))


def _axis(element: _Element, path: str, sizes: Mapping[str, int]) -> tuple[str | None, int]:
    """Name and length of one axis; a name that is not a whole path is sought outwards."""
    name = element.attributes.get("name")
    if name is None:
        return None, _length(element)
    if name.startswith("/"):
        full = name.removeprefix("/")
    else:
        full = path + name
        while full not in sizes and path:
            path = path.rstrip("/").rpartition("/")[0]
            path = f"{path}/" if path else ""
            full = path + name
    if full not in sizes:
        raise Fault(f"the DMR has no dimension {name[:100]!r}")
    return full, sizes[full]


def _length(element: _Element) -> int:
    text = element.attributes.get("size", "").strip()
    if not (text.isascii() and text.isdigit()) or len(text) > 20:
        raise Fault(f"the DMR has a dimension of size {text[:40]!r}, expected a whole number")
    return int(text)


def _global_attributes(root: _Element) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in _attributes(root, ""):
        container, _, rest = name.partition(".")
        found[rest if rest and container.upper().endswith("_GLOBAL") else name] = value
    return found


def _attributes(element: _Element, prefix: str) -> Iterator[tuple[str, object]]:
    for child in element.children:
        if child.tag != "Attribute":
            continue
        name = prefix + child.name()
        kind = child.attributes.get("type", _CONTAINER)
        if kind == _CONTAINER:
            yield from _attributes(child, f"{name}.")
        elif kind not in ("OtherXML", "Opaque") and not name.startswith(_FROM_THE_REPLY):
            # The name of an enumeration, as a path, serves as a type as well.
            known = "enum" if kind.startswith("/") else kind
            yield name, attribute_value(name, known, _words(child))


def _words(element: _Element) -> list[str]:
    """Values, which servers write in three ways."""
    if "value" in element.attributes:
        return [element.attributes["value"]]
    values = [child for child in element.children if child.tag == "Value"]
    kind = element.attributes.get("type", "")
    found = [each.attributes.get("value", "".join(each.text)) for each in values]
    return found if kind in ("String", "URL", "Url", "URI") else [word.strip() for word in found]


def _tree(xml: bytes) -> _Element:
    """Elements of a document, without the names of their namespaces."""
    builder = _Builder()
    try:
        builder.parser.Parse(xml, True)
    except expat.ExpatError as error:
        if b"<Dataset" not in xml[:65_536]:
            raise fault_of_words(xml[:65_536], "a DMR") from None
        raise Fault(f"the DMR is not XML: {error}") from None
    except (ValueError, LookupError) as error:
        raise Fault(f"the DMR is in an encoding that is not known: {error}") from None
    return builder.root


class _Builder:
    """What expat calls; documents that declare anything by themselves are refused."""

    def __init__(self) -> None:
        self.root = _Element("", {})
        self._open = [self.root]
        self._count = 0
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._data
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.EntityDeclHandler = self._refuse

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) > _DEPTH or self._count > _ELEMENTS:
            raise Fault(
                f"the DMR is nested more than {_DEPTH} deep or has more than {_ELEMENTS} elements",
                again=False,
            )
        element = _Element(tag.rpartition(":")[2], attributes)
        if len(self._open) == 1:
            self.root = element
        else:
            self._open[-1].children.append(element)
        self._open.append(element)

    def _end(self, tag: str) -> None:
        self._open.pop()

    def _data(self, text: str) -> None:
        self._open[-1].text.append(text)

    def _refuse(self, *_: object) -> None:
        raise Fault("the DMR declares a document type or entities, which no DMR does", again=False)

"""Metadata in XML, parsed so that a hostile document does no harm.

Every known attack on XML parsers (entities that multiply, entities that read files or addresses)
needs a document type declaration, and no Sentinel product has one: such documents are refused
before anything is built from them. Size and depth are bounded. See decision 0012.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.parsers import expat

import numpy as np

from icepair._typing import FloatArray
from icepair.errors import DamagedFileError
from icepair.products.attributes import moment64
from icepair.products.safe.archive import SafeArchive

__all__ = ["Part", "parse_xml", "read_xml"]

_DEEPEST = 64
"""Sentinel metadata nests some 20 elements deep (the manifest, in its history)."""
_MOST_ELEMENTS = 2_000_000


def read_xml(archive: SafeArchive, member: str) -> ElementTree.Element:
    """Root element of a member of a product; raises as `SafeArchive.read` and `parse_xml`."""
    return parse_xml(archive.read(member), f"{member} of {archive.address}")


def parse_xml(data: bytes, name: str) -> ElementTree.Element:
    """Root element of a document.

    Parameters
    ----------
    data
        The document as stored, in whatever encoding it declares.
    name
        What to call it in a message.

    Raises
    ------
    DamagedFileError
        Not well formed (cut short, say), with a document type declaration, or nested beyond what
        metadata needs.
    """
    try:
        _look_through(data, name)
        return ElementTree.fromstring(data)
    except (expat.ExpatError, ElementTree.ParseError, ValueError, LookupError) as error:
        raise DamagedFileError(
            f"{name} is no well-formed XML: {error}. It was probably cut short; "
            "fetch the product again."
        ) from error


def _look_through(data: bytes, name: str) -> None:
    """Refuse a document for its structure; nothing of it is kept, no entity is ever expanded."""
    depth = count = 0

    def start(_tag: str, _attributes: dict[str, str]) -> None:
        nonlocal depth, count
        depth += 1
        count += 1
        if depth > _DEEPEST or count > _MOST_ELEMENTS:
            raise DamagedFileError(
                f"{name} has more than {_DEEPEST} elements inside each other or more than "
                f"{_MOST_ELEMENTS} in all, as no Sentinel metadata does; it is not read."
            )

    def end(_tag: str) -> None:
        nonlocal depth
        depth -= 1

    def refuse(*_declaration: object) -> None:
        raise DamagedFileError(
            f"{name} declares a document type (DOCTYPE), as attacks on XML readers do and "
            "Sentinel metadata never does; it is not read."
        )

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.Parse(data, True)


@dataclass(frozen=True, eq=False)
class Part:
    """An element of a document, which says by name what it lacks.

    Paths are those of `ElementTree.Element.find`. Every reading method raises `DamagedFileError`
    where the path leads nowhere or to something else than what was asked for.
    """

    element: ElementTree.Element
    document: str
    """What to call the document in a message."""

    def all(self, path: str) -> list[Part]:
        """Elements at a path, in their order; none where there are none."""
        return [Part(element, self.document) for element in self.element.findall(path)]

    def has(self, path: str) -> bool:
        """Whether there is an element at a path."""
        return self.element.find(path) is not None

    def part(self, path: str) -> Part:
        """First element at a path."""
        found = self.element.find(path)
        if found is None:
            raise self._damaged(path, "is missing")
        return Part(found, self.document)

    def text(self, path: str) -> str:
        """Text of the first element at a path, without blanks around it."""
        return (self.part(path).element.text or "").strip()

    def number(self, path: str) -> float:
        """Finite number at a path."""
        text = self.text(path)
        try:
            value = float(text)
        except ValueError as error:
            raise self._damaged(path, f"is {text!r} where a number is expected") from error
        if not math.isfinite(value):
            raise self._damaged(path, f"is {text!r} where a finite number is expected")
        return value

    def whole(self, path: str) -> int:
        """Whole number at a path."""
        value = self.number(path)
        if value != int(value):
            raise self._damaged(path, f"is {value} where a whole number is expected")
        return int(value)

    def numbers(self, path: str) -> FloatArray:
        """Finite numbers at a path, float64, shape (n,)."""
        text = self.text(path)
        try:
            values = np.array(text.split(), dtype=np.float64)
        except ValueError as error:
            raise self._damaged(path, f"holds no numbers ({error})") from error
        if not np.isfinite(values).all():
            raise self._damaged(path, "holds values that are not finite")
        return values

    def time(self, path: str) -> np.datetime64:
        """Time at a path, UTC, to the microsecond."""
        text = self.text(path)
        found = moment64(text)
        if found is None:
            raise self._damaged(path, f"is {text!r} where a time is expected")
        return found

    def _damaged(self, path: str, fault: str) -> DamagedFileError:
        return DamagedFileError(
            f"{self.document}: {path} in <{self.element.tag}> {fault}. "
            "The product is damaged or incomplete; fetch it again."
        )

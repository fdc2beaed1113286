"""Metadata in XML, parsed so that a hostile document does no harm.

Every known attack on XML parsers (entities that multiply, entities that read files or addresses)
needs a document type declaration, and no Sentinel product has one: such documents are refused
before anything is built from them. Size and depth are bounded. See decision 0012.
"""

from __future__ import annotations

from xml.etree import ElementTree
from xml.parsers import expat

from icepair.errors import DamagedFileError
from icepair.products.safe.archive import SafeArchive

__all__ = ["parse_xml", "read_xml"]

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

"""Documents that attack their reader, and documents that are merely broken."""

from __future__ import annotations

import time

import numpy as np
import pytest

from icepair.errors import DamagedFileError
from icepair.products.safe.xml import Part, parse_xml

BILLION_LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE a ['
    + b'<!ENTITY l0 "lol">'
    + b"".join(b'<!ENTITY l%d "%s">' % (k, b"&l%d;" % (k - 1) * 10) for k in range(1, 10))
    + b"]><a>&l9;</a>"
)
QUADRATIC = b'<!DOCTYPE a [<!ENTITY x "' + b"x" * 50_000 + b'">]><a>' + b"&x;" * 50_000 + b"</a>"
FILE_ENTITY = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
PARAMETER_ENTITY = b'<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:9/evil.dtd"> %x;]><a/>'
EXTERNAL_DTD = b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/evil.dtd"><a/>'


@pytest.mark.parametrize(
    "document",
    [
        BILLION_LAUGHS,
        QUADRATIC,
        FILE_ENTITY,
        PARAMETER_ENTITY,
        EXTERNAL_DTD,
        b"<!DOCTYPE a><a/>",
        FILE_ENTITY.decode().encode("utf-16"),
        b"\xef\xbb\xbf" + FILE_ENTITY,
    ],
    ids=["laughs", "quadratic", "file", "parameter", "dtd", "bare", "utf-16", "bom"],
)
def test_document_types_are_refused_at_once(document: bytes) -> None:
    start = time.perf_counter()
    with pytest.raises(DamagedFileError, match="declares a document type"):
        parse_xml(document, "evil.xml of product")
    assert time.perf_counter() - start < 5.0  # expanded, it would take minutes


def test_undeclared_entities() -> None:
    with pytest.raises(DamagedFileError, match="no well-formed XML"):
        parse_xml(b"<a>&secret;</a>", "x")


def test_depth() -> None:
    parse_xml(b"<a>" * 64 + b"</a>" * 64, "x")
    with pytest.raises(DamagedFileError, match="more than 64 elements inside each other"):
        parse_xml(b"<a>" * 65 + b"</a>" * 65, "x")


@pytest.mark.parametrize(
    "document",
    [b"", b"<a><b></a>", b"<a>", b"\x00\x01", b'<?xml version="1.0" encoding="no"?><a/>'],
)
def test_broken_documents(document: bytes) -> None:
    with pytest.raises(DamagedFileError, match=r"x\.xml is no well-formed XML"):
        parse_xml(document, "x.xml")


def test_every_prefix_of_a_document_is_refused() -> None:
    document = '<?xml version="1.0" encoding="UTF-8"?><a><b c="ö">1 2 3</b></a>'.encode()
    assert parse_xml(document, "x").findtext("b") == "1 2 3"
    for length in range(len(document)):
        with pytest.raises(DamagedFileError):
            parse_xml(document[:length], "x")


PART = Part(
    parse_xml(
        b"<a><n> 1.5e3 </n><w>7</w><v>1 2\n3</v><t>2022-11-30T01:43:42.546629</t>"
        b"<bad>x</bad><nan>nan</nan><e/><i><j>1</j></i><i><j>2</j></i></a>",
        "x",
    ),
    "doc.xml",
)


def test_parts() -> None:
    assert PART.number("n") == 1500.0
    assert PART.whole("w") == 7
    assert PART.numbers("v").tolist() == [1.0, 2.0, 3.0]
    assert PART.time("t") == np.datetime64("2022-11-30T01:43:42.546629")
    assert [part.whole("j") for part in PART.all("i")] == [1, 2]
    assert PART.has("e")
    assert not PART.has("f")


@pytest.mark.parametrize(
    ("read", "path", "reason"),
    [
        (Part.text, "f", "f in <a> is missing"),
        (Part.number, "bad", "is 'x' where a number is expected"),
        (Part.number, "nan", "where a finite number is expected"),
        (Part.number, "e", "is '' where a number is expected"),
        (Part.whole, "n/x", "is missing"),
        (Part.whole, "i/j/k", "is missing"),
        (Part.numbers, "bad", "holds no numbers"),
        (Part.numbers, "nan", "not finite"),
        (Part.time, "bad", "is 'x' where a time is expected"),
    ],
)
def test_parts_that_are_not_what_is_asked_for(read, path: str, reason: str) -> None:
    with pytest.raises(DamagedFileError, match=rf"doc\.xml: .*{reason}"):
        read(PART, path)

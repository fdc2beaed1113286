"""What the server writes, against a slow decoder and the words of THREDDS."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import requests
from dap_server_samples import (
    COLUMNS,
    ROWS,
    TITLE,
    WORDS,
    dap2_numbers,
    dap4_chunks,
    stored,
    write_everything,
    write_raster,
)

from icepair.dap.server import Running, serve

PLAIN = {"accept-encoding": "identity"}
DAP4 = "{http://xml.opendap.org/ns/DAP/4.0#}"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_everything(tmp_path_factory.mktemp("served") / "all.nc")


@pytest.fixture(scope="module")
def truth(path: Path) -> dict[str, np.ndarray]:
    return stored(path)


@pytest.fixture(scope="module")
def running(path: Path) -> Iterator[Running]:
    with serve(path.parent) as server:
        yield server


def get(running: Running, place: str, **headers: str) -> requests.Response:
    return requests.get(f"{running.url}/{place}", headers=PLAIN | headers, timeout=20)


def text(running: Running, place: str) -> str:
    reply = get(running, place)
    assert reply.status_code == 200, reply.text
    return reply.content.decode()


def test_a_grid_needs_a_coordinate_for_every_dimension(running: Running) -> None:
    dds = text(running, "dodsC/all.nc.dds?grid_u2,array_u2,one_u2,x")
    assert dds == (
        "Dataset {\n"
        "    Float64 x[x = 67];\n"
        "    Grid {\n     ARRAY:\n"
        "        UInt16 grid_u2[y = 83][x = 67];\n"
        "     MAPS:\n"
        "        Float64 y[y = 83];\n        Float64 x[x = 67];\n"
        "    } grid_u2;\n"
        "    UInt16 array_u2[n = 7][x = 67];\n"
        "    UInt16 one_u2;\n"
        "} all.nc;\n"
    )


def test_a_part_of_a_grid_is_a_structure(running: Running) -> None:
    dds = text(running, "dodsC/all.nc.dds?grid_i2.x[1:2:5],grid_i2.grid_i2[0][3:4]")
    assert dds == (
        "Dataset {\n    Structure {\n"
        "        Int16 grid_i2[y = 1][x = 2];\n        Float64 x[x = 3];\n"
        "    } grid_i2;\n} all.nc;\n"
    )


def test_das_tells_types_signs_chunks_and_text(running: Running) -> None:
    das = text(running, "dodsC/all.nc.das")
    for line in (
        'String _Unsigned "false";',
        'String _Unsigned "true";',
        "UInt16 _FillValue 3;",
        "UInt32 _ChunkSizes 17, 13;",
        "Float64 numbers 1.5, NaN, -inf;",
        'String huge "1099511627776";',
        "Int32 small -5;",
        'String empty "";',
        "Int32 strlen 5;",
        'String Unlimited_Dimension "t";',
    ):
        assert f"        {line}\n" in das, line
    assert '"with \\"quotes\\", a \\\\ and\na second line"' in das
    assert re.search(r"array_u2 \{\s*\}", das), "UInt16 has no _Unsigned"


def test_sixty_four_bit_integers_are_left_out_of_dap2_alone(running: Running) -> None:
    assert "_i8" not in text(running, "dodsC/all.nc.dds")
    assert get(running, "dodsC/all.nc.dods?one_i8").status_code == 404
    assert '<Int64 name="one_i8">' in text(running, "dap4/all.nc.dmr")


@pytest.mark.parametrize("encoded", [False, True], ids=["bare", "percent-encoded"])
@pytest.mark.parametrize(
    ("brackets", "window"),
    [
        ("", (slice(None), slice(None))),
        ("[0][0]", (slice(0, 1), slice(0, 1))),
        ("[82][3:66]", (slice(82, 83), slice(3, 67))),
        ("[1:7:80][16:1:17]", (slice(1, 81, 7), slice(16, 18))),
        ("[16:40:82][0:25:66]", (slice(16, 83, 40), slice(0, 67, 25))),
    ],
)
def test_windows_of_every_type(
    running: Running,
    truth: dict[str, np.ndarray],
    brackets: str,
    window: tuple[slice, slice],
    encoded: bool,
) -> None:
    for name, values in truth.items():
        if values.shape != (ROWS, COLUMNS) or name.endswith(("i8", "u8")):
            continue
        query = f"{name}.{name}{brackets}"
        reply = get(running, f"dodsC/all.nc.dods?{quote(query) if encoded else query}")
        dds, got, rest = dap2_numbers(reply.content, values.dtype.newbyteorder("="))
        want = values[window]
        assert dds == text(running, f"dodsC/all.nc.dds?{query}")
        assert f"[y = {want.shape[0]}][x = {want.shape[1]}]" in dds
        np.testing.assert_array_equal(got.reshape(want.shape), want, err_msg=name)
        assert rest == b""


def test_a_whole_grid_brings_its_maps_cut_alike(
    running: Running, truth: dict[str, np.ndarray]
) -> None:
    body = get(running, "dodsC/all.nc.dods?grid_i1[2:3:20][5:9]").content
    _, got, rest = dap2_numbers(body, np.dtype("i1"))
    np.testing.assert_array_equal(got, truth["grid_i1"][2:21:3, 5:10].ravel())
    for name, window in (("y", slice(2, 21, 3)), ("x", slice(5, 10))):
        _, got, rest = dap2_numbers(b"\nData:\n" + rest, np.dtype("f8"))
        np.testing.assert_array_equal(got, truth[name][window])
    assert rest == b""


def test_scalars_and_text(running: Running, truth: dict[str, np.ndarray]) -> None:
    def data(query: str) -> bytes:
        return get(running, f"dodsC/all.nc.dods?{query}").content.split(b"\nData:\n")[1]

    assert data("one_u1") == struct.pack(">I", truth["one_u1"])
    assert data("one_i1") == struct.pack(">i", truth["one_i1"])
    assert data("one_i2") == struct.pack(">i", truth["one_i2"])
    assert data("one_f8") == struct.pack(">d", truth["one_f8"])
    assert data("word") == b"\0\0\0\x05hello\0\0\0"
    assert data("letter") == b"\0\0\0\x01z\0\0\0"
    assert data("words[1:2]") == b"\0\0\0\x02\0\0\0\x01a\0\0\0\0\0\0\x04floe"
    assert data("letters[2:3:5]") == b"\0\0\0\x02\0\0\0\x04floe\0\0\0\x05back\\\0\0\0"
    assert len(WORDS) == struct.unpack(">I", data("words")[:4])[0]


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("nothing", 404, "There is no variable nothing"),
        ("grid_u2.n", 404, "There is no variable grid_u2.n"),
        ("x.x", 404, "There is no variable x.x"),
        ("grid_u2[0]", 400, "1 indices for 2 dimensions"),
        ("one_u2[0]", 400, "1 indices for 0 dimensions"),
        ("x[67]", 400, r"\[67\] is not within 0 to 66"),
        ("x[5:4]", 400, "not within"),
        ("x[0:0:4]", 400, "not within"),
        ("x[-1]", 400, r"not \[first:step:last\]"),
        ("x[0:1:2:3]", 400, r"not \[first:step:last\]"),
        ("x[" + "9" * 30 + "]", 400, r"not \[first:step:last\]"),
        ("x[0", 400, "not a variable with indices"),
        ("x[0]y", 400, "not a variable with indices"),
        (",", 400, "not a variable with indices"),
        ("x,x[0]", 400, "asked for twice"),
        ("x&x%3E3", 400, "Selections are for sequences"),
        ("%00", 404, "There is no variable"),
        ('a"b', 404, r'no variable a\\"b'),
    ],
)
def test_what_cannot_be_met_is_refused_in_words(
    running: Running, query: str, status: int, words: str
) -> None:
    for kind in ("dds", "dods"):
        reply = get(running, f"dodsC/all.nc.{kind}?{query}")
        assert reply.status_code == status
        assert reply.headers["content-description"] == "dods-error"
        assert reply.text.startswith(f'Error {{\n    code = {status};\n    message = "')
        assert reply.text.endswith('";\n};\n')
        assert re.search(words, reply.text)


def test_too_much_is_refused_by_status_or_in_the_body(path: Path) -> None:
    with serve(path.parent, limit_bytes=100) as server:
        reply = get(server, "dodsC/all.nc.dods?array_u2[0][0:50]")
        assert (reply.status_code, reply.text) == (403, "Request Too Large: 0.0 Mbytes, max=0.0001")
        # 50 values of 2 bytes are just allowed, though they travel as 200.
        assert get(server, "dodsC/all.nc.dods?array_u2[0][0:49]").status_code == 200
    with serve(path.parent, limit_bytes=100, limit_reply="body") as server:
        reply = get(server, "dodsC/all.nc.dods?array_u2")
        assert reply.status_code == 200
        assert reply.headers["content-description"] == "dods-error"
        assert 'code = 403;\n    message = "Request Too Large' in reply.text


def test_dap4_chunks_carry_every_variable_with_its_checksum(
    running: Running, truth: dict[str, np.ndarray]
) -> None:
    names = [name for name in truth if name not in ("words", "word", "letters", "letter")]
    query = ";".join(f"/{name}" for name in reversed(names))
    reply = get(running, f"dap4/all.nc.dap?dap4.ce={quote(query)}&dap4.checksum=true")
    chunks = dap4_chunks(reply.content)
    assert [flags for flags, _ in chunks] == [4] * (len(chunks) - 1) + [5]
    dmr = ET.fromstring(chunks[0][1])
    data = b"".join(content for _, content in chunks[1:])
    for element in [e for e in dmr if e.tag[len(DAP4) :] not in ("Dimension", "Attribute")]:
        want = truth[element.attrib["name"]]
        octets = want.astype(want.dtype.newbyteorder("<")).tobytes()
        assert data[: len(octets)] == octets, element.attrib["name"]
        end = len(octets) + 4
        assert struct.unpack("<I", data[len(octets) : end])[0] == zlib.crc32(octets)
        data = data[end:]
    assert data == b""


def test_dap4_says_that_no_checksum_follows(running: Running, truth: dict[str, np.ndarray]) -> None:
    reply = get(running, "dap4/all.nc.dap?dap4.ce=/cube[1][0:2:20][60:66];/word")
    chunks = dap4_chunks(reply.content)
    assert {flags for flags, _ in chunks[:-1]} == {4 | 8}
    assert chunks[-1] == (4 | 8 | 1, b"")
    data = b"".join(content for _, content in chunks[1:])
    word = struct.pack("<Q", 5) + b"hello"
    assert sorted((data[: -len(word)], data[-len(word) :])) == sorted(
        (truth["cube"][1:2, 0:21:2, 60:67].tobytes(), word)
    )
    lengths = re.findall(r'<Dim size="(\d+)"/>', chunks[0][1].decode())
    assert lengths == ["1", "11", "7"]


def test_dmr_is_complete_and_survives_any_text(running: Running) -> None:
    for kind in ("dmr", "dmr.xml"):
        root = ET.fromstring(get(running, f"dap4/all.nc.{kind}").content)
        assert root.attrib == {"name": "all.nc", "dapVersion": "4.0", "dmrVersion": "1.0"}
        title = root.find(f"{DAP4}Attribute[@name='title']/{DAP4}Value")
        assert title is not None
        assert title.attrib["value"] == TITLE
        grid = root.find(f"{DAP4}UInt16[@name='grid_u2']")
        assert grid is not None
        assert [e.attrib["name"] for e in grid.findall(f"{DAP4}Map")] == ["/y", "/x"]


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("dap4.ce=/nothing", 404, "no variable /nothing"),
        ("dap4.ce=/x[67]", 400, "not within"),
        ("dap4.ce=/x;/x", 400, "twice"),
        ("dap4.ce=/x|x>3", 404, "no variable"),
        ("dap4.ce=/y=[0:3]", 404, "no variable|not a variable"),
    ],
)
def test_dap4_refuses_in_xml(running: Running, query: str, status: int, words: str) -> None:
    reply = get(running, f"dap4/all.nc.dap?{query}")
    root = ET.fromstring(reply.content)
    assert (reply.status_code, root.tag) == (status, f"{DAP4}Error")
    assert root.attrib["httpcode"] == str(status)
    assert re.search(words, root[0].text or "")


def test_dap4_breaks_off_at_its_limit_with_an_error_chunk(tmp_path: Path) -> None:
    values = write_raster(tmp_path / "a.nc", size=2000)
    with serve(tmp_path, dap4_limit_bytes=4_000_000) as server:
        chunks = dap4_chunks(get(server, "dap4/a.nc.dap?dap4.checksum=true").content)
    assert chunks[-1][0] == 1 | 2 | 4
    assert ET.fromstring(chunks[-1][1])[0].text == "Attempt to read too much data: limit=4000000"
    data = b"".join(content for _, content in chunks[1:-1])
    assert 0 < len(data) <= 4_000_000
    assert values.tobytes().startswith(data)


def test_gzip_is_used_when_asked_for_and_allowed(running: Running, path: Path) -> None:
    place = "dodsC/all.nc.dods?cube"
    plain = get(running, place)
    packed = get(running, place, **{"accept-encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content
    refused = get(running, place, **{"accept-encoding": "gzip;q=0, identity"})
    assert "content-encoding" not in refused.headers
    with serve(path.parent, compress=False) as server:
        reply = get(server, place, **{"accept-encoding": "gzip"})
        assert "content-encoding" not in reply.headers

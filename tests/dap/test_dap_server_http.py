"""Addresses, validators, ranges, sign-in, and what must not be reachable."""

from __future__ import annotations

import http.client
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import requests
from dap_server_samples import write_raster

from icepair.dap.server import Running, Settings, serve
from icepair.errors import UsageError

CATALOGUE = "{http://www.unidata.ucar.edu/namespaces/thredds/InvCatalog/v1.0}"
KINDS = ("dodsC/a.nc.dds", "dodsC/a.nc.das", "dodsC/a.nc.dods?a[0][0]", "dap4/a.nc.dmr",
         "dap4/a.nc.dap?dap4.ce=/a[0][0]", "fileServer/a.nc")  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("outside")
    (root / "secret.nc").write_bytes(b"\x89HDF\r\n\x1a\nsecret")
    served = root / "served"
    for place in ("sub/deep", ".hidden", "empty"):
        (served / place).mkdir(parents=True)
    for place in ("a.nc", "sub/b & c.nc", "sub/deep/d.nc4", ".hidden/h.nc", ".e.nc"):
        write_raster(served / place, size=100)
    (served / "notes.txt").write_text("not data")
    (served / "fake.nc").write_text("not HDF5")
    (served / "out.nc").symlink_to(root / "secret.nc")
    (served / "up").symlink_to(root)
    (served / "same.nc").symlink_to(served / "a.nc")
    os.mkfifo(served / "pipe.nc")
    return served


@pytest.fixture(scope="module")
def running(folder: Path) -> Iterator[Running]:
    with serve(folder) as server:
        yield server


def raw(running: Running, target: str, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
    """Reply to a request line that no library has tidied."""
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=20)
    try:
        connection.putrequest(method, target, skip_accept_encoding=True)
        connection.endheaders()
        reply = connection.getresponse()
        headers = {name.lower(): value for name, value in reply.getheaders()}
        return reply.status, headers, reply.read()
    finally:
        connection.close()


def test_only_hdf5_inside_is_listed(running: Running) -> None:
    assert running.datasets == ("a.nc", "same.nc", "sub/b & c.nc", "sub/deep/d.nc4")


@pytest.mark.parametrize(
    "path",
    ["../secret.nc", "..%2fsecret.nc", "%2e%2e/secret.nc", "%2e%2e%2fsecret.nc", "%252e%252e/s.nc",
     "sub/../../secret.nc", "..\\secret.nc", "..%5csecret.nc", "%2f{root}/secret.nc",
     "/{root}/secret.nc", "up/secret.nc", "out.nc", ".hidden/h.nc", ".e.nc", "a.nc%00", "%00.nc",
     "sub//deep/d.nc4", "./a.nc", "notes.txt", "fake.nc", "pipe.nc", "sub", "sub.nc", "",
     "a" * 4000 + ".nc", "%ff%fe.nc", "a.nc/"],
)  # fmt: skip
def test_nothing_else_can_be_reached(running: Running, folder: Path, path: str) -> None:
    target = path.replace("{root}", str(folder.parent))
    for place in (f"/dodsC/{target}.dds", f"/dap4/{target}.dmr", f"/fileServer/{target}"):
        status, _, body = raw(running, place)
        assert status in (400, 404), place
        assert b"secret\n" not in body
        assert b"HDF" not in body


def test_a_link_that_stays_inside_is_served(running: Running) -> None:
    assert raw(running, "/dodsC/same.nc.dds")[0] == 200


@pytest.mark.parametrize("place", KINDS)
def test_every_reply_carries_validators_and_honours_them(running: Running, place: str) -> None:
    first = requests.get(f"{running.url}/{place}", timeout=20)
    tag, date = first.headers["etag"], first.headers["last-modified"]
    for headers, status in (
        ({"if-none-match": tag}, 304),
        ({"if-none-match": f'"other", W/{tag}'}, 304),
        ({"if-none-match": '"other"', "if-modified-since": date}, 200),
        ({"if-modified-since": date}, 304),
        ({"if-modified-since": "Thu, 01 Jan 1970 00:00:00 GMT"}, 200),
        ({"if-modified-since": "nonsense"}, 200),
    ):
        reply = requests.get(f"{running.url}/{place}", headers=headers, timeout=20)
        assert reply.status_code == status, headers
        assert reply.headers["etag"] == tag
        assert bool(reply.content) == (status == 200)


@pytest.mark.parametrize("place", KINDS)
def test_head_is_get_without_a_body_and_nothing_else_is_allowed(
    running: Running, place: str
) -> None:
    status, headers, body = raw(running, f"/{place}", "HEAD")
    _, expected, _ = raw(running, f"/{place}")
    assert (status, body) == (200, b"")
    assert headers["etag"] == expected["etag"]
    assert headers["content-type"] == expected["content-type"]
    for method in ("POST", "PUT", "DELETE"):
        assert raw(running, f"/{place}", method)[0] == 405


def test_data_is_chunked_without_a_length(running: Running) -> None:
    for place in KINDS[:-1]:
        _, headers, _ = raw(running, f"/{place}")
        assert "content-length" not in headers
        assert headers["transfer-encoding"] == "chunked"


@pytest.mark.parametrize(
    ("header", "status", "part"),
    [
        ("bytes=0-0", 206, slice(0, 1)),
        ("bytes=10-19", 206, slice(10, 20)),
        ("bytes=100-", 206, slice(100, None)),
        ("bytes=-7", 206, slice(-7, None)),
        ("bytes=5-99999999999", 206, slice(5, None)),
        ("bytes=9-3", 200, slice(None)),
        ("bytes=0-1,5-6", 200, slice(None)),
        ("bytes=-", 200, slice(None)),
        ("lines=1-2", 200, slice(None)),
    ],
)
def test_ranges_of_a_file(
    running: Running, folder: Path, header: str, status: int, part: slice
) -> None:
    octets = (folder / "a.nc").read_bytes()
    reply = requests.get(f"{running.url}/fileServer/a.nc", headers={"range": header}, timeout=20)
    assert (reply.status_code, reply.content) == (status, octets[part])
    assert reply.headers["content-length"] == str(len(octets[part]))
    if status == 206:
        first, stop, _ = part.indices(len(octets))
        assert reply.headers["content-range"] == f"bytes {first}-{stop - 1}/{len(octets)}"


def test_a_range_beyond_the_end_and_of_another_version(running: Running, folder: Path) -> None:
    size = (folder / "a.nc").stat().st_size
    address = f"{running.url}/fileServer/a.nc"
    beyond = requests.get(address, headers={"range": f"bytes={size}-"}, timeout=20)
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{size}")
    other = {"range": "bytes=0-9", "if-range": '"other"'}
    assert requests.get(address, headers=other, timeout=20).status_code == 200
    same = other | {"if-range": beyond.headers.get("etag", requests.head(address).headers["etag"])}
    assert requests.get(address, headers=same, timeout=20).status_code == 206


def test_catalogues_lead_to_every_dataset(running: Running) -> None:
    def walk(address: str) -> list[str]:
        root = ET.fromstring(requests.get(running.url + address, timeout=20).content)
        assert root.attrib["version"] == "1.0.1"
        found = [
            e.attrib["urlPath"] for e in root.iter(f"{CATALOGUE}dataset") if "urlPath" in e.attrib
        ]
        bases = {
            e.attrib["serviceType"]: e.attrib["base"] for e in root.iter(f"{CATALOGUE}service")
        }
        for path in found:
            for kind, suffix in (("OPENDAP", ".dds"), ("DAP4", ".dmr"), ("HTTPServer", "")):
                assert raw(running, bases[kind] + path + suffix)[0] == 200
        links = [
            e.attrib["{http://www.w3.org/1999/xlink}href"]
            for e in root.iter(f"{CATALOGUE}catalogRef")
        ]
        return found + [path for link in links for path in walk(link)]

    assert walk("/catalog.xml") == ["a.nc", "same.nc", "sub/b%20%26%20c.nc", "sub/deep/d.nc4"]
    for missing in ("nix", ".hidden", "up", "..", "a.nc"):
        assert raw(running, f"/catalog/{missing}/catalog.xml")[0] == 404


def test_pages_for_people(running: Running) -> None:
    front = requests.get(running.url, timeout=20)
    assert front.headers["content-type"] == "text/html; charset=utf-8"
    assert "sub/b &amp; c.nc" in front.text
    for place in ("dodsC/a.nc.html", "dodsC/a.nc", "dap4/a.nc"):
        page = requests.get(f"{running.url}/{place}", timeout=20)
        assert "<td>line = 100, sample = 100</td>" in page.text
    assert requests.get(f"{running.url}/dodsC/a.nc.asc", timeout=20).status_code == 400
    assert requests.get(f"{running.url}/elsewhere", timeout=20).status_code == 404


def test_nobody_enters_without_signing_in(folder: Path) -> None:
    with serve(folder, sign_in=("anna", "sécret:1")) as server:
        for place in ("", "catalog.xml", "elsewhere", *KINDS):
            address = f"{server.url}/{place}"
            refused = requests.get(address, timeout=20)
            assert refused.status_code == 401
            assert refused.headers["www-authenticate"].startswith('Basic realm="icepair"')
            for wrong in (("anna", "secret"), ("Anna", "sécret:1"), ("anna", "")):
                assert requests.get(address, auth=wrong, timeout=20).status_code == 401
            right = (b"anna", "sécret:1".encode())
            allowed = requests.get(address, auth=right, timeout=20).status_code
            assert allowed == (404 if place == "elsewhere" else 200)
        bearer = {"authorization": "Bearer x"}
        assert requests.get(server.url, headers=bearer, timeout=20).status_code == 401


def test_long_requests_are_refused(running: Running) -> None:
    assert raw(running, "/dodsC/a.nc.dds?" + "a," * 31_000)[0] in (400, 414)
    connection = socket.create_connection(("127.0.0.1", running.port), timeout=20)
    with connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 20_000)
        assert connection.recv(100).startswith(b"HTTP/1.1 4")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"limit_bytes": 0}, "limit_bytes is 0, expected more than 0"),
        ({"limit_reply": "shrug"}, "limit_reply is 'shrug', expected status or body"),
        ({"sign_in": ("anna", "")}, "neither of them empty"),
        ({"port": 70_000}, "port 70000"),
        ({"host": "256.0.0.1"}, "Cannot listen on 256.0.0.1"),
    ],
)
def test_settings_that_make_no_sense(
    tmp_path: Path, settings: dict[str, object], words: str
) -> None:
    with pytest.raises(UsageError, match=words), serve(tmp_path, **settings):  # type: ignore[arg-type]
        pass


def test_a_taken_port_and_a_missing_folder(running: Running, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Choose another port"), serve(tmp_path, port=running.port):
        pass
    with pytest.raises(UsageError, match="There is no folder"), serve(tmp_path / "nix"):
        pass


def test_the_password_is_not_printed() -> None:
    assert "geheim" not in repr(Settings(sign_in=("anna", "geheim")))


def test_it_stops_even_with_connections_open(tmp_path: Path) -> None:
    with serve(tmp_path) as server:
        idle = socket.create_connection(("127.0.0.1", server.port))
        half = socket.create_connection(("127.0.0.1", server.port))
        half.sendall(b"GET / HT")
    for connection in (idle, half):
        connection.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port))

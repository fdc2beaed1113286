"""The proxy and the link do what they say: seen from a raw socket, before a server of no habits."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import http.server
import socket
import threading
import time
import zlib
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from icepair.testing import faults
from icepair.testing.faults import FaultProxy
from icepair.testing.link import Link

BODY = b"\x04\x00\x01\x00" + bytes(range(256)) * 64
"""Begins like a chunk of DAP4: flags, then a length of 256."""
STAMP = "Mon, 01 Jan 2024 00:00:00 GMT"


class Echo(http.server.BaseHTTPRequestHandler):
    """Answers `.dods` with `BODY` in chunks, anything else with its own target and a length."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        chunked = ".dods" in self.path
        body = BODY if chunked else self.path.encode()
        self.send_response(200)
        self.send_header("Last-Modified", STAMP)
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
            body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
        else:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: object) -> None:
        pass


@pytest.fixture(scope="module")
def upstream() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture
def proxy(upstream: str) -> Iterator[FaultProxy]:
    with FaultProxy(upstream) as running:
        yield running


def exchange(proxy: FaultProxy, target: str) -> tuple[bytes, bytes, str]:
    """Head and raw body of one request, and how the connection ended: ``end`` or ``reset``."""
    received = b""
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=10) as client:
        client.sendall(f"GET {target} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n".encode())
        try:
            while piece := client.recv(65536):
                received += piece
            ending = "end"
        except ConnectionResetError:
            ending = "reset"
    head, _, body = received.partition(b"\r\n\r\n")
    return head, body, ending


def get(url: str) -> tuple[int, bytes]:
    parts = urlsplit(url)
    client = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=10)
    with contextlib.closing(client):
        client.request("GET", url.removeprefix(f"http://{parts.netloc}"))
        reply = client.getresponse()
        return reply.status, reply.read()


def test_what_no_switch_takes_passes_unchanged(proxy: FaultProxy) -> None:
    assert get(f"{proxy.url}/a.nc.dods?v") == (200, BODY)
    assert get(f"{proxy.url}/a.nc.dds") == (200, b"/a.nc.dds")
    assert proxy.requests == 2
    assert [request.kind for request in proxy.seen] == ["data", "dds"]
    assert proxy.bytes_down == len(BODY) + len(b"/a.nc.dds")


def test_a_switch_takes_the_requests_it_is_meant_for(proxy: FaultProxy) -> None:
    switch = proxy.arm(faults.not_found(), on=faults.asks_for("das"), skip=1, times=2)
    asked = [get(f"{proxy.url}/a.nc.{kind}")[0] for kind in ("das", "dds", "das", "das", "das")]
    assert asked == [200, 200, 404, 404, 200]
    assert switch.hits == 2


def test_always_lasts_until_disarmed(proxy: FaultProxy) -> None:
    proxy.arm(faults.busy(429, retry_after="3"), times=None)
    assert [get(f"{proxy.url}/a.nc.dods")[0] for _ in range(3)] == [429] * 3
    proxy.disarm()
    assert get(f"{proxy.url}/a.nc.dods") == (200, BODY)


def test_cut_short_ends_in_good_order_and_without_the_rest(proxy: FaultProxy) -> None:
    proxy.arm(faults.CutShort(0.5, framing="length"))
    head, body, ending = exchange(proxy, "/a.dods")
    assert f"content-length: {len(BODY)}".encode() in head
    assert (body, ending) == (BODY[: len(BODY) // 2], "end")


def test_cut_short_can_be_invisible_to_http(proxy: FaultProxy) -> None:
    proxy.arm(faults.CutShort(0.5, framing="close"))
    assert get(f"{proxy.url}/a.dods") == (200, BODY[: len(BODY) // 2])


def test_reset_is_one(proxy: FaultProxy) -> None:
    proxy.arm(faults.Reset())
    assert exchange(proxy, "/a.dods")[2] == "reset"


def test_last_chunk_missing_sends_every_byte_but_those(proxy: FaultProxy) -> None:
    whole = exchange(proxy, "/a.dods")[1]
    proxy.arm(faults.LastChunkMissing())
    assert exchange(proxy, "/a.dods")[1] == whole.removesuffix(b"0\r\n\r\n") != whole


@pytest.mark.parametrize("by", [-100, 100])
def test_wrong_length_is_wrong_in_the_header_alone(proxy: FaultProxy, by: int) -> None:
    proxy.arm(faults.WrongLength(by))
    head, body, _ = exchange(proxy, "/a.dods")
    assert f"content-length: {len(BODY) + by}".encode() in head
    assert body == BODY


@pytest.mark.parametrize(
    ("damage", "words"),
    [("crc", "CRC check failed"), ("trailer", "ended before"), ("cut", "ended")],
)
def test_bad_gzip_is_bad(proxy: FaultProxy, damage: str, words: str) -> None:
    proxy.arm(faults.BadGzip(damage))
    body = get(f"{proxy.url}/a.dods")[1]
    with pytest.raises((EOFError, gzip.BadGzipFile, zlib.error), match=words):
        gzip.decompress(body)


@pytest.mark.parametrize("mishap", [faults.Stall(0.3), faults.Silence(0.3)])
def test_silence_ends_in_the_whole_answer(proxy: FaultProxy, mishap: faults.Mishap) -> None:
    proxy.arm(mishap)
    begin = time.monotonic()
    assert get(f"{proxy.url}/a.dods") == (200, BODY)
    assert time.monotonic() - begin >= 0.3


def test_drip_comes_slowly(proxy: FaultProxy) -> None:
    proxy.arm(faults.Drip(len(BODY) / 0.4))
    begin = time.monotonic()
    assert get(f"{proxy.url}/a.dods") == (200, BODY)
    assert time.monotonic() - begin >= 0.35


def test_gone_refuses_connections_and_comes_back(proxy: FaultProxy) -> None:
    proxy.arm(faults.Gone(0.3))
    assert exchange(proxy, "/a.dods") == (b"", b"", "end")
    with pytest.raises(ConnectionRefusedError, match="refused"):
        get(f"{proxy.url}/a.dods")
    time.sleep(0.6)
    assert get(f"{proxy.url}/a.dods") == (200, BODY)


def test_contents_are_changed_as_told(proxy: FaultProxy) -> None:
    for mishap in (faults.FlippedBit(10, 3), faults.ExtraBytes(4), faults.DuplicateBlock(100)):
        proxy.arm(mishap)
    flipped, longer, doubled = (get(f"{proxy.url}/a.dods")[1] for _ in range(3))
    assert [i for i in range(len(BODY)) if flipped[i] != BODY[i]] == [10]
    assert flipped[10] ^ BODY[10] == 8
    assert longer == BODY + bytes(4)
    middle = len(BODY) // 2
    assert doubled == BODY[:middle] + BODY[middle - 100 :]


@pytest.mark.parametrize(
    ("mishap", "asked", "forwarded"),
    [
        (faults.AnotherWindow(50), "/a.dds?v[0:1:9][5:1:6],w[3]", "v[50:1:59][5:1:6],w[53]"),
        (faults.AnotherWindow(50), "/a.dds?v%5B10:19%5D", "v[60:69]"),
        (faults.Reordered(), "/a.dds?v[0:1:9],w[3]", "w[3],v[0:1:9]"),
        (
            faults.Reordered(),
            "/a.dds?dap4.ce=/v[0:1:9];/w[3]&dap4.checksum=true",
            "dap4.ce=/w[3];/v[0:1:9]&dap4.checksum=true",
        ),
        (faults.WithoutChecksums(), "/a.dds?dap4.ce=/v[3]&dap4.checksum=true", "dap4.ce=/v[3]"),
    ],
)
def test_another_question_goes_to_the_server(
    proxy: FaultProxy, mishap: faults.Mishap, asked: str, forwarded: str
) -> None:
    proxy.arm(mishap, on=faults.asks_for("dds"))
    told = get(proxy.url + asked)[1].decode()
    assert faults.Request("GET", told, {}).query == forwarded


def test_an_old_reply_answers_a_new_question(proxy: FaultProxy) -> None:
    get(f"{proxy.url}/a.dds?first")
    proxy.arm(faults.old_reply(proxy.answers["dds"]), on=faults.asks_for("dds"))
    assert get(f"{proxy.url}/a.dds?second")[1] == b"/a.dds?first"


def test_stamps_and_texts_are_replaced(proxy: FaultProxy) -> None:
    proxy.arm(faults.Restamped(), on=faults.asks_for("dds"))
    head = exchange(proxy, "/a.dds")[0]
    assert b"2033" in head
    assert STAMP.encode() not in head
    proxy.arm(faults.Rewritten(rb"n.", b"xx"), on=faults.asks_for("dds"))
    assert get(f"{proxy.url}/a.nc.dds")[1] == b"/a.xx.dds"


def test_an_error_chunk_follows_the_first_chunk(proxy: FaultProxy) -> None:
    proxy.arm(faults.ErrorChunk("too much"))
    body = get(f"{proxy.url}/a.dods")[1]
    first = 4 + int.from_bytes(BODY[1:4], "big")
    assert body[4:first] == BODY[4:first]
    assert body[first] & 3 == 3
    assert b"<Message>too much</Message>" in body


def test_two_connections_share_the_rate_of_a_link(upstream: str) -> None:
    with Link(upstream, there_s=0.05, back_s=0.05, bits_per_s=8 * len(BODY) / 0.2) as link:
        begin = time.monotonic()
        threads = [
            threading.Thread(target=lambda: replies.append(get(f"{link.url}/a.dods")))
            for _ in range(3)
        ]
        replies: list[tuple[int, bytes]] = []
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        elapsed = time.monotonic() - begin
    assert replies == [(200, BODY)] * 3
    assert elapsed >= 3 * 0.2 + 0.1

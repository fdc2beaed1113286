"""Each way in which a reply can go wrong, from a real socket: right bytes, or one error."""

from __future__ import annotations

import gzip
import logging
import re
import socket
import threading
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from scripted_server import CLOSE, RESET, Answer, ScriptedServer, chunked, reply

from icepair import _stop
from icepair.dap.fault import Fault, TooLargeFault
from icepair.dap.http import transport as transport_module
from icepair.dap.http.job import Job
from icepair.dap.http.retrying import Budget
from icepair.dap.http.transport import Meter, Reply, Transport
from icepair.errors import BrokenReplyError, RefusedError, RemoteError, UnreachableError, UsageError
from icepair.options import Options

QUICK = Options(
    read_timeout_s=0.3, request_timeout_s=5.0, connect_timeout_s=2.0, backoff_s=0.01, attempts=3
)
DATA = bytes(range(256)) * 40
ABOUT = "s2_b03[0:10, 0:20]"


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(transport_module, "_budget", Budget())
    monkeypatch.setenv("NETRC", str(tmp_path / "no-netrc"))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def everything(got: Reply) -> bytes:
    piece, body = bytearray(1000), b""
    while count := got.source.readinto(piece):
        body += piece[:count]
    return body


def fetched(
    server: ScriptedServer, options: Options = QUICK, meter: Meter | None = None, **more: object
) -> bytes:
    meter = meter or Meter()
    transport = Transport(f"{server.url}/data.nc", options, meter)
    try:
        return transport.fetch(f"{server.url}/data.nc.dods?b", everything, about=ABOUT, **more)  # type: ignore[arg-type]
    finally:
        transport.close()


def failing(
    kind: type[RemoteError], *answers: Answer, options: Options = QUICK, what: str = ""
) -> tuple[str, ScriptedServer]:
    """Message of the error that these answers end in, and the server that gave them."""
    with ScriptedServer(*answers) as server:
        with pytest.raises(kind, match=rf"s2_b03\[0:10, 0:20\]: .*{what}") as caught:
            fetched(server, options)
        assert type(caught.value) is kind
        assert caught.value.__cause__ is None
        assert caught.value.__context__ is None
        assert f"{server.url}/data.nc, " in str(caught.value)
        return str(caught.value), server


UNTIL_CLOSE = [b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + DATA, CLOSE]


@pytest.mark.parametrize(
    "answer",
    [reply(DATA), chunked(DATA), chunked(DATA[:1], DATA[1:77], DATA[77:]), UNTIL_CLOSE],
    ids=["length", "one chunk", "chunks", "until close"],
)
def test_whole_replies(answer: Answer) -> None:
    meter = Meter()
    with ScriptedServer(answer) as server:
        assert fetched(server, meter=meter) == DATA
    assert (meter.bytes, meter.requests) == (len(DATA), 1)
    assert meter.seconds > 0
    assert server.asked[0].headers["accept-encoding"] == "identity"


def cut(answer: list[object], left: int) -> list[object]:
    return [answer[0][:-left], CLOSE]  # type: ignore[index]


SQUEEZED = gzip.compress(DATA)
WRONG_SUM = SQUEEZED[:-8] + bytes([SQUEEZED[-8] ^ 1]) + SQUEEZED[-7:]
BROKEN = {
    "cut short of its length": (cut(reply(DATA), 100), "ended after 10140 of 10240 bytes"),
    "cut in a chunk": (cut(chunked(DATA), 300), "ended after 9947 bytes"),
    "reset": ([reply(DATA)[0][:900], RESET], "broke after|no answer"),  # type: ignore[index]
    "last chunk missing": ([*chunked(DATA, end=b""), CLOSE], "ended after 10240 bytes"),
    "no such chunk": ([*chunked(DATA, end=b"zz\r\n"), CLOSE], "ended after 10240 bytes"),
    "gzip checksum": (reply(WRONG_SUM, Content_Encoding="gzip"), "incorrect data check"),
    "gzip trailer": (reply(SQUEEZED[:-4], Content_Encoding="gzip"), "without its checksum"),
    "gzip garbage": (reply(SQUEEZED + b"more", Content_Encoding="gzip"), "damaged"),
    "no gzip": (reply(DATA, Content_Encoding="gzip"), "damaged"),
    "strange length": (
        [b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n" + DATA, CLOSE],
        "announces a length of '-5'",
    ),
    "two lengths": (
        [b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n" + DATA, CLOSE],
        "length|no answer",
    ),
    "nonsense": ([b"SSH-2.0-what\r\n\r\n", CLOSE], "no answer"),
    "closed at once": ([CLOSE], "no answer"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_once_is_repaired(name: str) -> None:
    meter = Meter()
    with ScriptedServer(BROKEN[name][0], reply(DATA)) as server:
        assert fetched(server, meter=meter) == DATA
        assert len(server.asked) == 2
    assert meter.requests == 2
    assert meter.bytes >= len(DATA)


@pytest.mark.parametrize("name", BROKEN)
def test_broken_always_is_one_error(name: str) -> None:
    answer, what = BROKEN[name]
    kind = UnreachableError if name in ("nonsense", "closed at once") else BrokenReplyError
    if name in ("reset", "two lengths"):
        kind = None
    with ScriptedServer(answer) as server:
        with pytest.raises(kind or RemoteError, match=what) as caught:
            fetched(server)
        assert "(3 tries)" in str(caught.value)
        assert len(server.asked) == 3


def test_a_reply_cut_anywhere_is_never_taken_for_whole() -> None:
    small = gzip.compress(b"values of a window")
    # Once the zero of the last chunk is there nothing is missing but the end of its line.
    for answer, end in (
        (reply(small, Content_Encoding="gzip"), b""),
        (chunked(small, Content_Encoding="gzip"), b"0\r\n\r\n"),
    ):
        whole = answer[0]
        assert isinstance(whole, bytes)
        body = whole.index(b"\r\n\r\n") + 4
        answers = [[whole[:stop], CLOSE] for stop in range(body, len(whole) - len(end))]
        with ScriptedServer(*answers) as server:
            transport = Transport(server.url, replace(QUICK, attempts=1), Meter())
            for _ in answers:
                with pytest.raises(BrokenReplyError, match="ended"):
                    transport.fetch(server.url, everything, about=ABOUT)


@pytest.mark.parametrize(
    "squeezed", [SQUEEZED, gzip.compress(DATA[:99]) + gzip.compress(DATA[99:])]
)
def test_compressed_when_wanted(squeezed: bytes) -> None:
    meter = Meter()
    with ScriptedServer(chunked(squeezed, Content_Encoding="gzip")) as server:
        assert fetched(server, replace(QUICK, compress=True), meter) == DATA
    assert server.asked[0].headers["accept-encoding"] == "gzip"
    assert meter.bytes == len(squeezed)


def test_a_bomb_is_inflated_no_further_than_read() -> None:
    bomb = gzip.compress(bytes(50_000_000), 1)

    def first(got: Reply) -> int:
        most = max(got.source.readinto(bytearray(5000)) for _ in range(10))
        raise Fault(f"took {most}", again=False)

    with ScriptedServer(reply(bomb, Content_Encoding="gzip")) as server:
        started = time.monotonic()
        with pytest.raises(BrokenReplyError, match="took 5000"):
            Transport(server.url, QUICK, Meter()).fetch(server.url, first, about=ABOUT)
        assert time.monotonic() - started < 1


def test_an_encoding_that_was_not_asked_for() -> None:
    said, server = failing(BrokenReplyError, reply(zlib.compress(DATA), Content_Encoding="deflate"))
    assert "encoded as 'deflate'" in said
    assert len(server.asked) == 1


HEAD = f"HTTP/1.1 200 OK\r\nContent-Length: {len(DATA)}\r\n\r\n".encode()
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
SILENT = {
    "in the body": ([HEAD + DATA[:120], 3.0], "nothing arrived for 0.3 s, after 120 of 10240"),
    "before the headers": ([3.0], "no answer within 0.3 s"),
    "headers that drip": ([b"HTTP/1.1 200 OK\r\n", *[b"A: b\r\n", 0.1] * 20], "no answer within"),
    "a head of a chunk that drips": (
        [CHUNKED + b"5;", *[b"a", 0.1] * 40],
        "nothing arrived for 0.3 s, after 0 bytes",
    ),
    "trailers that drip": (
        [CHUNKED + b"2\r\nab\r\n0\r\n", *[b"A: b\r\n", 0.1] * 40],
        "nothing arrived for 0.3 s, after 2 bytes",
    ),
    "a body that drips": ([HEAD, *[b"12", 0.05] * 40], "crept along at .* fewer than 1000"),
}


@pytest.mark.parametrize("name", SILENT)
def test_silence_is_tried_twice_and_no_more(name: str) -> None:
    answer, what = SILENT[name]
    started = time.monotonic()
    with ScriptedServer(answer) as server:
        with pytest.raises(UnreachableError, match=what) as caught:
            fetched(server, replace(QUICK, attempts=5))
        assert "(2 tries)" in str(caught.value)
        assert "ICEPAIR_READ_TIMEOUT_S" in str(caught.value)
        assert len(server.asked) == 2
    assert time.monotonic() - started < 2.5


def test_a_whole_request_has_its_time() -> None:
    options = replace(QUICK, request_timeout_s=0.2, least_bytes_per_s=1.0, attempts=1)
    with (
        ScriptedServer([HEAD, *[DATA[:100], 0.04] * 40]) as server,
        pytest.raises(UnreachableError, match=r"not complete after 0.2 s, but had"),
    ):
        fetched(server, options)


def test_a_whole_request_has_its_time_within_one_read_too() -> None:
    options = replace(QUICK, request_timeout_s=0.4, read_timeout_s=5.0, attempts=1)
    started = time.monotonic()
    with (
        ScriptedServer([CHUNKED + b"5;", *[b"a", 0.1] * 40]) as server,
        pytest.raises(UnreachableError, match=r"not complete after 0.4 s, but had 0 bytes"),
    ):
        fetched(server, options)
    assert time.monotonic() - started < 2


def test_a_consumer_may_take_its_time() -> None:
    def slowly(got: Reply) -> int:
        time.sleep(0.4)
        return len(everything(got))

    with ScriptedServer(reply(DATA)) as server:
        transport = Transport(server.url, QUICK, Meter())
        assert transport.fetch(server.url, slowly, about=ABOUT) == len(DATA)


def test_slow_but_steady_is_good_enough() -> None:
    answer = [HEAD, *[step for start in range(0, len(DATA), 640)
                      for step in (DATA[start : start + 640], 0.05)]]  # fmt: skip
    with ScriptedServer(answer) as server:
        assert fetched(server) == DATA
        assert len(server.asked) == 1


def test_what_failed_once_never_looks_like_an_end() -> None:
    found: list[str] = []

    def stubborn(got: Reply) -> int:
        for _ in range(3):
            try:
                everything(got)
            except Fault as fault:
                found.append(fault.what)
        return got.source.readinto(bytearray())

    with ScriptedServer([HEAD + DATA[:1200], CLOSE]) as server:
        transport = Transport(server.url, replace(QUICK, attempts=1), Meter())
        with pytest.raises(BrokenReplyError, match="ended after 1200 of 10240"):
            transport.fetch(server.url, stubborn, about="x")
    assert found == ["the reply ended after 1200 of 10240 bytes"] * 3


def test_an_empty_body_needs_no_trailer() -> None:
    with ScriptedServer(reply(b"", Content_Encoding="gzip")) as server:
        assert fetched(server) == b""


def test_the_expected_size_helps_where_none_is_announced() -> None:
    with (
        ScriptedServer([*chunked(DATA, end=b""), CLOSE]) as server,
        pytest.raises(BrokenReplyError, match="after 10240 of about 99999 bytes"),
    ):
        fetched(server, expected_bytes=99_999)


@pytest.mark.parametrize("status", ["500 A", "502 B", "503 C", "504 D", "429 E", "408 F"])
def test_passing_trouble_is_waited_for(status: str) -> None:
    with ScriptedServer(reply(b"wait", status), reply(DATA)) as server:
        assert fetched(server) == DATA


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 406, 410, 416, 501, 505, 204])
def test_final_answers_are_not_asked_for_again(status: int) -> None:
    said, server = failing(RefusedError, reply(b"Really <b>not</b>.", f"{status} No"))
    assert f"status {status}" in said
    assert len(server.asked) == 1
    if status != 204:
        assert "The server said: 'Really" in said
    assert " tries)" not in said


def test_a_strange_status_without_words() -> None:
    answer = [b"HTTP/1.1 599 X\r\nContent-Length: 50\r\n\r\nbusy", CLOSE]
    said, server = failing(RefusedError, answer)
    assert "refused with status 599 (3 tries). Try again later" in said
    assert len(server.asked) == 3


def test_a_server_that_stays_busy() -> None:
    said, server = failing(RefusedError, reply(b"Overloaded, sorry", "503 Busy"))
    assert "503 Service Unavailable (3 tries). The server said: 'Overloaded, sorry'." in said
    assert "Try again later" in said
    assert len(server.asked) == 3


def test_retry_after_is_obeyed() -> None:
    with ScriptedServer(reply(b"", "503 Busy", Retry_After="1"), reply(DATA)) as server:
        started = time.monotonic()
        assert fetched(server) == DATA
        assert time.monotonic() - started >= 1


def test_retry_after_an_hour_is_not_waited_for() -> None:
    said, server = failing(RefusedError, reply(b"", "503 Busy", Retry_After="3600"))
    assert "No further try: the server asks to come back in 60 min. Try again later" in said
    assert len(server.asked) == 1


TOO_LARGE = b'Error {\n code = 403;\n message = "Request Too Large: 600 MB, limit 500 MB";\n};'


@pytest.mark.parametrize("status", ["403 No", "400 No", "500 No", "413 No"])
def test_too_large_is_left_to_the_caller(status: str) -> None:
    with ScriptedServer(reply(TOO_LARGE, status)) as server:
        with pytest.raises(TooLargeFault, match="refused with status") as caught:
            fetched(server)
        assert "limit 500 MB" in caught.value.words
        assert len(server.asked) == 1


def test_a_web_page_is_no_data() -> None:
    page = b"<!DOCTYPE html>\n<html><head><style>p{}</style></head>Please sign in</html>"
    said, server = failing(BrokenReplyError, reply(page, Content_Type="text/plain"))
    assert "a web page in place of data. The server said: 'Please sign in'." in said
    assert "it may ask to sign in" in said
    assert len(server.asked) == 1


def test_xml_that_calls_itself_html_is_a_page() -> None:
    body = b'<?xml version="1.0"?><p>Maintenance, please try again</p>'
    with ScriptedServer(reply(body, Content_Type="text/html"), reply(body)) as server:
        assert fetched(server) == body
        assert len(server.asked) == 2


def test_more_bytes_than_expected() -> None:
    def some(got: Reply) -> int:
        return got.source.readinto(bytearray(100))

    with ScriptedServer(reply(DATA[:150]), reply(DATA[:100])) as server:
        assert Transport(server.url, QUICK, Meter()).fetch(server.url, some, about=ABOUT) == 100
        assert len(server.asked) == 2
    with (
        ScriptedServer(reply(DATA[:150])) as server,
        pytest.raises(BrokenReplyError, match="goes on for 50 bytes after its expected end"),
    ):
        Transport(server.url, QUICK, Meter()).fetch(server.url, some, about=ABOUT)


def test_what_the_consumer_finds_is_tried_again() -> None:
    seen = []

    def picky(got: Reply) -> bytes:
        seen.append(everything(got))
        if len(seen) < 3:
            raise Fault("the counts disagree")
        return seen[-1]

    with ScriptedServer(reply(b"ab"), reply(b"cd"), reply(b"ef")) as server:
        assert Transport(server.url, QUICK, Meter()).fetch(server.url, picky, about="x") == b"ef"
    assert seen == [b"ab", b"cd", b"ef"]


@pytest.mark.parametrize("status", ["304 Not Modified", "206 Part"])
def test_what_was_not_asked_for_is_refused(status: str) -> None:
    failing(RefusedError, reply(b"", status), what=status[:3])


@pytest.mark.parametrize(
    ("fault", "advice"),
    [
        (Fault("x"), "Try again; if it goes on, the server or a proxy on the way cuts or"),
        (Fault("x", words="disk on fire"), "'disk on fire'. Try again later, or tell the server"),
        (Fault("x", again=False), "Another try would end the same; check the address, or tell"),
        (Fault("x", again=False, words="no"), "'no'. Another try would end the same"),
        (Fault("x", again=False, kind=UnreachableError), "Check the address and the network."),
        (Fault("x", kind=UnreachableError), "the network, or try again later."),
        (Fault("x", again=False, advice="Sing."), "x. Sing."),
    ],
)
def test_the_advice_fits_the_fault(fault: Fault, advice: str) -> None:
    def refusing(got: Reply) -> None:
        raise fault

    with ScriptedServer(reply(DATA)) as server:
        transport = Transport(server.url, replace(QUICK, attempts=1), Meter())
        with pytest.raises(fault.kind, match=re.escape(advice)):
            transport.fetch(server.url, refusing, about="x")


def test_nobody_listens() -> None:
    with ScriptedServer([CLOSE]) as server:
        address = server.url
    with pytest.raises(UnreachableError, match=r"no answer .*refused, ECONNREFUSED\) \(3 tries"):
        Transport(address, QUICK, Meter()).fetch(address, everything, about="x")


def test_nobody_accepts() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        port = full.getsockname()[1]
        others = [socket.socket() for _ in range(4)]
        for each in others:
            each.setblocking(False)
            each.connect_ex(("127.0.0.1", port))
        options = replace(QUICK, connect_timeout_s=0.2, attempts=1)
        address = f"http://127.0.0.1:{port}"
        with pytest.raises(UnreachableError, match=r"no connection to .* within 0\.2 s"):
            Transport(address, options, Meter()).fetch(address, everything, about="x")
        for each in others:
            each.close()


def test_no_such_host() -> None:
    address = "http://icepair.invalid/data.nc"
    with pytest.raises(UnreachableError, match=r"icepair.invalid"):
        Transport(address, QUICK, Meter()).fetch(address, everything, about="x")


@pytest.mark.parametrize(
    "address", ["ftp://host/x", "https://", "data.nc", "http://host:port/x", "http://a b/x",
                "http://[::1/x", "https://user:pa/ss@host:99999/x", "http://host/\x00"],
)  # fmt: skip
def test_addresses_that_are_none(address: str) -> None:
    with pytest.raises(UsageError, match="no address") as caught:
        Transport(address, QUICK, Meter())
    assert "pa/ss" not in str(caught.value)


def test_the_budget_of_the_process_ends_all_patience() -> None:
    options = replace(QUICK, retry_budget=3, attempts=5)
    with ScriptedServer(reply(b"", "503 Busy")) as server:
        with pytest.raises(RefusedError, match=r"\(4 tries\).*further try: 3 to http.* have le"):
            fetched(server, options)
        with pytest.raises(RefusedError, match=r"ICEPAIR_RETRY_BUDGET"):
            fetched(server, options)
        assert len(server.asked) == 5


def test_tries_that_helped_do_not_count() -> None:
    bad = reply(b"", "503 Busy")
    with ScriptedServer(*[bad, reply(DATA)] * 9) as server:
        for _ in range(9):
            assert fetched(server, replace(QUICK, retry_budget=1)) == DATA


def test_connections_are_kept_and_bounded() -> None:
    with ScriptedServer(lambda asked: [0.02, *chunked(DATA)]) as server:
        transports = [Transport(server.url, replace(QUICK, workers=3), Meter()) for _ in range(2)]
        with ThreadPoolExecutor(8) as workers:
            bodies = workers.map(
                lambda n: transports[n % 2].fetch(server.url, everything, about="x"), range(30)
            )
            assert set(bodies) == {DATA}
        assert server.at_once == 3
        assert server.connections <= 6
    for each in transports:
        each.close()


def test_one_connection_for_requests_in_a_row() -> None:
    with ScriptedServer(*[chunked(DATA), reply(DATA)] * 5) as server:
        transport = Transport(server.url, QUICK, Meter())
        for _ in range(10):
            transport.fetch(server.url, everything, about="x")
        assert server.connections == 1


@pytest.mark.parametrize(
    "answer",
    [[HEAD + DATA[:10], 9.0], [9.0], reply(b"", "503 B", Retry_After="60")],
    ids=["in the body", "before it", "between tries"],
)
def test_closing_wakes_whoever_waits(answer: Answer) -> None:
    with ScriptedServer(answer) as server, ThreadPoolExecutor(1) as worker:
        transport = Transport(server.url, replace(QUICK, read_timeout_s=30.0), Meter())
        waiting = worker.submit(transport.fetch, server.url, everything, about="x")
        time.sleep(0.3)
        started = time.monotonic()
        transport.close()
        with pytest.raises(RemoteError, match=r"stopped|broke|ended"):
            waiting.result(timeout=5)
        assert time.monotonic() - started < 1


class _StoppedWhileSending(Meter):
    """Stops a job after the request was looked at and noted, before it waits for its reply."""

    job: Job

    def add_request(self) -> None:
        super().add_request()
        self.job.stop()


def test_a_wait_that_begins_after_the_stop_ends_at_once() -> None:
    meter = _StoppedWhileSending()
    meter.job = Job()
    with ScriptedServer([9.0]) as server, meter.job.here():
        transport = Transport(server.url, replace(QUICK, read_timeout_s=30.0), meter)
        started = time.monotonic()
        with pytest.raises(UnreachableError, match="stopped"):
            transport.fetch(server.url, everything, about="x")
        assert time.monotonic() - started < 3
        transport.close()


def test_a_stop_is_not_slept_through() -> None:
    with ScriptedServer(reply(b"", "503 Busy", Retry_After="60")) as server:
        transport = Transport(server.url, QUICK, Meter())
        threading.Timer(0.2, _stop.request, [KeyboardInterrupt("enough")]).start()
        with _stop.shielded(), pytest.raises(KeyboardInterrupt, match="enough"):
            transport.fetch(server.url, everything, about="x")


def test_time_is_counted_once_for_requests_side_by_side() -> None:
    meter = Meter()
    with ScriptedServer(lambda asked: [0.2, *reply(DATA)]) as server:
        transport = Transport(server.url, replace(QUICK, workers=4), meter)
        with ThreadPoolExecutor(4) as workers:
            list(
                workers.map(lambda _: transport.fetch(server.url, everything, about="x"), range(4))
            )
    assert 0.2 <= meter.seconds < 0.6
    assert meter.snapshot().requests == 4


def test_nothing_is_logged_at_warning(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING), ScriptedServer(BROKEN["nonsense"][0]) as server:
        with pytest.raises(UnreachableError, match="no answer"):
            fetched(server)
        assert not caplog.records

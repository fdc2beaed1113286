"""Who sees a sign-in: the one server it is for, and nobody else."""

from __future__ import annotations

import base64
import logging
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
from scripted_server import CLOSE, Asked, ScriptedServer, Step, reply

from icepair.dap.fault import Fault, TooLargeFault
from icepair.dap.http.origins import identity, next_hop, parted, shown
from icepair.dap.http.transport import Meter, Reply, Transport
from icepair.errors import RefusedError, RemoteError, UnreachableError, UsageError
from icepair.options import Options

QUICK = Options(read_timeout_s=2.0, backoff_s=0.01, attempts=2)
BASIC = "Basic " + base64.b64encode("me:s3cret wörd".encode()).decode()
LOGIN = "me:s3cret%20w%C3%B6rd@"
SECRETS = ("s3cret", BASIC[6:], "tok3n-of-mine", "c00kie-value", "QUERYTOKEN", "PLAINVALUE")


@pytest.fixture(autouse=True)
def netrc_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Empty until a test writes it; no proxies around."""
    path = tmp_path / "netrc"
    monkeypatch.setenv("NETRC", str(path))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    return path


def everything(got: Reply) -> bytes:
    piece, body = bytearray(1000), b""
    while count := got.source.readinto(piece):
        body += piece[:count]
    return body


def fetched(address: str, options: Options = QUICK) -> bytes:
    transport = Transport(address, options, Meter())
    try:
        return transport.fetch(transport.address, everything, about="the DDS")
    finally:
        transport.close()


def guarded(steps: list[Step]) -> Callable[[Asked], list[Step]]:
    """Answer only to those who show the password."""

    def answer(asked: Asked) -> list[Step]:
        return steps if asked.headers.get("authorization") == BASIC else reply(b"Who?", "401 No")

    return answer


def test_the_address_signs_in_and_forgets() -> None:
    with ScriptedServer(guarded(reply(b"data"))) as server:
        address = server.url.replace("//", f"//{LOGIN}") + "/x.nc"
        transport = Transport(address, QUICK, Meter())
        assert transport.address == f"{server.url}/x.nc"
        assert transport.fetch(address + ".dds", everything, about="the DDS") == b"data"
        assert LOGIN not in server.asked[0].line


def test_netrc_alone_is_enough(netrc_file: Path) -> None:
    netrc_file.write_text('machine 127.0.0.1 login me password "s3cret wörd"\n', encoding="utf-8")
    with ScriptedServer(guarded(reply(b"data"))) as server:
        assert fetched(server.url) == b"data"


def test_netrc_at_home(netrc_file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("NETRC")
    monkeypatch.setenv("HOME", str(tmp_path))
    line = 'default login me password "s3cret wörd"\n'
    (tmp_path / "_netrc").write_text(line, encoding="utf-8")
    with ScriptedServer(guarded(reply(b"data"))) as server:
        assert fetched(server.url) == b"data"


def test_another_hosts_entry_is_not_shown(netrc_file: Path) -> None:
    netrc_file.write_text("machine other.example.org login me password s3cret\n")
    with ScriptedServer(reply(b"data")) as server:
        assert fetched(server.url) == b"data"
        assert "authorization" not in server.asked[0].headers


@pytest.mark.parametrize("content", [b"machine a login b s3cret c d\n", b"\xff\xfe\x00s3cret"])
def test_a_malformed_netrc_is_named(netrc_file: Path, content: bytes) -> None:
    netrc_file.write_bytes(content)
    with pytest.raises(UsageError, match=r"netrc cannot be used: .* Expected are lines") as caught:
        Transport("https://data.example.org/x", QUICK, Meter())
    assert "s3cret" not in str(caught.value)


def test_a_token_goes_to_its_host_alone(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("tok3n-of-mine\n")
    options = replace(QUICK, token_file=tmp_path / "token", token_host="127.0.0.1")
    with ScriptedServer(reply(b"data")) as server:
        fetched(server.url, options)
        assert server.asked[0].headers["authorization"] == "Bearer tok3n-of-mine"
        port = server.url.rpartition(":")[2]
        for other in ("example.org", "127.0.0.1.example.org", "127.0.0.1:1", "27.0.0.1"):
            fetched(server.url, replace(options, token_host=other))
            assert "authorization" not in server.asked[-1].headers
        for same in (f"127.0.0.1:{port}", "http://127.0.0.1/thredds"):
            fetched(server.url, replace(options, token_host=same))
            assert "authorization" in server.asked[-1].headers


@pytest.mark.parametrize("content", ["two words", "lïne", None])
def test_a_token_that_cannot_be_sent(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "token"
    if content:
        path.write_text(content)
    options = replace(QUICK, token_file=path, token_host="127.0.0.1")
    with pytest.raises(UsageError, match="bearer token") as caught:
        Transport("https://127.0.0.1/x", options, Meter())
    assert not content or content not in str(caught.value)


def jar(path: Path, *cookies: str) -> Options:
    path.write_text("# Netscape HTTP Cookie File\n" + "".join(f"{each}\n" for each in cookies))
    return replace(QUICK, cookies=path)


def test_cookies_of_a_file_and_of_the_server(tmp_path: Path) -> None:
    options = jar(
        tmp_path / "jar",
        "127.0.0.1\tFALSE\t/\tFALSE\t0\tseen\tc00kie-value",
        "#HttpOnly_127.0.0.1\tFALSE\t/\tTRUE\t0\tonly-https\tx",
        "other.org\tFALSE\t/\tFALSE\t0\tother\ty",
    )
    with ScriptedServer(reply(b"", Set_Cookie="session=1; Path=/"), reply(b"")) as server:
        transport = Transport(server.url, options, Meter())
        for _ in range(2):
            transport.fetch(server.url, everything, about="x")
    assert server.asked[0].headers["cookie"] == "seen=c00kie-value"
    assert set(server.asked[1].headers["cookie"].split("; ")) == {"seen=c00kie-value", "session=1"}


def test_cookies_of_a_host_without_a_dot(tmp_path: Path) -> None:
    options = jar(tmp_path / "jar", "localhost\tFALSE\t/\tFALSE\t0\tseen\tc00kie-value")
    with ScriptedServer(reply(b"")) as server:
        fetched(server.url.replace("127.0.0.1", "localhost"), options)
        fetched(server.url, options)
    assert server.asked[0].headers["cookie"] == "seen=c00kie-value"
    assert "cookie" not in server.asked[1].headers


@pytest.mark.parametrize("content", ["s3cret", "# Netscape HTTP Cookie File\ns3cret\n"], ids="ab")
def test_a_jar_that_is_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "jar").write_text(content)
    with pytest.raises(UsageError, match=r"cookies cannot be read .* format of Netscape") as caught:
        Transport("https://host/x", replace(QUICK, cookies=tmp_path / "jar"), Meter())
    assert "s3cret" not in str(caught.value)
    with pytest.raises(UsageError, match="No such file"):
        Transport("https://host/x", replace(QUICK, cookies=tmp_path / "none"), Meter())


def test_nothing_travels_in_the_clear(netrc_file: Path, tmp_path: Path) -> None:
    far = "data.example.org"
    clear = "would travel in the clear.*use https"
    with pytest.raises(UsageError, match=f"password of the address {clear}"):
        Transport(f"http://{LOGIN}{far}/x", QUICK, Meter())
    token = replace(QUICK, token="tok3n-of-mine", token_host=far)
    with pytest.raises(UsageError, match=f"the bearer token {clear}"):
        Transport(f"http://{far}/x", token, Meter())
    cookies = jar(tmp_path / "jar", f"{far}\tFALSE\t/\tFALSE\t0\tseen\tc00kie-value")
    with pytest.raises(UsageError, match=f"the cookies of .* {clear}"):
        Transport(f"http://{far}/x", cookies, Meter())
    netrc_file.write_text(f"machine {far} login me password s3cret\ndefault login a password b\n")
    with pytest.raises(UsageError, match=f"the entry for {far} in .netrc {clear}"):
        Transport(f"http://{far}/x", QUICK, Meter())
    Transport("http://no-entry.example.org/x", QUICK, Meter())
    Transport(f"https://{far}/x", QUICK, Meter())


def test_a_redirect_takes_no_sign_in_along(netrc_file: Path, tmp_path: Path) -> None:
    netrc_file.write_text("machine 127.0.0.1 login me password s3cret\n")
    options = jar(tmp_path / "jar", "127.0.0.1\tFALSE\t/\tFALSE\t0\tseen\tc00kie-value")
    with ScriptedServer(reply(b"data")) as other:
        to = other.url.replace("//", "//a:b@") + "/there"
        with ScriptedServer(reply(b"", "302 F", Location=to, Set_Cookie="s=1")) as server:
            address = server.url.replace("//", f"//{LOGIN}")
            assert fetched(address, options) == b"data"
            assert server.asked[0].headers["authorization"] == BASIC
            assert "cookie" in server.asked[0].headers
    assert other.asked[0].path == "/there"
    assert not {"authorization", "cookie"} & set(other.asked[0].headers)


def test_a_redirect_within_the_server_keeps_it() -> None:
    with ScriptedServer(reply(b"", "307 T", Location="../y?z"), guarded(reply(b"data"))) as server:
        assert fetched(server.url.replace("//", f"//{LOGIN}") + "/a/x") == b"data"
        assert server.asked[1].path == "/y?z"
        assert server.connections == 1


def test_there_and_back_through_a_door_that_sets_a_cookie() -> None:
    def data(asked: Asked) -> list[Step]:
        if "session=ok" in asked.headers.get("cookie", ""):
            return reply(b"data")
        if asked.path == "/callback":
            return reply(b"", "302 F", Location="/x", Set_Cookie="session=ok; Path=/")
        return reply(b"", "302 F", Location=f"{door.url}/login")

    with (
        ScriptedServer(data) as server,
        ScriptedServer(
            lambda asked: reply(b"", "302 F", Location=f"{server.url}/callback")
        ) as door,
    ):
        assert fetched(f"{server.url}/x") == b"data"


def test_running_in_circles() -> None:
    with (
        ScriptedServer(reply(b"", "302 F", Location="/again")) as server,
        pytest.raises(RefusedError, match=r"redirects more than 5 times, last to .*/again"),
    ):
        fetched(server.url)
    assert len(server.asked) == 6


@pytest.mark.parametrize(
    ("location", "what"),
    [("http://a.org/x?token=QUERYTOKEN", "from https to http"), ("ftp://a.org/x", "no address"),
     ("//[", "no address"), ("javascript:alert(1)", "no address")],
)  # fmt: skip
def test_ways_that_are_not_taken(location: str, what: str) -> None:
    with pytest.raises(Fault, match=what) as caught:
        next_hop("https://a.org/y", location)
    assert not caught.value.again
    assert "QUERYTOKEN" not in caught.value.what


def test_ways_that_are_taken() -> None:
    assert next_hop("http://a.org/y/z?q", "w") == "http://a.org/y/w"
    assert next_hop("http://a.org/y", "https://me:pw@b.org:444/x#f") == "https://b.org:444/x"
    assert next_hop("https://a.org/y", "//b.org/x") == "https://b.org/x"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Certificate and key of 127.0.0.1 in one file, its own authority."""
    if not shutil.which("openssl"):
        pytest.skip("no openssl to make a certificate with")
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
        f"-keyout {path}.key -out {path}.crt "
        "-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    )
    subprocess.run(command.split(), check=True, capture_output=True, timeout=60)
    path.write_bytes(Path(f"{path}.key").read_bytes() + Path(f"{path}.crt").read_bytes())
    return path


def test_from_https_to_http_is_refused(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with (
        ScriptedServer(reply(b"data")) as plain,
        ScriptedServer(
            reply(b"", "302 F", Location=plain.url), certificate=str(certificate)
        ) as secure,
    ):
        with pytest.raises(RefusedError, match=r"redirects to .*, from https to http, where"):
            fetched(secure.url.replace("//", f"//{LOGIN}"))
        assert len(secure.asked) == 1
        assert not plain.asked


def test_https_with_an_authority_of_ones_own(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ScriptedServer(guarded(reply(b"data")), certificate=str(certificate)) as server:
        address = server.url.replace("//", f"//{LOGIN}")
        with pytest.raises(UnreachableError, match=r"not trusted .*REQUESTS_CA_BUNDLE") as caught:
            fetched(address)
        assert "tries" not in str(caught.value)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
        assert fetched(address) == b"data"


def test_https_that_drips_is_given_up(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    start = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;"
    started = time.monotonic()
    with (
        ScriptedServer([start, *[b"a", 0.1] * 60], certificate=str(certificate)) as server,
        pytest.raises(UnreachableError, match=r"nothing arrived for 0.5 s, after 0 bytes"),
    ):
        fetched(server.url, replace(QUICK, read_timeout_s=0.5, attempts=1))
    assert time.monotonic() - started < 3


def test_proxies_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer(reply(b"data")) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url.replace("//", "//proxy:pass@"))
        assert fetched("http://data.example.org/x") == b"data"
        assert proxy.asked[0].line.startswith("GET http://data.example.org/x ")
        assert "proxy-authorization" in proxy.asked[0].headers
        assert "authorization" not in proxy.asked[0].headers
        monkeypatch.setenv("NO_PROXY", "invalid")
        with pytest.raises(UnreachableError, match=r"no answer|not known"):
            fetched("http://icepair.invalid/x", replace(QUICK, connect_timeout_s=0.5))
        assert len(proxy.asked) == 1
        monkeypatch.delenv("NO_PROXY")
    with pytest.raises(UnreachableError, match=r"through the proxy .*refused") as caught:
        fetched("http://data.example.org/x")
    assert "pass" not in str(caught.value)


def test_this_machine_is_never_asked_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer(reply(b"data")) as proxy, ScriptedServer(reply(b"direct")) as server:
        for name in ("HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        for host in ("127.0.0.1", "localhost"):
            address = server.url.replace("127.0.0.1", f"{LOGIN}{host}")
            assert fetched(address) == b"direct"
        assert not proxy.asked


def test_a_proxy_that_refuses_the_tunnel(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer(reply(b"", "407 Proxy sign-in")) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with pytest.raises(UnreachableError, match=r"through the proxy \(Tunnel .*407 Proxy sign"):
            fetched("https://data.example.org/x")


def test_a_refusal_after_a_redirect_says_who_saw_what() -> None:
    with (
        ScriptedServer(reply(b"", "401 No", WWW_Authenticate='Digest realm="x"')) as door,
        ScriptedServer(reply(b"", "302 F", Location=door.url)) as server,
        pytest.raises(RefusedError, match=r"sign-in of the kind Digest.*was not shown the user n"),
    ):
        fetched(server.url.replace("//", f"//{LOGIN}"))


def test_refused_says_what_was_tried(netrc_file: Path) -> None:
    with ScriptedServer(reply(b"Sign in!", "401 No")) as server:
        with pytest.raises(RefusedError, match=r"401 .*'Sign in!'.*No sign-in is config.*netrc"):
            fetched(server.url)
        with pytest.raises(RefusedError, match="Signed in with the user name and password of"):
            fetched(server.url.replace("//", f"//{LOGIN}"))
        netrc_file.write_text("machine 127.0.0.1 login me password s3cret\n")
        with pytest.raises(RefusedError, match=r"Signed in with the entry for 127.0.0.1 in .netrc"):
            fetched(server.url)


def test_no_secret_is_ever_shown(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, netrc_file: Path
) -> None:
    cookies = jar(tmp_path / "jar", "127.0.0.1\tFALSE\t/\tFALSE\t0\tseen\tc00kie-value")
    options = replace(cookies, token="tok3n-of-mine", token_host="127.0.0.1")

    def echo(asked: Asked) -> list[Step]:
        return reply(f"You sent {asked.headers}".encode(), "403 No")

    shown_texts = []
    with caplog.at_level(logging.DEBUG), ScriptedServer(echo) as server:
        for signed in (server.url, server.url.replace("//", f"//{LOGIN}")):
            transport = Transport(f"{signed}/x?token=QUERYTOKEN&plain=PLAINVALUE", options, Meter())
            with pytest.raises(RefusedError, match="You sent") as caught:
                transport.fetch(transport.address, everything, about="x")
            shown_texts += [str(caught.value), repr(caught.value), repr(transport)]
            shown_texts += [repr(vars(transport)["_credentials"]), repr(options)]
            assert caught.value.__context__ is None
    headers_and_more = "\n".join(shown_texts)
    assert not [secret for secret in SECRETS if secret in headers_and_more]
    assert '"GET /x?token=***&plain=*** HTTP/1.1" 403' in caplog.text
    assert not [secret for secret in SECRETS if secret in caplog.text]


TOKEN = "tok3n+of/mine-that-is-long-enough-to-be-cut"
CODE = base64.b64encode(TOKEN.encode()).decode()


@pytest.mark.parametrize(
    "form",
    [TOKEN, quote(TOKEN, safe=""), quote(TOKEN, safe="").lower(), CODE, CODE.rstrip("=")],
    ids=["as it is", "percent", "percent in small letters", "base64", "base64 unpadded"],
)
@pytest.mark.parametrize("before", [0, 270, 285])
def test_no_form_and_no_part_of_a_secret_is_repeated(form: str, before: int) -> None:
    options = replace(QUICK, token=TOKEN, token_host="127.0.0.1")
    said = b"x" * before + b" " + form.encode()
    with ScriptedServer(reply(said, "403 No")) as server:
        with pytest.raises(RefusedError, match=r"\*\*\*") as caught:
            fetched(server.url, options)
        assert form[:8] not in str(caught.value)
    with ScriptedServer(reply(said + b" exceeds the limit", "413 No")) as server:
        with pytest.raises(TooLargeFault, match="413") as refused:
            fetched(server.url, options)
        assert form[:8] not in refused.value.words


def test_a_key_of_the_query_is_not_repeated() -> None:
    def echo(asked: Asked) -> list[Step]:
        return reply(f"No page {asked.path}".encode(), "404 No")

    with ScriptedServer(echo) as server:
        with pytest.raises(
            RefusedError, match=r"x\?key=\*\*\*, .*No page /x\?key=\*\*\*'"
        ) as caught:
            fetched(f"{server.url}/x?key=PLAINVALUE")
        assert "PLAINVALUE" not in str(caught.value)


def test_chains_hold_nothing_either() -> None:
    for answer in ([CLOSE], [b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", CLOSE]):
        with ScriptedServer(answer) as server:
            with pytest.raises(RemoteError, match=r"answer|ended") as caught:
                fetched(server.url.replace("//", f"//{LOGIN}"))
            assert caught.value.__cause__ is None
            assert caught.value.__context__ is None


SIGNED = "https://h/a;jsessionid=Q?id=a/b;c?d&X-Sig=Q/q&dap4.ce=/b[0:1];/c&b[0:1:3];key=Q#token=Q"


def test_what_may_be_shown_of_an_address() -> None:
    assert shown(SIGNED.replace("//", "//u:p@", 1)) == (
        "https://h/a;jsessionid=***?id=***&X-Sig=***&dap4.ce=/b[0:1];/c&b[0:1:3];key=***#token=***"
    )
    clean, login = parted("https://a%40b:c%3Ad@h:8443/p?q#frag")
    assert clean == "https://h:8443/p?q"
    assert login is not None
    assert (login.user, login.password) == ("a@b", "c:d")
    assert "c:d" not in repr(login)


def test_what_tells_one_address_from_another() -> None:
    assert identity(SIGNED) == (
        "https://h/a;jsessionid=***?id=a/b;c?d&X-Sig=***&dap4.ce=/b[0:1];/c&b[0:1:3];key=Q#token=***"
    )

from __future__ import annotations

import pytest

from icepair.dap.fault import TooLargeFault
from icepair.dap.words import (
    fault_of_words,
    server_words,
    shortened,
    sounds_temporary,
    sounds_too_large,
)
from icepair.errors import BrokenReplyError, RefusedError

DAP2 = b'Error {\n    code = 403;\n    message = "Request Too Large: 600.0 > 500.0 Mbytes";\n};\n'
DAP4 = (
    b'<?xml version="1.0"?><dap:Error httpcode="404" xmlns:dap="x"><Message>No &lt;such&gt; file'
    b"</Message><Context>line 3</Context></dap:Error>"
)
PAGE = (
    b"<!DOCTYPE html><html><head><script>var a = '<b>';</script></head>"
    b"<body><h1>Sign in</h1>\n<p>Please&nbsp;do &amp; go on</p></body></html>"
)


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        (DAP2, "text/plain", "Request Too Large: 600.0 > 500.0 Mbytes"),
        (DAP2[:60], "", "Request Too Large: 60"),
        (b"Error { code = 1005; };", "", "Error { code = 1005; };"),
        (b'Error { code = 1005; message = ""; };', "", "error 1005"),
        (b"Error {\n code = 500; message = bare words; };", "", "bare words"),
        (rb'Error { message = "no \"x\" here"; };', "", 'no "x" here'),
        (DAP4, "application/vnd.opendap.dap4.error+xml", "No <such> file. line 3"),
        (PAGE, "text/html; charset=utf-8", "Sign in Please do & go on"),
        (PAGE, "", "Sign in Please do & go on"),
        (b"not\n  found\r\n", "text/plain", "not found"),
        ("caf\u00e9".encode("latin-1"), "text/plain", "caf\u00e9"),
        (b"\x00\x01\x02\x03" * 10, "application/octet-stream", ""),
        (b"", "", ""),
        (b"<", "", ""),
        (b"<a><b/></a>", "", ""),
        (b"404 !", "text/plain", ""),
    ],
)
def test_words_are_plain_text_on_one_line(body, content_type, expected):
    assert server_words(body, content_type) == expected


def test_words_are_cut_when_they_are_shown():
    words = server_words(b"many words " * 100)
    assert words == ("many words " * 100).strip()
    assert shortened(words) == ("many words " * 100)[:299].rstrip() + "…"
    assert shortened("few words") == "few words"


def test_only_the_beginning_of_long_words_says_what_they_mean():
    assert sounds_temporary("try again" + " la" * 300)
    assert not sounds_temporary("la " * 300 + "try again")
    assert not sounds_too_large("la " * 300 + "too large")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Request Too Large: 600.0 > 500.0 Mbytes", True),
        ("request too big", True),
        ("The response exceeds the limit", True),
        ("Exceeded maximum size", True),
        ("index 7000 exceeds dimension size", False),
        ("too large an index", False),
        ("no such file", False),
    ],
)
def test_a_request_that_is_too_large_is_recognised(words, expected):
    assert sounds_too_large(words) is expected


def test_what_passes_is_recognised():
    assert sounds_temporary("Service temporarily unavailable")
    assert not sounds_temporary("Sign in")


def test_an_error_with_a_status_of_success_becomes_a_fault():
    fault = fault_of_words(DAP2, "a DDS")
    assert isinstance(fault, TooLargeFault)
    fault = fault_of_words(DAP4, "a DDS")
    assert (fault.kind, fault.again, fault.words) == (RefusedError, False, "No <such> file. line 3")
    fault = fault_of_words(b'Error { code = 503; message = "later"; };', "a DDS")
    assert (fault.kind, fault.again) == (RefusedError, True)


def test_a_page_is_not_asked_for_again_unless_it_says_so():
    fault = fault_of_words(PAGE, "a DDS")
    assert (fault.kind, fault.again) == (BrokenReplyError, False)
    assert "a web page, expected a DDS" in fault.what
    assert fault_of_words(PAGE.replace(b"Sign in", b"Temporarily unavailable"), "a DDS").again


def test_an_empty_reply_is_named():
    assert fault_of_words(b"", "a DDS").what == "the reply is empty, expected a DDS"

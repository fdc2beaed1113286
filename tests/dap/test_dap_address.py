"""Addresses as people copy them."""

from __future__ import annotations

import pytest

from icepair.dap.address import Endpoint, is_address, is_loopback
from icepair.errors import UsageError

BASE = "https://thredds.example/thredds/dodsC/a/b.nc"


@pytest.mark.parametrize(
    "given",
    [
        BASE,
        f"  {BASE}\n",
        f"{BASE}.html",
        f"{BASE}.dds",
        f"{BASE}.dmr.xml",
        f"{BASE}#dap2",
        BASE.replace("https", "dap2"),
    ],
)
def test_dap2_parts_of_a_thredds_address(given: str):
    endpoint = Endpoint.parse(given)
    assert endpoint.dap2("dds") == f"{BASE}.dds"
    assert endpoint.dap2("dods", "x%5B0:1:3%5D") == f"{BASE}.dods?x%5B0:1:3%5D"


def test_dap4_lies_beside_dap2_on_thredds_and_on_the_same_address_elsewhere():
    assert Endpoint.parse(BASE).dap4("dmr") == BASE.replace("dodsC", "dap4") + ".dmr"
    plain = "https://hyrax.example/data/b.nc"
    assert Endpoint.parse(plain).dap4("dap", "dap4.ce=/x") == f"{plain}.dap?dap4.ce=/x"
    assert Endpoint.parse(BASE.replace("dodsC", "dap4")).dap2("das") == f"{BASE}.das"


@pytest.mark.parametrize(
    ("given", "forced"),
    [
        (BASE, None),
        (f"{BASE}#dap4", "dap4"),
        (f"{BASE}#mode=dap2", "dap2"),
        (f"{BASE}#log&mode=dap4", "dap4"),
        (BASE.replace("https", "dap4"), "dap4"),
        (BASE.replace("dodsC", "dap4"), "dap4"),
        (f"{BASE}#dap42", None),
    ],
)
def test_the_address_itself_may_say_which_protocol(given: str, forced: str | None):
    assert Endpoint.parse(given).forced == forced


def test_a_protocol_in_place_of_the_scheme_means_https_but_on_this_machine():
    assert Endpoint.parse("dap4://a.example/x.nc").address == "https://a.example/x.nc"
    assert Endpoint.parse("dap4://127.0.0.1:8080/x.nc").address == "http://127.0.0.1:8080/x.nc"


def test_keys_in_the_query_go_with_every_request():
    endpoint = Endpoint.parse(f"{BASE}?key=7")
    assert endpoint.dap2("dds") == f"{BASE}.dds?key=7"
    assert endpoint.dap2("dods", "x") == f"{BASE}.dods?x&key=7"


@pytest.mark.parametrize(
    "given", ["ftp://a.example/x.nc", "https:///x.nc", "https://a.example:port/x", "s3://a/x"]
)
def test_other_addresses_are_refused(given: str):
    with pytest.raises(UsageError, match=r"cannot be opened; an address like https://"):
        Endpoint.parse(given)


@pytest.mark.parametrize(
    "password", ["S3cr3t/x", "S3/c?r3t", "12345/S3c?r3t", "S3#c:r3@t", "S3\u2100c"]
)
@pytest.mark.parametrize("rest", ["host:99999/x.nc", "host/x.nc?B3[0:1:9]", "[::1/x.nc"])
def test_no_password_is_shown_where_it_breaks_the_address(password: str, rest: str):
    with pytest.raises(UsageError, match=r"^http://(host|\[::1)") as caught:
        Endpoint.parse(f"http://user:{password}@{rest}")
    assert "S3" not in str(caught.value)
    assert "r3" not in str(caught.value)


def test_an_at_sign_may_stand_in_a_path():
    assert Endpoint.parse("https://a.example/b@c.nc").address == "https://a.example/b@c.nc"
    for doubtful in ("http://user:1234/S3c@host/x.nc", "https://me:S3@a.example/b@c.nc"):
        with pytest.raises(UsageError, match=r"has an @ behind its host; .*%40") as caught:
            Endpoint.parse(doubtful)
        assert "S3" not in str(caught.value)


def test_a_part_of_a_dataset_is_refused_and_no_sign_in_is_shown():
    with pytest.raises(UsageError, match="asks for a part") as caught:
        Endpoint.parse("https://me:hidden@a.example/x.nc?B3[0:1:9]")
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(
    ("host", "own"),
    [("localhost", True), ("127.0.0.1", True), ("127.8.0.1", True), ("::1", True),
     ("127.0.0.1.example", False), ("10.0.0.1", False), (None, False)],
)  # fmt: skip
def test_what_is_this_machine(host: str | None, own: bool):
    assert is_loopback(host) is own


def test_what_is_an_address():
    assert [is_address(text) for text in ("https://a/b", "/a/b.nc", "C:\\b.nc")] == [
        True,
        False,
        False,
    ]

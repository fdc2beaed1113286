"""Faults that no further try can cure, changes between replies, and what cannot be seen at all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from faulty import (
    ARRAY,
    DAP4,
    GRID,
    LINES,
    PATH,
    PIXELS,
    SAMPLES,
    WAYS,
    Way,
    opened,
    says_everything,
    truth,
    write_dataset,
)  # fmt: skip

from icepair.dap.remote import RemoteDataset
from icepair.errors import BrokenReplyError, ChangedError, RefusedError, RemoteError
from icepair.options import options
from icepair.testing import faults
from icepair.testing.faults import FaultProxy, Mishap

ELSEWHERE = (slice(0, 200), slice(1, 251))
"""A window of the same shape."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("served")
    write_dataset(folder / "ice.nc")
    return folder


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize(
    ("mishap", "error", "words"),
    [
        (faults.unauthorized(), RefusedError, "401.*Full authentication is required"),
        (faults.not_found(), RefusedError, "404.*No dataset of this name"),
        (faults.login_page(), BrokenReplyError, "Please sign in to continue"),
        (faults.error_object(404, "no such variable"), RefusedError, "no such variable"),
        (faults.moved("ftp://127.0.0.1/x"), RefusedError, "ftp"),
    ],
    ids=["401", "404", "page with status 200", "Error object with status 200", "another scheme"],
)
def test_a_refusal_is_final_and_in_the_servers_words(
    proxy: FaultProxy, mishap: Mishap, error: type[RemoteError], words: str, way: Way
) -> None:
    with opened(proxy, way) as dataset:
        switch = proxy.arm(mishap, on=way.asked, times=None)
        with pytest.raises(error, match=words) as caught:
            dataset.read(way.variable, PIXELS)
    says_everything(caught.value, proxy, way)
    assert "<" not in str(caught.value)
    assert switch.hits == 1


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_too_large_once_is_asked_for_in_halves(proxy: FaultProxy, folder: Path, way: Way) -> None:
    with opened(proxy, way) as dataset:
        switch = proxy.arm(faults.too_large(), on=way.asked)
        found = dataset.read(way.variable, PIXELS)
    asked = [request for request in proxy.seen if way.asked(request)]
    assert switch.hits == 1
    assert len(asked) == 3
    np.testing.assert_array_equal(found, truth(folder / "ice.nc", way.variable))


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_too_large_always_ends_and_says_so(proxy: FaultProxy, way: Way) -> None:
    with opened(proxy, way) as dataset:
        proxy.arm(faults.too_large(), on=way.asked, times=None)
        with pytest.raises(RefusedError, match="Request Too Large") as caught:
            dataset.read(way.variable, PIXELS)
    assert proxy.url + PATH in str(caught.value)
    assert way.variable in str(caught.value)
    assert proxy.requests < 60


def test_a_server_that_gives_up_in_mid_reply_is_asked_for_less(
    proxy: FaultProxy, folder: Path
) -> None:
    with opened(proxy, DAP4) as dataset:
        switch = proxy.arm(faults.ErrorChunk(), on=DAP4.asked)
        found = dataset.read(DAP4.variable, PIXELS)
    assert switch.hits == 1
    np.testing.assert_array_equal(found, truth(folder / "ice.nc", DAP4.variable))


def test_what_a_server_says_in_mid_reply_is_repeated(proxy: FaultProxy) -> None:
    with opened(proxy, DAP4) as dataset:
        proxy.arm(faults.ErrorChunk("The disk of the archive failed."), on=DAP4.asked, times=None)
        with pytest.raises(RemoteError, match="The disk of the archive failed") as caught:
            dataset.read(DAP4.variable, PIXELS)
    says_everything(caught.value, proxy, DAP4)


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize(
    "stamps",
    [
        faults.Restamped(etag=None),
        faults.Restamped("Tue, 01 Mar 2033 10:00:00 GMT", '"another"'),
    ],
    ids=["Last-Modified", "both"],
)
def test_data_of_another_state_are_never_mixed_in(
    proxy: FaultProxy, stamps: Mishap, way: Way
) -> None:
    with opened(proxy, way) as dataset:
        switch = proxy.arm(stamps, on=way.asked, times=None)
        with pytest.raises(ChangedError, match=r"replaced.*2033") as caught:
            dataset.read(way.variable, PIXELS)
    says_everything(caught.value, proxy, way)
    assert switch.hits == 1


def test_a_tag_that_dmr_and_data_share_must_stay(proxy: FaultProxy) -> None:
    with opened(proxy, DAP4) as dataset:
        dataset.read(DAP4.variable, ELSEWHERE)
        proxy.arm(faults.Restamped(last_modified=None), on=DAP4.asked, times=None)
        with pytest.raises(ChangedError, match=r"replaced.*another") as caught:
            dataset.read(DAP4.variable, PIXELS)
    says_everything(caught.value, proxy, DAP4)


@pytest.mark.parametrize("way", [ARRAY, GRID], ids=str)
def test_a_tag_that_dds_and_das_share_must_be_that_of_the_data(proxy: FaultProxy, way: Way) -> None:
    with opened(proxy, way) as dataset:
        proxy.arm(faults.Restamped(last_modified=None), on=way.asked, times=None)
        with pytest.raises(ChangedError, match=r"ETag was .* now .another") as caught:
            dataset.read(way.variable, PIXELS)
    says_everything(caught.value, proxy, way)


@pytest.mark.parametrize("way", [ARRAY, GRID], ids=str)
def test_a_declaration_that_changes_between_dds_and_data_is_seen(
    proxy: FaultProxy, way: Way
) -> None:
    proxy.arm(faults.Rewritten(rb"UInt16 (?=B3|amplitude)", b"Int16 "), on=faults.asks_for("dds"))
    with opened(proxy, way) as dataset, pytest.raises(RemoteError, match=r"UInt16.*Int16"):
        dataset.read(way.variable, PIXELS)


def test_unsigned_numbers_need_no_attribute_that_says_so(proxy: FaultProxy, folder: Path) -> None:
    proxy.arm(faults.Rewritten(rb"[^\n]*_Unsigned[^\n]*\n", b""), on=faults.asks_for("das"))
    with opened(proxy, ARRAY) as dataset:
        found = dataset.read("amplitude", PIXELS)
    assert found.dtype == np.uint16
    np.testing.assert_array_equal(found, truth(folder / "ice.nc", "amplitude"))


@pytest.mark.parametrize("way", [GRID, DAP4], ids=str)
@pytest.mark.parametrize("times", [1, None], ids=["once", "always"])
def test_variables_in_another_order_are_not_taken_for_each_other(
    proxy: FaultProxy, folder: Path, way: Way, times: int | None
) -> None:
    with opened(proxy, way) as dataset:
        switch = proxy.arm(faults.Reordered(), on=way.asked, times=times)
        found = dict(zip(("B3", "B4"), dataset.read_many([("B3", PIXELS), ("B4", PIXELS)]),
                         strict=True))  # fmt: skip
    assert switch.hits >= 1
    for name, values in found.items():
        np.testing.assert_array_equal(values, truth(folder / "ice.nc", name))


@pytest.mark.parametrize("way", [GRID, DAP4], ids=str)
def test_an_old_reply_is_seen_where_there_are_coordinates(
    proxy: FaultProxy, folder: Path, way: Way
) -> None:
    with opened(proxy, way) as dataset:
        dataset.read(way.variable, ELSEWHERE)
        switch = proxy.arm(faults.old_reply(proxy.answers["data"]), on=way.asked)
        found = dataset.read(way.variable, PIXELS)
    assert switch.hits == 1
    np.testing.assert_array_equal(found, truth(folder / "ice.nc", way.variable))


def test_checksums_that_are_missing_lead_to_dap2_or_to_an_error(
    proxy: FaultProxy, folder: Path
) -> None:
    proxy.arm(faults.WithoutChecksums(), times=None)
    with opened(proxy, DAP4) as dataset, pytest.raises(BrokenReplyError, match="checksum"):
        dataset.read("B3", PIXELS)
    with opened(proxy, DAP4, protocol="auto") as dataset:
        found = dataset.read("B3", PIXELS)
        assert dataset.protocol == "DAP2"
    np.testing.assert_array_equal(found, truth(folder / "ice.nc", "B3"))


def test_plain_dap2_cannot_see_a_flipped_bit(proxy: FaultProxy, folder: Path) -> None:
    """The limit that docs/concepts/streaming.md states: not a wish."""
    with opened(proxy, ARRAY) as dataset:
        proxy.arm(faults.FlippedBit(-5001), on=ARRAY.asked)
        found = dataset.read("amplitude", PIXELS)
    assert np.count_nonzero(found != truth(folder / "ice.nc", "amplitude")) == 1


def test_plain_dap2_cannot_see_another_window_without_coordinates(
    proxy: FaultProxy, folder: Path
) -> None:
    """The limit that docs/concepts/streaming.md states: not a wish."""
    with opened(proxy, ARRAY) as dataset:
        proxy.arm(faults.AnotherWindow(50), on=ARRAY.asked)
        found = dataset.read("amplitude", PIXELS)
    moved = (slice(LINES.start + 50, LINES.stop + 50), SAMPLES)
    np.testing.assert_array_equal(found, truth(folder / "ice.nc", "amplitude", moved))


def test_a_sign_in_does_not_follow_to_another_host(server: str, proxy: FaultProxy) -> None:
    with FaultProxy(server) as other:
        elsewhere = f"http://localhost:{other.port}{PATH}.dods?amplitude%5B0:1:1%5D%5B0:1:1%5D"
        proxy.arm(faults.moved(elsewhere), on=ARRAY.asked, times=None)
        address = proxy.url.replace("//", "//anna:s3cret@") + PATH
        with (
            options(cache=False, protocol="dap2", attempts=1),
            RemoteDataset.open(address) as dataset,
            pytest.raises(RemoteError, match="amplitude") as caught,
        ):
            dataset.read("amplitude", PIXELS)
        assert "authorization" in proxy.seen[-1].headers
        assert other.requests == 1
        assert "authorization" not in other.seen[0].headers
        assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_xarray_gets_right_data_or_the_error(proxy: FaultProxy, folder: Path, way: Way) -> None:
    settings = {"cache": False, "backoff_s": 0.01, "attempts": 2, "protocol": way.protocol}
    with options(**settings), xr.open_dataset(
        proxy.url + PATH, engine="icepair", mask_and_scale=False
    ) as dataset:  # fmt: skip
        proxy.arm(faults.CutShort(), on=way.asked)
        found = dataset[way.variable][PIXELS].to_numpy()
        proxy.arm(faults.CutShort(), on=way.asked, times=None)
        with pytest.raises(BrokenReplyError, match=way.variable):
            dataset[way.variable][ELSEWHERE].load()
    np.testing.assert_array_equal(found, truth(folder / "ice.nc", way.variable))


FULL_DISK = """
import resource, signal, sys
from icepair.dap.remote import RemoteDataset
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
with RemoteDataset.open(sys.argv[1]) as dataset:
    sums = [int(dataset.read("B3", (slice(0, 300), slice(0, n))).sum()) for n in (300, 300, 500)]
sys.stdout.write(" ".join(map(str, sums)))
"""


def test_a_disk_that_is_full_costs_the_cache_and_nothing_else(
    server: str, folder: Path, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, server + PATH],
        # Compiled modules would be cut to the limit too, and stay so.
        env={"ICEPAIR_CACHE_DIR": str(tmp_path / "cache"), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    whole = truth(folder / "ice.nc", "B3", ())
    sums = [int(whole[0:300, 0:n].sum()) for n in (300, 300, 500)]
    assert done.stdout == " ".join(map(str, sums)), done.stderr

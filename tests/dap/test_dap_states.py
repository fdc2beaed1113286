"""Datasets that change, long coordinates, and protocols that only half work."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import h5netcdf
import h5py
import numpy as np
import pytest
from faulty import write_dataset

from icepair.dap.remote import RemoteDataset
from icepair.dap.server import serve
from icepair.errors import BrokenReplyError, ChangedError, RefusedError, UsageError
from icepair.options import Options
from icepair.testing import faults
from icepair.testing.faults import FaultProxy, Request

PIXELS = (slice(120, 320), slice(200, 450))
ELSEWHERE = (slice(0, 200), slice(1, 251))
PLAIN = Options(cache=False, attempts=2, backoff_s=0.01, workers=2, retry_budget=1000)
PATH = "/dodsC/ice.nc"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "served"
    folder.mkdir()
    write_dataset(folder / "ice.nc")
    return folder


@pytest.fixture
def proxy(folder: Path) -> Iterator[FaultProxy]:
    with serve(folder) as server, FaultProxy(server.url) as proxy:
        yield proxy


def turned(path: Path) -> None:
    """Another file of the same structure and size, right now, under the same name."""
    other = path.with_name("other.tmp")
    other.write_bytes(path.read_bytes())
    with h5py.File(other, "r+") as file:
        for name in ("amplitude", "B3"):
            file[name][:] = file[name][:][::-1, ::-1]
    other.replace(path)


def true(folder: Path, name: str, window: tuple[slice, ...] = PIXELS) -> np.ndarray:
    with h5py.File(folder / "ice.nc") as file:
        return np.asarray(file[name][window])


@pytest.mark.parametrize("protocol", ["dap2", "dap4"])
@pytest.mark.parametrize("headers", ["both", "tag alone", "time alone"])
def test_a_file_replaced_a_moment_later_is_not_read_from_the_cache(
    proxy: FaultProxy, folder: Path, tmp_path: Path, protocol: str, headers: str
):
    options = replace(PLAIN, protocol=protocol, cache=True, cache_dir=tmp_path / "cache")
    left_out = {"tag alone": "last-modified", "time alone": "etag"}.get(headers)
    if left_out:
        proxy.arm(_Without(left_out), on=lambda _: True, times=None)
    if headers == "time alone":
        os.utime(folder / "ice.nc", (1.6e9, 1.6e9))
    with RemoteDataset.open(proxy.url + PATH, options) as dataset:
        before = dataset.read("B3", PIXELS)
    turned(folder / "ice.nc")
    with RemoteDataset.open(proxy.url + PATH, options) as dataset:
        after = dataset.read("B3", PIXELS)
    assert not np.array_equal(before, after)
    np.testing.assert_array_equal(after, true(folder, "B3"))


class _Without(faults.Mishap):
    """A server that leaves one header out."""

    def __init__(self, name: str) -> None:
        self._name = name

    def exchange(self, request: Request, forward: object) -> faults.Answer:
        answer = forward(request)  # type: ignore[operator]
        kept = {name: text for name, text in answer.headers.items() if name != self._name}
        return replace(answer, headers=kept)


@pytest.mark.parametrize("protocol", ["dap2", "dap4"])
def test_two_states_are_never_mixed_in_one_dataset(proxy: FaultProxy, folder: Path, protocol: str):
    with RemoteDataset.open(proxy.url + PATH, replace(PLAIN, protocol=protocol)) as dataset:
        dataset.read("amplitude", PIXELS)
        turned(folder / "ice.nc")
        with pytest.raises(ChangedError, match=r"ice\.nc.*amplitude.*replaced.*Run the same"):
            dataset.read("amplitude", ELSEWHERE)


def test_tags_that_differ_by_kind_of_reply_are_no_change(proxy: FaultProxy, folder: Path):
    proxy.arm(faults.Restamped(last_modified=None, etag='"of data"'), times=None)
    with RemoteDataset.open(proxy.url + PATH, replace(PLAIN, protocol="dap4")) as dataset:
        for window in (PIXELS, ELSEWHERE):
            np.testing.assert_array_equal(dataset.read("B3", window), true(folder, "B3", window))


@pytest.mark.parametrize("protocol", ["dap2", "dap4"])
def test_coordinates_of_any_length_and_place_betray_another_window(tmp_path: Path, protocol: str):
    shape = (40, 20_000)
    with h5netcdf.File(tmp_path / "wide.nc", "w") as file:
        file.dimensions = {"n": 12_000, "y": shape[0], "x": shape[1]}
        for number in range(5):
            file.create_variable(f"v{number}", ("n",), data=np.arange(12_000.0))
        file.create_variable("y", ("y",), data=np.arange(40.0))
        file.create_variable("x", ("x",), data=np.arange(20_000.0))
        pixels = np.random.default_rng(1).integers(1, 60_000, shape, np.uint16)
        file.create_variable("B3", ("y", "x"), data=pixels)
    window = (slice(2, 12), slice(300, 900))
    with (
        serve(tmp_path) as server,
        FaultProxy(server.url) as proxy,
        RemoteDataset.open(
            f"{proxy.url}/dodsC/wide.nc", replace(PLAIN, protocol=protocol)
        ) as dataset,
    ):
        np.testing.assert_array_equal(dataset.read("B3", window), pixels[window])
        asked = lambda request: faults.is_data(request) and "B3" in request.query  # noqa: E731
        proxy.arm(faults.AnotherWindow(lines=3), on=asked, times=None)
        with pytest.raises(BrokenReplyError, match=r"wide\.nc.*B3.*window"):
            dataset.read("B3", (slice(20, 30), slice(300, 900)))


def is_dmr(request: Request) -> bool:
    return ".dmr" in request.path


def test_a_dmr_that_fails_once_does_not_cost_the_cache(proxy: FaultProxy, tmp_path: Path):
    options = replace(PLAIN, cache=True, cache_dir=tmp_path / "cache")
    with RemoteDataset.open(proxy.url + PATH, options) as dataset:
        dataset.read("amplitude", PIXELS)
    proxy.arm(faults.busy(), on=is_dmr)
    with RemoteDataset.open(proxy.url + PATH, options) as dataset:
        assert dataset.protocol == "DAP4"
        assert dataset.cost([("amplitude", PIXELS)]).requests == 0


def test_a_server_that_declares_by_dap4_alone_is_read_by_dap2(proxy: FaultProxy, folder: Path):
    proxy.arm(faults.not_found(), on=lambda r: r.path.endswith(".dap"), times=None)
    with RemoteDataset.open(proxy.url + PATH, PLAIN) as dataset:
        np.testing.assert_array_equal(dataset.read("amplitude", PIXELS), true(folder, "amplitude"))
        assert dataset.protocol == "DAP2"


def test_what_was_refused_once_is_not_asked_again_at_that_size(folder: Path):
    options = replace(PLAIN, protocol="dap2", workers=1, request_bytes=400_000)
    with (
        serve(folder, limit_bytes=20_000) as server,
        RemoteDataset.open(server.url + PATH, options) as dataset,
    ):
        np.testing.assert_array_equal(dataset.read("amplitude"), true(folder, "amplitude", ()))
        # 300,000 values of four bytes on the wire, two of them counted: 40 pieces at least. Three
        # sizes are refused on the way down, and all others begin small.
        assert dataset.meter.requests < 90


def test_a_wish_beyond_reason_is_refused_before_it_is_planned(tmp_path: Path):
    with h5py.File(tmp_path / "huge.nc", "w") as file:
        file.create_dataset("a", (2**30, 2**30), np.int32, chunks=(1000, 1000))
    with (
        serve(tmp_path) as server,
        RemoteDataset.open(f"{server.url}/dodsC/huge.nc", PLAIN) as dataset,
        pytest.raises(UsageError, match=r"huge\.nc.*bytes were asked for at once"),
    ):
        dataset.cost([("a", ())])


def test_the_first_failure_is_told_at_once_and_stops_the_others(proxy: FaultProxy):
    options = replace(
        PLAIN, protocol="dap2", workers=2, request_bytes=100_000, read_timeout_s=30.0, attempts=4
    )
    with RemoteDataset.open(proxy.url + PATH, options) as dataset:
        dataset.read("noise", (slice(0, 1), slice(0, 1)))
        proxy.arm(faults.Stall(seconds=40.0), on=lambda r: "amplitude" in r.query)
        proxy.arm(faults.not_found(), on=lambda r: "amplitude" in r.query, times=None)
        begin = time.monotonic()
        with pytest.raises(RefusedError, match=r"amplitude.*No dataset of this name"):
            dataset.read("amplitude")
        assert time.monotonic() - begin < 15
        # The thread in the stall was woken: nobody has to wait for it to leave.
        dataset._pool.shutdown(wait=True)
        assert time.monotonic() - begin < 20

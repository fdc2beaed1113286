"""Whole datasets, read in every way, against the file that is served."""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from faulty import write_dataset

from icepair.dap.remote import RemoteDataset
from icepair.dap.server import serve
from icepair.errors import ChangedError, DamagedFileError, RefusedError, UsageError
from icepair.options import Options

PLAIN = Options(cache=False, workers=2, attempts=2, backoff_s=0.01)
PROTOCOLS = ("dap2", "dap4")
PIXELS = (slice(120, 320), slice(200, 450))


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("served") / "ice.nc"
    write_dataset(path)
    return path


@pytest.fixture(scope="module")
def address(file: Path) -> Iterator[str]:
    with serve(file.parent) as server:
        yield f"{server.url}/dodsC/ice.nc"


def true(file: Path, name: str, window: tuple[slice, ...] = ()) -> np.ndarray[Any, Any]:
    with h5py.File(file) as opened:
        return np.asarray(opened[name][window])


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_element_of_every_variable_is_the_files(address: str, file: Path, protocol: str):
    with RemoteDataset.open(address, replace(PLAIN, protocol=protocol)) as remote:
        for name in remote.declaration.variables:
            expected = true(file, name)
            found = remote.read(name)
            assert found.dtype == expected.dtype
            np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    "window",
    [
        (slice(0, 1), slice(0, 1)),
        (slice(599, 600), slice(499, 500)),
        (slice(3, 599, 7), slice(1, 500, 13)),
        (slice(90, 92), slice(98, 100)),
        (slice(0, 600, 599), slice(0, 500, 499)),
    ],
)
def test_corners_borders_and_strides(address: str, file: Path, protocol: str, window: Any):
    with RemoteDataset.open(address, replace(PLAIN, protocol=protocol)) as remote:
        for name in ("amplitude", "B3", "noise"):
            np.testing.assert_array_equal(remote.read(name, window), true(file, name, window))


def test_a_large_part_is_cut_at_borders_of_chunks_and_put_together(address: str, file: Path):
    options = replace(PLAIN, protocol="dap2", request_bytes=200_000)
    with RemoteDataset.open(address, options) as remote:
        before = remote.meter.requests
        np.testing.assert_array_equal(remote.read("amplitude"), true(file, "amplitude"))
        # 91 rows of 500 pixels in 4 bytes are 182 kB: one row of chunks a request.
        assert remote.meter.requests - before == 7


def test_pieces_come_in_order_and_make_the_whole(address: str, file: Path):
    options = replace(PLAIN, request_bytes=40_000)
    with RemoteDataset.open(address, options) as remote:
        pieces = list(remote.pieces("amplitude", PIXELS))
    assert len(pieces) > 1
    assert [slab.start[0] for slab, _ in pieces] == sorted(slab.start[0] for slab, _ in pieces)
    together = np.concatenate([values for _, values in pieces])
    np.testing.assert_array_equal(together, true(file, "amplitude", PIXELS))


def test_windows_of_several_variables_share_requests(address: str, file: Path):
    with RemoteDataset.open(address, replace(PLAIN, protocol="dap2")) as remote:
        before = remote.meter.requests
        names = ("amplitude", "noise")
        found = remote.read_many([(name, PIXELS) for name in names])
        assert remote.meter.requests - before == 1
    for name, values in zip(names, found, strict=True):
        np.testing.assert_array_equal(values, true(file, name, PIXELS))


def test_overlapping_and_equal_windows_of_one_variable(address: str, file: Path):
    windows = [PIXELS, (slice(200, 260), slice(300, 350)), PIXELS, (slice(0, 600), slice(0, 500))]
    with RemoteDataset.open(address, PLAIN) as remote:
        found = remote.read_many([("B3", window) for window in windows])
    for values, window in zip(found, windows, strict=True):
        np.testing.assert_array_equal(values, true(file, "B3", window))


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_was_announced_costs_what_was_said_and_comes_once(
    address: str, file: Path, protocol: str
):
    options = replace(PLAIN, protocol=protocol, request_bytes=150_000)
    with RemoteDataset.open(address, options) as remote:
        remote.read("x")
        wishes = [("B3", PIXELS), ("B4", PIXELS), ("amplitude", PIXELS)]
        cost = remote.cost(wishes)
        remote.announce(wishes)
        before = remote.meter.snapshot()
        for top in range(120, 320, 50):
            for name, _ in wishes:
                window = (slice(top, top + 50), slice(200, 450))
                np.testing.assert_array_equal(remote.read(name, window), true(file, name, window))
        after = remote.meter.snapshot()
        assert after.requests - before.requests == cost.requests
        # Coordinates come along as witnesses, and every reply has a declaration at its head.
        assert abs(after.bytes - before.bytes - cost.bytes) < 5_000 * cost.requests
        assert remote.cost(wishes).requests == 0


def test_the_second_run_reads_nothing_but_the_validation(address: str, file: Path, tmp_path: Path):
    options = replace(PLAIN, cache=True, cache_dir=tmp_path, protocol="dap4")
    wishes = [("B3", PIXELS), ("noise", PIXELS), ("x", ())]
    with RemoteDataset.open(address, options) as remote:
        first = remote.read_many(wishes)
    with RemoteDataset.open(address, options) as remote:
        second = remote.read_many(wishes)
        assert remote.meter.requests == 1
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)


def test_an_interrupted_run_goes_on_where_it_stopped(address: str, file: Path, tmp_path: Path):
    options = replace(PLAIN, cache=True, cache_dir=tmp_path, protocol="dap2", request_bytes=200_000)
    with RemoteDataset.open(address, options) as remote:
        next(remote.pieces("amplitude"))
    with RemoteDataset.open(address, options) as remote:
        rest = remote.cost([("amplitude", ())])
        assert 0 < rest.bytes < 1_200_000 - 150_000
        np.testing.assert_array_equal(remote.read("amplitude"), true(file, "amplitude"))


def test_a_damaged_block_is_read_again(address: str, file: Path, tmp_path: Path):
    options = replace(PLAIN, cache=True, cache_dir=tmp_path, protocol="dap4")
    with RemoteDataset.open(address, options) as remote:
        remote.read("amplitude", PIXELS)
    (block,) = (
        path for path in tmp_path.rglob("*") if path.is_file() and path.stat().st_size > 9e4
    )
    content = bytearray(block.read_bytes())
    content[-777] ^= 4
    block.write_bytes(content)
    with RemoteDataset.open(address, options) as remote:
        np.testing.assert_array_equal(
            remote.read("amplitude", PIXELS), true(file, "amplitude", PIXELS)
        )
        assert remote.meter.requests == 2


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_dataset_replaced_between_runs_is_not_taken_from_the_cache(tmp_path: Path, protocol: str):
    options = replace(PLAIN, cache=True, cache_dir=tmp_path / "cache", protocol=protocol)
    path = tmp_path / "folder" / "ice.nc"
    path.parent.mkdir()
    write_dataset(path)
    with serve(path.parent) as server:
        address = f"{server.url}/dodsC/ice.nc"
        with RemoteDataset.open(address, options) as remote:
            old = remote.read("amplitude", PIXELS)
        replaced(path)
        with RemoteDataset.open(address, options) as remote:
            new = remote.read("amplitude", PIXELS)
    np.testing.assert_array_equal(new, true(path, "amplitude", PIXELS))
    assert not np.array_equal(old, new)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_dataset_replaced_while_it_is_read_is_an_error(tmp_path: Path, protocol: str):
    path = tmp_path / "ice.nc"
    write_dataset(path)
    os.utime(path, (1.6e9, 1.6e9))
    with (
        serve(tmp_path) as server,
        RemoteDataset.open(
            f"{server.url}/dodsC/ice.nc", replace(PLAIN, protocol=protocol)
        ) as remote,
    ):
        remote.read("amplitude", PIXELS)
        replaced(path)
        with pytest.raises(ChangedError, match=r"ice\.nc.*noise.*was replaced.*Run the same"):
            remote.read("noise", PIXELS)


def replaced(path: Path) -> None:
    """Another file of the same structure and size under the same name."""
    changed = path.with_name("changed.tmp")
    changed.write_bytes(path.read_bytes())
    with h5py.File(changed, "r+") as file:
        file["amplitude"][:] = file["amplitude"][:][::-1, ::-1]
    changed.replace(path)
    os.utime(path, (1.7e9, 1.7e9))


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("refusal", ["status", "body"])
def test_a_server_that_refuses_large_requests_is_asked_for_less(
    file: Path, protocol: str, refusal: Any
):
    limits = {"limit_bytes": 60_000, "dap4_limit_bytes": 60_000, "limit_reply": refusal}
    with (
        serve(file.parent, **limits) as server,
        RemoteDataset.open(
            f"{server.url}/dodsC/ice.nc", replace(PLAIN, protocol=protocol)
        ) as remote,
    ):
        found = remote.read_many([("amplitude", PIXELS), ("noise", PIXELS)])
    for name, values in zip(("amplitude", "noise"), found, strict=True):
        np.testing.assert_array_equal(values, true(file, name, PIXELS))


def test_a_server_that_refuses_everything_is_quoted(file: Path):
    with (
        serve(file.parent, limit_bytes=1) as server,
        RemoteDataset.open(f"{server.url}/dodsC/ice.nc", replace(PLAIN, protocol="dap2")) as remote,
        pytest.raises(
            RefusedError, match=r"amplitude\[0:4, 0:4\].*even .* is too large.*Too Large"
        ),
    ):
        remote.read("amplitude", (slice(0, 4), slice(0, 4)))


def test_coordinates_that_travel_beside_their_windows_are_compared_all_the_same(
    address: str, file: Path
):
    """Many windows at once over one connection: none may wait for what waits for it."""
    options = replace(PLAIN, workers=1, request_bytes=30_000)
    with (
        RemoteDataset.open(address, options) as one,
        RemoteDataset.open(address, options) as other,
        ThreadPoolExecutor(4) as pool,
    ):
        reads = [pool.submit(each.read, "B3") for each in (one, other, one, other)]
        for read in reads:
            np.testing.assert_array_equal(read.result(timeout=30), true(file, "B3"))


def test_many_threads_read_what_they_ask_for(address: str, file: Path, tmp_path: Path):
    whole = true(file, "B3")
    options = replace(PLAIN, cache=True, cache_dir=tmp_path)
    windows = [
        (slice(top, top + 70), slice(left, left + 60))
        for top in range(0, 500, 83)
        for left in range(0, 430, 71)
    ]
    with (
        RemoteDataset.open(address, options) as remote,
        ThreadPoolExecutor(8) as pool,
    ):
        found = list(pool.map(lambda window: remote.read("B3", window), windows))
    for window, values in zip(windows, found, strict=True):
        np.testing.assert_array_equal(values, whole[window])


def test_a_pickled_dataset_connects_anew_and_carries_no_token(address: str, file: Path):
    options = replace(PLAIN, token="secret-of-mine", token_host="data.example")
    with RemoteDataset.open(address, options) as remote:
        packed = pickle.dumps(remote)
    assert b"secret-of-mine" not in packed
    with pickle.loads(packed) as again:
        np.testing.assert_array_equal(again.read("x"), true(file, "x"))


def test_what_is_not_there_or_outside_is_named(address: str):
    with RemoteDataset.open(address, PLAIN) as remote:
        with pytest.raises(DamagedFileError, match=r"ice\.nc has no variable B99"):
            remote.read("B99")
        with pytest.raises(UsageError, match=r"B3 of .*shape \(600, 500\).*not inside"):
            remote.read("B3", (slice(590, 601), slice(0, 1)))
        with pytest.raises(UsageError, match="not inside"):
            remote.read("B3", (slice(5, 5), slice(0, 1)))


def test_a_key_in_the_address_is_neither_shown_nor_kept(address: str, tmp_path: Path):
    options = replace(PLAIN, cache=True, cache_dir=tmp_path)
    with RemoteDataset.open(f"{address}?token=secret-of-mine", options) as remote:
        remote.read("amplitude", PIXELS)
        assert "secret-of-mine" not in repr(remote) + remote.address
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert kept
    assert b"secret-of-mine" not in kept
    assert not any("secret-of-mine" in str(path) for path in tmp_path.rglob("*"))

"""Files that change, clients that crowd in, leave or stop reading; bounded memory throughout."""

from __future__ import annotations

import http.client
import os
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import h5py
import numpy as np
import pytest
import requests
from dap_server_samples import dap2_numbers, dap4_chunks, write_raster

from icepair.dap.server import Running, serve, shelf
from icepair.dap.server.refusal import Refusal
from icepair.dap.server.shelf import Shelf

PLAIN = {"accept-encoding": "identity"}
U2 = np.dtype("u2")


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def window(address: str, rows: slice, columns: slice, session: requests.Session) -> np.ndarray:
    query = f"a[{rows.start}:{rows.stop - 1}][{columns.start}:{columns.stop - 1}]"
    reply = session.get(f"{address}?{query}", headers=PLAIN, timeout=60)
    assert reply.status_code == 200, reply.text
    _, values, rest = dap2_numbers(reply.content, U2)
    assert rest == b""
    return values.reshape(rows.stop - rows.start, -1)


def test_eight_clients_at_once_get_their_own_bytes(tmp_path: Path) -> None:
    truths = [write_raster(tmp_path / f"{n}.nc", seed=n) for n in range(3)]

    def client(seed: int) -> int:
        random = np.random.default_rng(seed)
        with requests.Session() as session:
            for _ in range(25):
                n = int(random.integers(3))
                top, left = random.integers(0, 500, 2)
                rows = slice(int(top), int(top + random.integers(1, 100)))
                columns = slice(int(left), int(left + random.integers(1, 100)))
                got = window(f"{server.url}/dodsC/{n}.nc.dods", rows, columns, session)
                np.testing.assert_array_equal(got, truths[n][rows, columns])
        return seed

    with serve(tmp_path) as server, ThreadPoolExecutor(8) as clients:
        assert list(clients.map(client, range(8))) == list(range(8))


def test_a_replaced_file_is_seen_and_a_begun_reply_keeps_the_old_one(tmp_path: Path) -> None:
    old = write_raster(tmp_path / "a.nc", size=3000, seed=1)
    with serve(tmp_path) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        connection.request("GET", "/dodsC/a.nc.dods?a", headers=PLAIN)
        reply = connection.getresponse()
        begun = reply.read(1000)
        new = write_raster(tmp_path / "next", size=3000, seed=2)
        (tmp_path / "next").rename(tmp_path / "a.nc")
        with requests.Session() as session:
            address = f"{server.url}/dodsC/a.nc"
            got = window(f"{address}.dods", slice(0, 50), slice(7, 90), session)
            np.testing.assert_array_equal(got, new[0:50, 7:90])
            tag = session.get(f"{address}.dds", timeout=20).headers["etag"]
        assert tag != reply.headers["etag"]
        _, values, _ = dap2_numbers(begun + reply.read(), U2)
        np.testing.assert_array_equal(values.reshape(old.shape), old)
        connection.close()


@pytest.mark.parametrize("place", ["dodsC/a.nc.dods?a", "dap4/a.nc.dap", "fileServer/a.nc"])
def test_a_file_that_is_written_to_ends_the_reply_and_never_well(
    tmp_path: Path, place: str
) -> None:
    write_raster(tmp_path / "a.nc", size=4000)
    with serve(tmp_path) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        connection.request("GET", f"/{place}", headers=PLAIN)
        reply = connection.getresponse()
        begun = reply.read(1000)
        os.utime(tmp_path / "a.nc", (1, 1))
        if place.startswith("dap4"):
            assert b"was written to" in (begun + reply.read())[-500:]
        else:
            with pytest.raises(http.client.IncompleteRead):
                begun += reply.read()
        connection.close()
        # The next request finds the file as it is now.
        assert requests.get(f"{server.url}/dodsC/a.nc.dds", timeout=20).status_code == 200


def test_a_file_that_goes_or_breaks_is_told(tmp_path: Path) -> None:
    write_raster(tmp_path / "a.nc", size=100)
    with serve(tmp_path) as server:
        address = f"{server.url}/dodsC/a.nc.dds"
        assert requests.get(address, timeout=20).status_code == 200
        octets = (tmp_path / "a.nc").read_bytes()
        (tmp_path / "cut").write_bytes(octets[: len(octets) // 2])
        (tmp_path / "cut").rename(tmp_path / "a.nc")
        broken = requests.get(address, timeout=20)
        assert broken.status_code == 500
        assert "a.nc cannot be read" in broken.text
        assert str(tmp_path) not in broken.text
        (tmp_path / "a.nc").unlink()
        assert requests.get(address, timeout=20).status_code == 404


def test_a_damaged_chunk_breaks_the_reply_off(tmp_path: Path) -> None:
    write_raster(tmp_path / "a.nc", size=1000)
    with h5py.File(tmp_path / "a.nc") as file:
        info = file["a"].id.get_chunk_info_by_coord((910, 0))
    with (tmp_path / "a.nc").open("r+b") as raw:
        raw.seek(info.byte_offset)
        raw.write(b"\xff" * 20)
    with serve(tmp_path) as server:
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            requests.get(f"{server.url}/dodsC/a.nc.dods?a", headers=PLAIN, timeout=20)
        body = requests.get(f"{server.url}/dap4/a.nc.dap", headers=PLAIN, timeout=20).content
        flags, words = dap4_chunks(body)[-1]
        assert flags & 3 == 3
        assert b"A chunk of the file is damaged" in words


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs Linux's /proc")
def test_no_more_files_stay_open_than_the_shelf_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "OPEN_FILES", 3)
    paths = [tmp_path / f"{n}.nc" for n in range(6)]
    for path in paths:
        write_raster(path, size=100)
    with ThreadPoolExecutor(1) as workers:
        held = Shelf(workers)
        before = open_files()
        for path in paths * 2:
            with held.borrow(path, path.name) as dataset:
                assert dataset.name == path.name
        # A descriptor of ours and one of HDF5 for each.
        assert open_files() - before == 2 * 3
        held.close()
        assert open_files() == before


def test_a_file_rewritten_in_place_is_refused_while_it_is_in_use(tmp_path: Path) -> None:
    path = tmp_path / "a.nc"
    write_raster(path, size=100)
    with ThreadPoolExecutor(1) as workers:
        held = Shelf(workers)
        with held.borrow(path, "a.nc"):
            os.utime(path, (1, 1))
            with pytest.raises(Refusal, match="is being written to"), held.borrow(path, "a.nc"):
                pass
        with held.borrow(path, "a.nc") as dataset:
            assert dataset.stamp.modified_ns == 1_000_000_000
        held.close()


_SERVER = """
import sys
from icepair.dap.server import serve
with serve(sys.argv[1]) as running:
    print(running.port, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def separate(tmp_path: Path):  # type: ignore[no-untyped-def]
    """Start a server in a process of its own: its process and port."""
    started = []

    def start() -> tuple[subprocess.Popen[str], int]:
        process = subprocess.Popen(
            [sys.executable, "-c", _SERVER, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        return process, int(process.stdout.readline())

    yield start
    for process in started:
        process.communicate("")
        assert process.returncode == 0


def memory_bytes(process: subprocess.Popen[str], field: str) -> int:
    status = Path(f"/proc/{process.pid}/status").read_text()
    return 1024 * int(status.split(f"{field}:")[1].split()[0])


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")
def test_neither_large_replies_nor_slow_readers_take_memory(
    tmp_path: Path, separate: Callable[[], tuple[subprocess.Popen[str], int]]
) -> None:
    with h5py.File(tmp_path / "big.nc", "w") as file:
        for name in "abcd":
            file.create_dataset(
                name, (5000, 10_000), "u2", chunks=(91, 99), compression=1, shuffle=True
            )
    process, port = separate()
    requests.get(f"http://127.0.0.1:{port}/dodsC/big.nc.dds", timeout=60)
    idle = memory_bytes(process, "VmHWM")
    size = 0
    with requests.get(
        f"http://127.0.0.1:{port}/dodsC/big.nc.dods", headers=PLAIN, stream=True, timeout=60
    ) as reply:
        for part in reply.iter_content(1 << 20):
            size += len(part)
    assert size > 4 * 5000 * 10_000 * 4
    lazy = [socket.create_connection(("127.0.0.1", port)) for _ in range(10)]
    for each in lazy:
        each.sendall(b"GET /dodsC/big.nc.dods HTTP/1.1\r\nHost: x\r\n\r\n")
    time.sleep(1.5)
    # 800 MB have gone out and ten more such replies wait.
    assert memory_bytes(process, "VmHWM") - idle < 250e6
    for each in lazy:
        each.close()
    # Readers that have left are noticed: the server is free for others at once.
    begin = time.monotonic()
    assert requests.get(f"http://127.0.0.1:{port}/", timeout=60).status_code == 200
    assert time.monotonic() - begin < 30


def test_a_reader_who_takes_nothing_is_dropped(tmp_path: Path) -> None:
    write_raster(tmp_path / "a.nc", size=3000)
    with serve(tmp_path, patience_s=0.3) as server:
        lazy = socket.create_connection(("127.0.0.1", server.port))
        lazy.sendall(b"GET /dodsC/a.nc.dods HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(1.5)
        lazy.settimeout(20)
        received = b""
        while part := lazy.recv(1 << 20):
            received += part
        lazy.close()
        assert len(received) < 3000 * 3000 * 4
        assert not received.endswith(b"0\r\n\r\n")


def test_more_connections_than_allowed_are_told_to_come_back(tmp_path: Path) -> None:
    with serve(tmp_path, connections=2) as server:
        held = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(3)]
        time.sleep(0.2)
        assert requests.get(server.url, timeout=20).status_code == 503
        for each in held:
            each.close()
        time.sleep(0.2)
        assert requests.get(server.url, timeout=20).status_code == 200


def test_an_empty_unlimited_axis_is_served(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.nc", "w") as file:
        file.create_dataset("none", (0, 5), "i2", maxshape=(None, 5), chunks=(1, 5))
        file.create_dataset("one", data=np.int16(-2))
    with serve(tmp_path) as server:
        body = requests.get(f"{server.url}/dodsC/a.nc.dods", headers=PLAIN, timeout=20).content
        assert body.endswith(b"\nData:\n" + struct.pack(">IIi", 0, 0, -2))
        reply = requests.get(f"{server.url}/dodsC/a.nc.dods?none[0][0]", timeout=20)
        assert reply.status_code == 400


def test_starting_and_stopping_is_quick_enough_to_do_often(tmp_path: Path) -> None:
    ports = set()
    for _ in range(3):
        with serve(tmp_path) as server:
            assert isinstance(server, Running)
            ports.add(server.port)
    assert all(port > 0 for port in ports)

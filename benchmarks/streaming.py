"""How fast, how large and how right reading over OPeNDAP is, beside other clients.

``make bench`` runs it and prints the table of docs/reference/benchmarks.md. Every client has a
process of its own; the runs of the clients alternate; every element is compared with the file.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import math
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from files import NAMES, SIZE, make_raster_file
from journey import TASK as JOURNEY
from journey import journey_rows
from serving import server_of
from table import Row, markdown

from icepair.testing.link import Link

HERE = Path(__file__).resolve().parent
FOLDER = Path(os.environ.get("ICEPAIR_BENCH_DIR") or Path(tempfile.gettempdir()) / "icepair-bench")
LINK_BITS_PER_S = 20e6
LINK_ROUND_TRIP_S = 0.05
_LONGEST_S = 90


@dataclass(frozen=True)
class Task:
    """Windows that several clients read."""

    name: str
    windows: list[tuple[str, list[tuple[int, int]]]]
    clients: Sequence[str]
    runs: int

    def job(self, url: str, truth: Path) -> dict[str, Any]:
        """As `worker` takes it."""
        return {"url": url, "windows": self.windows, "truth": str(truth)}


FIVE = Task(
    "5 rasters x 1000 x 1000",
    [(name, [(4321, 5321), (3210, 4210)]) for name in NAMES],
    ("netCDF4", "pydap", "xarray, netCDF4, dask", "icepair, DAP2", "icepair"),
    5,
)
WHOLE = Task(
    f"one raster {SIZE} x {SIZE}, DAP2",
    [("B3", [(0, SIZE), (0, SIZE)])],
    ("netCDF4", "icepair, DAP2", "icepair, DAP2, in pieces"),
    3,
)
DELAYED = Task(
    "8 windows x 500 x 500, 100 ms of delay a request",
    [("B4", [(1000 * i + 50, 1000 * i + 550), (7000 - 800 * i, 7500 - 800 * i)]) for i in range(8)],
    ("netCDF4", "pydap", "xarray, netCDF4, dask", "icepair, DAP2", "icepair"),
    3,
)
THIN = Task(
    "100 MB through 20 Mbit/s, 50 ms",
    [("B8", [(2000, 7000), (2500, 7500)])],
    ("icepair, DAP2",),
    1,
)


class Worker:
    """A client in its own process."""

    def __init__(self, client: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / "worker.py"), client],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def run(self, job: dict[str, Any]) -> dict[str, Any]:
        """One measurement."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        patience = threading.Timer(_LONGEST_S, self._process.kill)
        patience.start()
        try:
            self._process.stdin.write(json.dumps(job) + "\n")
            self._process.stdin.flush()
            return dict(json.loads(self._process.stdout.readline()))
        except (BrokenPipeError, json.JSONDecodeError):
            outcome = f"died, or took more than {_LONGEST_S} s"
            return {"seconds": math.nan, "memory_mb": math.nan, "outcome": outcome}
        finally:
            patience.cancel()

    def close(self) -> None:
        """End the process."""
        self._process.communicate(timeout=30)


@contextlib.contextmanager
def workers_for(clients: Sequence[str], warm_up: dict[str, Any]) -> Iterator[dict[str, Worker]]:
    """Processes that have done their imports."""
    workers = {client: Worker(client) for client in clients}
    try:
        for worker in workers.values():
            worker.run(warm_up)
        yield workers
    finally:
        for worker in workers.values():
            worker.close()


def rows_of(task: Task, url: str, truth: Path) -> list[Row]:
    """Medians of a task's clients; their runs alternate."""
    small = dataclasses.replace(task, windows=[("B2", [(0, 9), (0, 9)])])
    with workers_for(task.clients, small.job(url, truth)) as workers:
        runs = [
            {client: worker.run(task.job(url, truth)) for client, worker in workers.items()}
            for _ in range(task.runs)
        ]
    return [_row(task, client, [run[client] for run in runs]) for client in task.clients]


def _row(task: Task, client: str, runs: Sequence[dict[str, Any]]) -> Row:
    outcomes = {run["outcome"] for run in runs}
    return Row(
        task.name,
        client,
        seconds=statistics.median(run["seconds"] for run in runs),
        memory_mb=max(run["memory_mb"] for run in runs),
        outcome="; ".join(sorted(outcomes)),
    )


def thin_rows(root: str, path: str, truth: Path) -> list[Row]:
    """The share of a thin link's rate that is used."""
    half = LINK_ROUND_TRIP_S / 2
    with Link(root, there_s=half, back_s=half, bits_per_s=LINK_BITS_PER_S) as link:
        rows = rows_of(THIN, link.url + path, truth)
    limit = sum(4 * math.prod(b - a for a, b in slices) for _, slices in THIN.windows) * 8
    limit_s = limit / LINK_BITS_PER_S
    return [Row(THIN.name, "the link itself", seconds=limit_s, outcome="-"), *rows]


def machine() -> str:
    """What the figures were measured on."""
    versions = subprocess.run(
        [sys.executable, "-c", "import netCDF4, pydap, xarray; print('netCDF4', "
         "netCDF4.__version__ + ', pydap', pydap.__version__ + ', xarray', xarray.__version__)"],
        capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, {versions}, loopback"


def say(name: str) -> None:
    """What is done now."""
    sys.stderr.write(f"{name} …\n")


def main() -> None:
    """Make the data where they are missing, run every task, print the table."""
    begin = time.monotonic()
    FOLDER.mkdir(parents=True, exist_ok=True)
    truth = FOLDER / "rasters.nc"
    if not truth.exists():
        make_raster_file(truth)
    rows: list[Row] = []
    # netCDF4 takes compressed replies wherever there are any, and on one machine they are slow.
    with server_of(FOLDER, "--no-compress") as root, server_of(FOLDER) as compressing:
        path = "/dodsC/rasters.nc"
        for task in (FIVE, WHOLE):
            say(task.name)
            rows += rows_of(task, root + path, truth)
        say(DELAYED.name)
        with Link(root, there_s=0.1) as link:
            rows += rows_of(DELAYED, link.url + path, truth)
        say(THIN.name)
        rows += thin_rows(root, path, truth)
        say(JOURNEY)
        rows += journey_rows(FOLDER, root, compressing)
    sys.stdout.write(f"{machine()}; {time.monotonic() - begin:.0f} s in all.\n\n{markdown(rows)}\n")


if __name__ == "__main__":
    main()

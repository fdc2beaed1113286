"""One cache, several processes: writing, evicting, clearing and dying at any moment."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from icepair.dap.cache import BlockStore
from icepair.dap.hyperslab import Hyperslab

KEY = "https://data.example.org/dodsC/a.nc\nstamp 1"
ROWS, COLUMNS = 640, 500
U2 = np.dtype("u2")

# Every process knows the truth by arithmetic alone, and is given: folder, limit, seconds, seed.
SETTING = f"""
import random, sys, time
from pathlib import Path
import numpy as np
from icepair.dap.cache import BlockStore
from icepair.dap.hyperslab import Hyperslab

KEY, ROWS, COLUMNS, U2 = {KEY!r}, {ROWS}, {COLUMNS}, np.dtype("u2")
TRUTH = (np.arange(ROWS * COLUMNS) * 7919 % 65521).astype(U2).reshape(ROWS, COLUMNS)
folder, limit, seconds, seed = Path(sys.argv[1]), *map(int, sys.argv[2:])
store = BlockStore(folder, limit)
dataset = store.dataset(KEY)
pick = random.Random(seed)
end = time.monotonic() + seconds

def some_rows():
    first = pick.randrange(0, ROWS, 32)
    return Hyperslab.of([slice(first, min(ROWS, first + pick.choice([32, 64, 128])))], TRUTH.shape)

print("ready", flush=True)
"""

READ_THROUGH = """
hits = 0
while time.monotonic() < end:
    wish = some_rows()
    for gap in dataset.missing("B2", wish):
        dataset.put("B2", gap, TRUTH[gap.slices])
    found = dataset.get("B2", wish, U2)
    if found is not None:
        hits += 1
        assert np.array_equal(found, TRUTH[wish.slices]), wish
assert store.trouble is None, store.trouble
assert store.damaged == 0, store.damaged
assert hits, "nothing was ever found"
"""

CLEAR_NOW_AND_THEN = """
while time.monotonic() < end:
    time.sleep(0.05)
    store.clear()
"""

WRITE_FOR_EVER = """
while True:
    wish = some_rows()
    dataset.put("B2", wish, TRUTH[wish.slices])
"""


def truth() -> np.ndarray:
    return (np.arange(ROWS * COLUMNS) * 7919 % 65521).astype(U2).reshape(ROWS, COLUMNS)


def start(work: str, folder: Path, limit: int, seconds: int, seed: int) -> subprocess.Popen[str]:
    arguments = [str(folder), str(limit), str(seconds), str(seed)]
    started = subprocess.Popen(
        [sys.executable, "-c", SETTING + work, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert started.stdout is not None
    assert started.stdout.readline() == "ready\n"
    return started


def end(process: subprocess.Popen[str]) -> None:
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 0, stderr


def test_three_processes_share_a_cache_that_is_too_small(tmp_path: Path) -> None:
    limit = 300_000
    workers = [start(READ_THROUGH, tmp_path, limit, 2, seed) for seed in range(3)]
    for worker in workers:
        end(worker)
    assert BlockStore(tmp_path, limit).info().bytes <= 1.5 * limit


def test_clearing_while_others_read_and_write(tmp_path: Path) -> None:
    workers = [start(READ_THROUGH, tmp_path, 10**8, 2, seed) for seed in range(2)]
    workers.append(start(CLEAR_NOW_AND_THEN, tmp_path, 10**8, 2, 9))
    for worker in workers:
        end(worker)


def test_killed_writers_leave_nothing_that_is_believed_but_is_not_true(tmp_path: Path) -> None:
    pick, expected = random.Random(5), truth()
    for seed in range(8):
        writer = start(WRITE_FOR_EVER, tmp_path, 10**8, 0, seed)
        time.sleep(pick.uniform(0.0, 0.15))
        writer.kill()
        writer.communicate(timeout=60)
    store = BlockStore(tmp_path, 10**8)
    dataset = store.dataset(KEY)
    whole = Hyperslab.of([], expected.shape)
    gaps = dataset.missing("B2", whole)
    assert store.damaged == 0, "a file with its own name was not whole"
    for gap in gaps:
        dataset.put("B2", gap, expected[gap.slices])
    assert np.array_equal(dataset.get("B2", whole, U2), expected)

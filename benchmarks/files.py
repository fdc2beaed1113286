"""The dataset that is streamed: five rasters like those of an optical product of the archive."""

from __future__ import annotations

import sys
from pathlib import Path

import h5py
import numpy as np

from icepair._deflate import deflated

NAMES = ("B2", "B3", "B4", "B8", "B11")
SIZE = 10_000
CHUNK = (91, 99)
_DISTINCT = 300
"""Chunks that differ. They lie in random order, so that no two windows are alike."""


def make_raster_file(path: Path) -> None:
    """Write 1 GB of rasters, two thirds of that as stored.

    Digital numbers between 4000 and 8000 with the noise of a snow surface. The chunks are
    compressed once and placed many times, which takes seconds, not minutes.
    """
    random = np.random.default_rng(20190827)
    bright = random.uniform(4000, 8000, _DISTINCT)
    stored = [
        deflated(random.normal(mean, 100, CHUNK).clip(1, 65535).astype(np.uint16), CHUNK, 1)
        for mean in bright
    ]
    part = path.with_suffix(".part")
    with h5py.File(part, "w", libver="v110") as file:
        for name in ("y", "x"):
            file[name] = 9_000_000.0 - 10.0 * np.arange(SIZE) + 5.0
            file[name].make_scale(name)
        for name in NAMES:
            _fill(file, name, stored, random)
    part.rename(path)


def _fill(file: h5py.File, name: str, stored: list[bytes], random: np.random.Generator) -> None:
    raster = file.create_dataset(
        name, (SIZE, SIZE), np.uint16, chunks=CHUNK, shuffle=True, compression="gzip"
    )
    raster.dims[0].attach_scale(file["y"])
    raster.dims[1].attach_scale(file["x"])
    for line in range(0, SIZE, CHUNK[0]):
        for sample in range(0, SIZE, CHUNK[1]):
            chunk = stored[int(random.integers(_DISTINCT))]
            raster.id.write_direct_chunk((line, sample), chunk)


if __name__ == "__main__":
    make_raster_file(Path(sys.argv[1]))

"""Files for the server's tests, written by netCDF4, and a slow, obvious decoder of DAP2 data."""

from __future__ import annotations

import struct
from pathlib import Path

import netCDF4
import numpy as np

ROWS, COLUMNS = 83, 67
CODES = ("i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8")
WORDS = ("", "a", "floe", "brash ice", 'say "ice"', "back\\slash", "seven77")
TITLE = 'with "quotes", a \\ and\na second line'


def random_values(code: str, shape: tuple[int, ...], seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    dtype = np.dtype(code)
    if dtype.kind == "f":
        return random.normal(size=shape).astype(dtype)
    limits = np.iinfo(dtype)
    return random.integers(limits.min, limits.max, shape, dtype, endpoint=True)


def write_everything(path: Path) -> Path:
    """Every type as Grid, Array and scalar, every filter, text, holes and an unlimited axis."""
    with netCDF4.Dataset(path, "w") as file:
        file.set_auto_maskandscale(False)
        file.setncatts({"title": TITLE, "numbers": np.array([1.5, np.nan, -np.inf])})
        file.setncatts({"huge": np.int64(2**40), "small": np.int64(-5), "empty": ""})
        for name, length in (("y", ROWS), ("x", COLUMNS), ("n", 7), ("t", None), ("len", 5)):
            file.createDimension(name, length)
        for name, length in (("y", ROWS), ("x", COLUMNS)):
            file.createVariable(name, "f8", (name,))[:] = np.arange(length) * 2.5
        for seed, code in enumerate(CODES):
            filters = {"zlib": True, "shuffle": True, "chunksizes": (17, 13)}
            fill = np.dtype(code).type(3)
            grid = file.createVariable(f"grid_{code}", code, ("y", "x"), fill_value=fill, **filters)
            grid[:] = random_values(code, (ROWS, COLUMNS), seed)
            array = file.createVariable(f"array_{code}", code, ("n", "x"))
            array[:] = random_values(code, (7, COLUMNS), seed + 100)
            file.createVariable(f"one_{code}", code, ())[...] = random_values(code, (), seed + 200)
        _write_odd(file)
        _write_text(file)
    return path


def _write_odd(file: netCDF4.Dataset) -> None:
    plane, cube = ("y", "x"), ("t", "y", "x")
    for name, kind, axes, how in (
        ("cube", "u2", cube, {"zlib": True, "shuffle": False, "chunksizes": (1, 40, 30)}),
        ("summed", "i4", plane, {"zlib": True, "fletcher32": True, "chunksizes": (20, 20)}),
        ("chunked", "i2", plane, {"chunksizes": (20, 20)}),
    ):
        variable = file.createVariable(name, kind, axes, **how)
        shape = (3, ROWS, COLUMNS)[-len(axes) :]
        variable[:] = random_values(kind, shape, 7)
    swapped = file.createVariable("swapped", ">u2", plane, endian="big", zlib=True, shuffle=True)
    swapped[:] = random_values("u2", (ROWS, COLUMNS), 8)
    hole = file.createVariable("hole", "u2", plane, zlib=True, chunksizes=(17, 13), fill_value=7)
    hole[20:23, 30:33] = 1
    file.createVariable("never", "f4", plane, fill_value=-9)


def _write_text(file: netCDF4.Dataset) -> None:
    words = file.createVariable("words", str, ("n",))
    for number, word in enumerate(WORDS):
        words[number] = word
    file.createVariable("word", str, ())[...] = "hello"
    letters = file.createVariable("letters", "S1", ("n", "len"))
    letters[:] = netCDF4.stringtochar(np.array([w[:5] for w in WORDS], "S5"))
    file.createVariable("letter", "S1", ())[...] = b"z"


def write_raster(path: Path, *, size: int = 600, seed: int = 0) -> np.ndarray:
    """One deflated u2 raster ``a`` without coordinates; its values."""
    values = np.random.default_rng(seed).integers(0, 4000, (size, size), np.uint16)
    with netCDF4.Dataset(path, "w") as file:
        file.createDimension("line", size)
        file.createDimension("sample", size)
        variable = file.createVariable(
            "a", "u2", ("line", "sample"), zlib=True, complevel=1, chunksizes=(91, 99)
        )
        variable[:] = values
    return values


def stored(path: Path) -> dict[str, np.ndarray]:
    """Values of every variable as the file holds them."""
    with netCDF4.Dataset(path) as file:
        file.set_auto_maskandscale(False)
        file.set_always_mask(False)
        return {name: np.asarray(variable[...]) for name, variable in file.variables.items()}


def dap2_numbers(body: bytes, dtype: np.dtype) -> tuple[str, np.ndarray, bytes]:
    """DDS, values of the one array of numbers that follows, and what comes after it."""
    text, data = body.split(b"\nData:\n", 1)
    count, again = struct.unpack(">II", data[:8])
    assert count == again
    width = 1 if dtype.itemsize == 1 else max(4, dtype.itemsize)
    wire = np.dtype(f">{dtype.kind}{width}")
    end = 8 + count * width
    values = np.frombuffer(data[8:end], wire).astype(dtype)
    padding = -end % 4
    assert data[end : end + padding] == bytes(padding)
    return text.decode(), values, data[end + padding :]


def dap4_chunks(body: bytes) -> list[tuple[int, bytes]]:
    """Flags and content of every chunk."""
    chunks = []
    while body:
        header = int.from_bytes(body[:4], "big")
        length = header & 0xFFFFFF
        chunks.append((header >> 24, body[4 : 4 + length]))
        assert len(chunks[-1][1]) == length
        body = body[4 + length :]
    return chunks

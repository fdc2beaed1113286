"""One dataset behind a proxy that damages replies, and what is true of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from icepair.dap.remote import RemoteDataset
from icepair.errors import RemoteError
from icepair.options import Options
from icepair.testing.faults import FaultProxy, Request

PATH = "/dodsC/ice.nc"
LINES, SAMPLES = slice(120, 320), slice(200, 450)
PIXELS = (LINES, SAMPLES)
OPTIONS = Options(
    cache=False, attempts=3, backoff_s=0.01, read_timeout_s=0.4, request_timeout_s=5.0,
    connect_timeout_s=1.0, workers=2,
)  # fmt: skip
SHAPE = (600, 500)


@dataclass(frozen=True)
class Way:
    """A protocol and the kind of variable that is read by it."""

    name: str
    protocol: str
    variable: str

    def __str__(self) -> str:
        return self.name

    def asked(self, request: Request) -> bool:
        """Whether a request is for this variable's pixels."""
        return request.kind == "data" and self.variable in request.query


ARRAY = Way("DAP2 Array", "dap2", "amplitude")
GRID = Way("DAP2 Grid", "dap2", "B3")
DAP4 = Way("DAP4", "dap4", "B3")
WAYS = (ARRAY, GRID, DAP4)


def write_dataset(path: Path) -> None:
    """``amplitude`` and ``noise`` without coordinates, ``B3`` and ``B4`` with; no value is 0."""
    import h5netcdf

    random = np.random.default_rng(5)
    with h5netcdf.File(path, "w") as file:
        file.dimensions = {"line": SHAPE[0], "sample": SHAPE[1], "y": SHAPE[0], "x": SHAPE[1]}
        for name, first, count in (("y", 9e6, SHAPE[0]), ("x", 5e5, SHAPE[1])):
            file.create_variable(name, (name,), data=first + 10.0 * np.arange(count))
        for name, dimensions in (
            ("amplitude", ("line", "sample")), ("B3", ("y", "x")), ("B4", ("y", "x")),
        ):  # fmt: skip
            file.create_variable(
                name, dimensions, data=random.integers(1, 65536, SHAPE, np.uint16),
                chunks=(91, 99), shuffle=True, compression="gzip", compression_opts=1,
            )  # fmt: skip
        file.create_variable(
            "noise", ("line", "sample"), data=random.random(SHAPE, np.float32) + 1,
            chunks=(91, 99),
        )  # fmt: skip


def truth(path: Path, name: str, window: tuple[slice, ...] = PIXELS) -> np.ndarray[Any, Any]:
    """What the file holds."""
    with h5py.File(path) as file:
        return np.asarray(file[name][window])


def opened(proxy: FaultProxy, way: Way, **changes: Any) -> RemoteDataset:
    """The dataset, by the way's protocol."""
    return RemoteDataset.open(
        proxy.url + PATH, replace(OPTIONS, **{"protocol": way.protocol, **changes})
    )


def says_everything(error: RemoteError, proxy: FaultProxy, way: Way) -> None:
    """Assert that an error names address, variable and window, and ends with what to do."""
    text = str(error)
    assert proxy.url + PATH in text
    assert way.variable in text
    assert "120:320" in text
    assert "200:450" in text
    assert "\n" not in text
    advice = re.split(r"(?<=[.!?'])\s+(?=[A-Z])", text)[-1]
    assert re.search(
        r"\b(try|check|run|ask|use|set|sign|choose|give|wait|read|raise)\b", advice, re.IGNORECASE
    ), text

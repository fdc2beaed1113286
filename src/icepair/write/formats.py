"""The formats in which a pair leaves, behind one signature."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["FORMATS", "PairFormat"]


@dataclass(frozen=True)
class PairFormat:
    """A format that holds a whole pair."""

    name: str
    """As on the command line; ``icepair.write`` has a module of this name."""
    file: str
    """Name of the file, or folder, in a result."""
    engine: str
    """Of xarray, that reads it."""
    block: int
    """Rows and columns of what is read back at a time: those of its chunks."""

    def require(self) -> None:
        """Refuse to begin what could not be written.

        Raises
        ------
        UsageError
            A package is missing.
        """
        if self.name == "zarr":
            from icepair.write.zarr import require_zarr

            require_zarr()

    def write(
        self, pair: xr.Dataset, path: Path, *, computed: Callable[[xr.Dataset], None] | None = None
    ) -> None:
        """Write a pair; see `icepair.write.netcdf.write_netcdf`."""
        self._writer("write")(pair, path, computed=computed)

    def append(self, variables: xr.Dataset, path: Path) -> None:
        """Add variables; see `icepair.write.netcdf.append_netcdf`."""
        self._writer("append")(variables, path)

    def read(self, path: Path) -> xr.Dataset:
        """The pair as it was written, read when its values are asked for."""
        import xarray as xr

        pair = xr.open_dataset(path, engine=self.engine, decode_coords="all", cache=False)
        if self.name == "netcdf":
            from icepair.write.reading_back import by_all_cores

            pair = by_all_cores(pair, path)
        lazy: xr.Dataset = pair.chunk({"y": self.block, "x": self.block})
        lazy.set_close(pair.close)
        return lazy

    def _writer(self, verb: str) -> Callable[..., None]:
        module = importlib.import_module(f"icepair.write.{self.name}")
        writer: Callable[..., None] = getattr(module, f"{verb}_{self.name}")
        return writer


FORMATS: Mapping[str, PairFormat] = {
    each.name: each
    for each in (
        PairFormat("netcdf", "pair.nc", "h5netcdf", 512),
        PairFormat("zarr", "pair.zarr", "zarr", 1024),
    )
}
"""All formats by name."""

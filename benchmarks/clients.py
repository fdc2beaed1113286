"""The same reading, done by each client as its own documentation would have it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Window = tuple[str, tuple[slice, ...]]
"""Name of a variable and its slices; no slices mean all of it."""

Reader = Callable[[str, Sequence[Window]], list[Any]]

DASK_CHUNK = 500
"""Side of the blocks that xarray is asked for."""


def netcdf4(url: str, windows: Sequence[Window]) -> list[Any]:
    """Windows one after the other."""
    import netCDF4

    with netCDF4.Dataset(url) as dataset:
        dataset.set_auto_maskandscale(False)
        return [dataset[name][slices or ...] for name, slices in windows]


def pydap(url: str, windows: Sequence[Window]) -> list[Any]:
    """Windows one after the other; the array of a Grid alone."""
    from pydap.client import open_url

    dataset = open_url(url, protocol="dap2", output_grid=False)
    return [np.asarray(dataset[name][slices or (slice(None),)].data) for name, slices in windows]


def xarray_netcdf4(url: str, windows: Sequence[Window]) -> list[Any]:
    """Lazy arrays in dask blocks, computed together."""
    return _with_xarray(url, windows, "netcdf4")


def xarray_pydap(url: str, windows: Sequence[Window]) -> list[Any]:
    """Lazy arrays in dask blocks, computed together."""
    return _with_xarray(url, windows, "pydap")


def _with_xarray(url: str, windows: Sequence[Window], engine: str) -> list[Any]:
    import dask
    import xarray as xr

    chunks = {"y": DASK_CHUNK, "x": DASK_CHUNK}
    if engine == "pydap":
        url = url.replace("http://", "dap2://")
    with xr.open_dataset(url, engine=engine, chunks=chunks, mask_and_scale=False) as dataset:
        lazy = [dataset[name].data[slices] for name, slices in windows]
        return list(dask.compute(*lazy))


def icepair(url: str, windows: Sequence[Window], **changes: Any) -> list[Any]:
    """All windows in one call, nothing kept on disk."""
    from icepair.dap.remote import RemoteDataset
    from icepair.options import Options

    with RemoteDataset.open(url, Options(cache=False, **changes)) as dataset:
        return dataset.read_many(windows)


def icepair_dap2(url: str, windows: Sequence[Window]) -> list[Any]:
    """The same over DAP2."""
    return icepair(url, windows, protocol="dap2")


def icepair_dap4(url: str, windows: Sequence[Window]) -> list[Any]:
    """The same over DAP4."""
    return icepair(url, windows, protocol="dap4")


def icepair_pieces(url: str, windows: Sequence[Window]) -> list[Any]:
    """Sum of each window from its pieces, none of which is kept; DAP2."""
    from icepair.dap.remote import RemoteDataset
    from icepair.options import Options

    with RemoteDataset.open(url, Options(cache=False, protocol="dap2")) as dataset:
        return [
            sum(int(piece.sum(dtype=np.int64)) for _, piece in dataset.pieces(*window))
            for window in windows
        ]


READERS: dict[str, Reader] = {
    "netCDF4": netcdf4,
    "pydap": pydap,
    "xarray, netCDF4, dask": xarray_netcdf4,
    "xarray, pydap, dask": xarray_pydap,
    "icepair": icepair,
    "icepair, DAP2": icepair_dap2,
    "icepair, DAP4": icepair_dap4,
    "icepair, DAP2, in pieces": icepair_pieces,
}

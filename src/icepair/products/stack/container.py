"""Bands of GeoTIFFs as a container: arrays named by their roles."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from icepair._typing import AnyArray, BoolArray, FloatArray, IntArray
from icepair.errors import DamagedFileError
from icepair.geo.window import Window
from icepair.products.container import LocalContainer
from icepair.products.rasters import check_window
from icepair.products.stack.files import Layer

if TYPE_CHECKING:
    from rasterio.io import DatasetReader

__all__ = ["StackContainer"]

_CUSTOMARY = (-9999.0, -99999.0, -32768.0)
"""Numbers that stand for nothing in many files that do not say so; nothing here is so negative."""
_HUGE = 1e30
_CACHE_MB = 128
"""Decoded blocks that GDAL may keep: a row of tiles of a full scene, several times over."""
_LARGE = 4_000_000
"""Pixels from which on an overview is probed in place of the pixels themselves."""
_PROBES = 128
"""Pixels that each side of such an overview must have; some 31 are probed."""


class StackContainer(LocalContainer):
    """Bands by role, read by window from any number of threads.

    GDAL's datasets serve one thread each: as many of a file are open as threads read at once. A
    pickled container opens its files anew where it is unpickled.

    Parameters
    ----------
    address : str
        As the user gave it.
    layers : mapping
        Layer of each role, all on one grid.
    """

    def __init__(self, address: str, layers: Mapping[str, Layer]) -> None:
        self.address = address
        self.layers = dict(layers)
        self._idle: dict[str, list[DatasetReader]] = {}
        self._lock = threading.Lock()

    def __reduce__(self) -> tuple[Any, ...]:
        return StackContainer, (self.address, self.layers)

    @property
    def names(self) -> tuple[str, ...]:
        """Roles."""
        return tuple(self.layers)

    def attributes(self, name: str | None = None) -> Mapping[str, object]:
        """Tags of a band and its file; none of the whole, whose files need not agree."""
        return {} if name is None else self._layer(name).tags

    def dimensions(self, name: str) -> tuple[str, ...]:
        """Rows and columns."""
        return ("y", "x")

    def shape(self, name: str) -> tuple[int, int]:
        """Rows and columns."""
        return self._layer(name).grid.shape

    def dtype(self, name: str) -> np.dtype[np.generic]:
        """Type as stored."""
        return self._layer(name).dtype

    def chunks(self, name: str) -> tuple[int, ...] | None:
        """Rows and columns that are stored together."""
        layer = self._layer(name)
        with self._borrowed(layer) as file:
            return tuple(int(length) for length in file.block_shapes[layer.band - 1])

    def read(self, name: str, selection: tuple[slice, ...] = ()) -> AnyArray:
        """Part of a band as stored.

        Raises
        ------
        DamagedFileError
            No such band, or it cannot be read.
        """
        rows, columns = selection or (slice(0, length) for length in self.shape(name))
        window = Window(rows.start, rows.stop, columns.start, columns.stop)
        whole = self._read(self._layer(name), window)[0]
        return whole[:: rows.step or 1, :: columns.step or 1]

    def read_measured(self, name: str, window: Window) -> FloatArray:
        """Values of a window after the band's own scale and offset, NaN where there are none.

        Nothing is what the file says (number, mask or alpha), what is not finite, and the numbers
        that usually stand for nothing.

        Raises
        ------
        UsageError
            The window is empty or leaves the grid.
        DamagedFileError
            No such band, or it cannot be read.
        """
        check_window(self, name, window)
        layer = self._layer(name)
        return _measured(layer, *self._read(layer, window))

    def measured_pixels(self, name: str, rows: IntArray, columns: IntArray) -> FloatArray:
        """As `read_measured`, of single pixels, shape (n,), or of an overview in their place.

        Overviews are taken of large rasters alone, whose stored blocks would all be read otherwise.
        """
        layer = self._layer(name)
        small = self._overview(layer)
        if small is not None:
            shape = self.shape(name)
            whole = _measured(layer, *self._read(layer, Window.whole(shape), small))
            i, j = (
                part * length // full
                for part, length, full in zip((rows, columns), small, shape, strict=True)
            )
            return np.asarray(whole[i, j])
        values = np.empty(rows.shape)
        left, right = int(columns.min()), int(columns.max()) + 1
        for row in np.unique(rows):
            here = rows == row
            line = self.read_measured(name, Window(int(row), int(row) + 1, left, right))
            values[here] = line[0, columns[here] - left]
        return values

    def _overview(self, layer: Layer) -> tuple[int, int] | None:
        """Shape of the smallest overview that has a pixel for every probe of a large raster."""
        rows, columns = layer.grid.shape
        if rows * columns < _LARGE:
            return None
        with self._borrowed(layer) as file:
            factors = [f for f in file.overviews(layer.band) if min(rows, columns) // f >= _PROBES]
        return (-(-rows // max(factors)), -(-columns // max(factors))) if factors else None

    def forget(self) -> None:
        """Nothing is kept."""

    def close(self) -> None:
        """Let go of the files."""
        with self._lock:
            idle, self._idle = self._idle, {}
        for files in idle.values():
            for file in files:
                file.close()

    def _layer(self, name: str) -> Layer:
        try:
            return self.layers[name]
        except KeyError:
            raise DamagedFileError(
                f"{self.address} has no band {name}; it has {', '.join(self.layers)}."
            ) from None

    def _read(
        self, layer: Layer, window: Window, shape: tuple[int, int] | None = None
    ) -> tuple[AnyArray, BoolArray]:
        """Stored values, and where the file does not say that they are nothing.

        Of an overview of that shape, where one is given.
        """
        import rasterio
        from rasterio.windows import Window as Part

        part = Part.from_slices(*window.slices)
        try:
            # GDAL would keep decoded blocks up to a twentieth of the machine's memory.
            with rasterio.Env(GDAL_CACHEMAX=_CACHE_MB), self._borrowed(layer) as file:
                stored = file.read(layer.band, window=part, out_shape=shape)
                imaged = np.ones(stored.shape, dtype=bool)
                if layer.has_mask:
                    imaged &= file.read_masks(layer.band, window=part, out_shape=shape) > 0
                if layer.alpha is not None:  # GDAL makes masks of alpha bands of few types only
                    imaged &= file.read(layer.alpha, window=part, out_shape=shape) > 0
                return stored, imaged
        except rasterio.errors.RasterioError as error:
            raise DamagedFileError(
                f"{layer.place} cannot be read at rows {window.row_start}:{window.row_stop} "
                f"({error}); the file is damaged or was cut short. Fetch it again."
            ) from error

    @contextlib.contextmanager
    def _borrowed(self, layer: Layer) -> Iterator[DatasetReader]:
        """Open file that no other thread uses meanwhile."""
        import rasterio

        with self._lock:
            idle = self._idle.setdefault(layer.path, [])
            file = idle.pop() if idle else None
        if file is None:
            try:
                file = rasterio.open(layer.path, driver="GTiff")
            except rasterio.errors.RasterioError as error:
                raise DamagedFileError(
                    f"{Path(layer.path)} can no longer be read ({error})."
                ) from error
        try:
            yield file
        except BaseException:
            file.close()
            raise
        with self._lock:
            self._idle.setdefault(layer.path, []).append(file)


def _measured(layer: Layer, stored: AnyArray, imaged: BoolArray) -> FloatArray:
    """Stored values after scale and offset, NaN where they are nothing."""
    values = stored.astype(np.float64)
    missing = ~imaged
    if stored.dtype.kind != "u":
        missing |= ~(np.abs(values) < _HUGE)
        for nothing in _CUSTOMARY:
            missing |= values == nothing
    if layer.scales_itself:
        if not layer.declares_missing:  # moved by the offset it would look like a value
            missing |= stored == 0
        values = layer.scaled(values)
    values[missing] = np.nan
    return values

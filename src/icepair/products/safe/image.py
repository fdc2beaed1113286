"""An image in a product, read by window from any number of threads."""

from __future__ import annotations

import contextlib
import threading
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from icepair._typing import AnyArray
from icepair.errors import DamagedFileError
from icepair.products.safe.archive import SafeArchive

if TYPE_CHECKING:
    from rasterio.io import DatasetReader

__all__ = ["Image"]

_OPENING = threading.Lock()
"""Warnings are silenced for the whole process, so only one thread at a time does."""


class Image:
    """Image of a product, of one band unless said otherwise.

    GDAL's datasets serve one thread each; as many are open as threads read at once. A pickled image
    opens anew where it is unpickled.

    Parameters
    ----------
    archive
        The product.
    member
        Image in it.
    driver
        GDAL's name of the only format that it may have (``GTiff``, ``JP2OpenJPEG``): others, a VRT
        for one, could make GDAL read files elsewhere.
    bands
        How many bands it must have.

    Raises
    ------
    DamagedFileError
        No such member, no image of that format, or another number of bands.
    """

    def __init__(self, archive: SafeArchive, member: str, driver: str, bands: int = 1) -> None:
        self._archive = archive
        self._member = member
        self._driver = driver
        self._bands = bands
        self._path = archive.gdal_path(member)
        self._idle: list[DatasetReader] = []
        with self._borrowed() as dataset:
            self.shape: tuple[int, int] = dataset.shape
            """Rows and columns."""
            self.dtype = np.dtype(dataset.dtypes[0])
            """Type of the values."""
            self.block_shape: tuple[int, int] = dataset.block_shapes[0]
            """Rows and columns that are stored, and decoded, together."""
            self.coarsest: int = max(dataset.overviews(1), default=1)
            """Pixels per pixel of the smallest overview."""
            count = dataset.count
        if count != bands:
            raise DamagedFileError(
                f"{member} of {archive.address} has {count} bands; {bands} expected."
            )

    @property
    def chunks(self) -> tuple[int, int]:
        """Rows and columns that are stored together, as `Container.chunks` calls it."""
        return self.block_shape

    def read(self, rows: slice, columns: slice, band: int = 1) -> AnyArray:
        """Part of the image; slices lie inside it and may have steps.

        Only the stored blocks that hold wanted rows are read: of many rows far from each other
        each by itself.

        Raises
        ------
        DamagedFileError
            The values cannot be read.
        """
        places = range(rows.start, rows.stop, rows.step or 1)
        width = columns.stop - columns.start
        step = columns.step or 1
        apart = places.step > self.block_shape[0]
        where = f"{rows.start}:{rows.stop}, {columns.start}:{columns.stop}"
        with self._reading(where) as dataset:
            if not apart:
                window = ((rows.start, rows.stop), (columns.start, columns.stop))
                return np.asarray(dataset.read(band, window=window)[:: places.step, ::step])
            values = np.empty((len(places), -(-width // step)), self.dtype)
            for index, row in enumerate(places):
                window = ((row, row + 1), (columns.start, columns.stop))
                values[index] = dataset.read(band, window=window)[0, ::step]
            return values

    def read_overview(self) -> AnyArray:
        """The whole first band in its smallest overview, the last pixels possibly in part.

        Raises
        ------
        DamagedFileError
            The values cannot be read.
        """
        small = tuple(-(-size // self.coarsest) for size in self.shape)
        with self._reading("overview") as dataset:
            return np.asarray(dataset.read(1, out_shape=small))

    def close(self) -> None:
        """Let go of the file."""
        while self._idle:
            self._idle.pop().close()

    @contextlib.contextmanager
    def _reading(self, where: str) -> Iterator[DatasetReader]:
        import rasterio

        try:
            # With threads of its own GDAL passes damaged tiles of a JP2 off as other pixels,
            # without an error; icepair reads from several threads anyway.
            with rasterio.Env(GDAL_NUM_THREADS="1"), self._borrowed() as dataset:
                yield dataset
        except _rasterio_errors() as error:
            raise DamagedFileError(
                f"{self._member}[{where}] of {self._archive.address} cannot be read: "
                f"{_reason(error)}. The image is damaged or was cut short there; "
                "fetch the product again."
            ) from error

    @contextlib.contextmanager
    def _borrowed(self) -> Iterator[DatasetReader]:
        """A dataset that no other thread uses; not used again where reading failed."""
        try:
            dataset = self._idle.pop()
        except IndexError:
            dataset = self._opened()
        try:
            yield dataset
        except BaseException:
            dataset.close()
            raise
        self._idle.append(dataset)

    def _opened(self) -> DatasetReader:
        import rasterio
        from rasterio.errors import NotGeoreferencedWarning

        # Neither files beside the image nor its statistics in .aux.xml are wanted.
        quiet = rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR", GDAL_PAM_ENABLED="NO")
        try:
            with _OPENING, warnings.catch_warnings(), quiet:
                warnings.simplefilter("ignore", NotGeoreferencedWarning)
                return rasterio.open(self._path, driver=self._driver)
        except _rasterio_errors() as error:
            raise DamagedFileError(
                f"{self._member} of {self._archive.address} cannot be opened as an image "
                f"({self._driver}): GDAL finds no such format in it. It is damaged or was cut "
                "short; fetch the product again."
            ) from error

    def __reduce__(self) -> tuple[Any, ...]:
        return Image, (self._archive, self._member, self._driver, self._bands)

    def __repr__(self) -> str:
        return f"Image({self._archive.address!r}, {self._member!r})"


def _reason(error: Exception) -> str:
    """What GDAL said, which rasterio hangs on an error of its own."""
    return str(error.__cause__ or error).strip().rstrip(".")


def _rasterio_errors() -> tuple[type[Exception], ...]:
    from rasterio.errors import RasterioError, RasterioIOError

    return RasterioError, RasterioIOError

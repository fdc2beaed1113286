"""Sources of a tile's rasters: images of any resolution and polygons, all on the 10 m grid."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from icepair._typing import AnyArray, IntArray
from icepair.errors import ContradictionError
from icepair.geo.grid import Grid
from icepair.geo.window import Window
from icepair.products.rasters import indices
from icepair.products.safe.archive import SafeArchive
from icepair.products.safe.image import Image
from icepair.products.safe.sentinel2.decoded import DecodedBlocks
from icepair.products.safe.sentinel2.documents import Documents
from icepair.products.safe.sentinel2.polygons import MaskPolygon, mask_polygons, rasterised

__all__ = ["ImageRaster", "Imaged", "PolygonRaster", "TileImage"]

_DRIVER = "JP2OpenJPEG"
_DECODED = DecodedBlocks(most_bytes=256 * 2**20)
"""Of all images: two rows of blocks of five bands of 10 m."""
_FACTORS = (1, 2, 6)
"""10 m pixels per pixel of an image, along a side."""


class TileImage:
    """One JP2 of a tile, opened when it is first read.

    Parameters
    ----------
    archive
        The product.
    member
        Image in it.
    grid
        10 m grid of the tile, which the image must cover with pixels of 10, 20 or 60 m.
    bands
        How many bands it must have.
    """

    def __init__(self, archive: SafeArchive, member: str, grid: Grid, bands: int = 1) -> None:
        self._archive = archive
        self._member = member
        self._grid = grid
        self._bands = bands
        self._lock = threading.Lock()
        self._image: Image | None = None

    @property
    def opened(self) -> Image:
        """The image.

        Raises
        ------
        DamagedFileError
            It cannot be opened.
        ContradictionError
            Its size is not that of the tile.
        """
        with self._lock:
            if self._image is None:
                self._image = self._open()
            return self._image

    @property
    def factor(self) -> int:
        """10 m pixels per pixel, along a side."""
        return self._grid.shape[0] // self.opened.shape[0]

    def _open(self) -> Image:
        image = Image(self._archive, self._member, _DRIVER, bands=self._bands)
        if not any(
            self._grid.shape == (image.shape[0] * factor, image.shape[1] * factor)
            for factor in _FACTORS
        ):
            image.close()
            raise ContradictionError(
                f"{self._member} of {self._archive.address} has {image.shape[0]} x "
                f"{image.shape[1]} pixels; the tile has {self._grid.shape[0]} x "
                f"{self._grid.shape[1]} of 10 m, and images of 10, 20 or 60 m were expected."
            )
        return image

    def read(self, rows: slice, columns: slice, band: int = 1) -> AnyArray:
        """Part of the image in its own pixels; every block of it is decoded once.

        Raises
        ------
        DamagedFileError
            The image cannot be opened or read.
        ContradictionError
            Its size is not that of the tile.
        """
        image = self.opened
        height, width = image.block_shape
        part = np.empty((rows.stop - rows.start, columns.stop - columns.start), image.dtype)
        for top in range(rows.start // height * height, rows.stop, height):
            for left in range(columns.start // width * width, columns.stop, width):
                block = self._block(image, top, left, band)
                down = slice(max(top, rows.start), min(top + height, rows.stop))
                right = slice(max(left, columns.start), min(left + width, columns.stop))
                inside = block[
                    down.start - top : down.stop - top, right.start - left : right.stop - left
                ]
                part[
                    down.start - rows.start : down.stop - rows.start,
                    right.start - columns.start : right.stop - columns.start,
                ] = inside
        return part

    def _block(self, image: Image, top: int, left: int, band: int) -> AnyArray:
        rows = slice(top, min(top + image.block_shape[0], image.shape[0]))
        columns = slice(left, min(left + image.block_shape[1], image.shape[1]))
        key = (image, band, top, left)
        return _DECODED.get(key, lambda: image.read(rows, columns, band))

    def close(self) -> None:
        """Let go of the file; it is opened again where it is read again."""
        with self._lock:
            if self._image is not None:
                _DECODED.drop(self._image)
                self._image.close()
                self._image = None

    def __reduce__(self) -> tuple[object, ...]:
        return TileImage, (self._archive, self._member, self._grid, self._bands)


@dataclass(frozen=True)
class ImageRaster:
    """A band of an image, each of its pixels repeated on the 10 m pixels that it covers.

    The rasters of a tile begin at one corner and nest, so repeating is exact nearest neighbour, and
    the centre of a 60 m pixel lies 25 m inside its own corner as it should.
    """

    image: TileImage
    band: int = 1

    @property
    def dtype(self) -> np.dtype[np.generic]:
        """Type of the image."""
        stored: np.dtype[np.generic] = self.image.opened.dtype
        return stored

    @property
    def chunks(self) -> tuple[int, int]:
        """10 m pixels that are decoded together."""
        rows, columns = self.image.opened.block_shape
        return rows * self.image.factor, columns * self.image.factor

    def read(self, rows: slice, columns: slice) -> AnyArray:
        """Values of rows and columns; only the image's blocks around them are decoded."""
        factor = self.image.factor
        wanted = [indices(part) // factor for part in (rows, columns)]
        first, stop = [part[0] for part in wanted], [part[-1] + 1 for part in wanted]
        part = self.image.read(
            slice(int(first[0]), int(stop[0])), slice(int(first[1]), int(stop[1])), self.band
        )
        return _taken(part, wanted[0] - first[0], wanted[1] - first[1])

    def close(self) -> None:
        """Let go of the file."""
        self.image.close()


@dataclass(frozen=True)
class Imaged:
    """Whether the smallest overview of a band holds a value; 1 or 0, for probes.

    True to a pixel of the overview (960 m for a 60 m band), at the price of reading a thousandth
    of the band.
    """

    image: TileImage
    dtype: np.dtype[np.generic] = field(default=np.dtype(np.uint8))
    chunks: None = None

    @functools.cached_property
    def _overview(self) -> AnyArray:
        return (self.image.opened.read_overview() > 0).astype(np.uint8)

    def read(self, rows: slice, columns: slice) -> AnyArray:
        """Values of rows and columns."""
        factor = self.image.factor * self.image.opened.coarsest
        return _taken(self._overview, indices(rows) // factor, indices(columns) // factor)

    def close(self) -> None:
        """Let go of the file."""
        self.image.close()


@dataclass(frozen=True)
class PolygonRaster:
    """Polygons of one kind in a GML file, drawn where they are asked for."""

    documents: Documents = field(repr=False)
    member: str
    """GML file."""
    grid: Grid = field(repr=False)
    """10 m grid of the tile."""
    value: Callable[[MaskPolygon], int]
    """Value of a polygon, 0 for one that does not belong."""
    dtype: np.dtype[np.generic] = field(default=np.dtype(np.uint8))
    chunks: None = None

    @functools.cached_property
    def _polygons(self) -> list[MaskPolygon]:
        name = f"{self.member} of {self.documents.archive.address}"
        found = mask_polygons(self.documents.root(self.member), self.grid.epsg, name)
        return [polygon for polygon in found if self.value(polygon)]

    def read(self, rows: slice, columns: slice) -> AnyArray:
        """Values of rows and columns."""
        window = Window(rows.start, rows.stop, columns.start, columns.stop)
        drawn = rasterised(
            ((polygon.area, self.value(polygon)) for polygon in self._polygons), self.grid, window
        )
        return drawn[:: rows.step or 1, :: columns.step or 1]

    def close(self) -> None:
        """Nothing is open."""


def _taken(part: AnyArray, rows: IntArray, columns: IntArray) -> AnyArray:
    """Rows and columns of an array, some of them repeated."""
    if part.shape == (rows.size, columns.size):
        return part
    return np.take(np.take(part, columns, axis=1), rows, axis=0)

"""GeoTIFFs of a scene: the bands in them, and the one grid that all of them share."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from icepair._typing import FloatArray
from icepair.errors import (
    ContradictionError,
    DamagedFileError,
    UnsupportedProductError,
    UsageError,
)
from icepair.geo.grid import Grid
from icepair.products.stack.tiff_tags import refuse_cut_tags

if TYPE_CHECKING:
    from rasterio.io import DatasetReader

__all__ = [
    "Layer",
    "is_tiff",
    "read_layers",
    "refuse_complex",
    "refuse_different_grids",
    "tiffs_in",
]

_MAGIC = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
_SUFFIXES = (".tif", ".tiff")
_SAME_PIXELS = 0.01
"""Pixels by which corners of one grid may differ after other programs' rounding."""


@dataclass(frozen=True)
class Layer:
    """One band of one file."""

    path: str
    band: int
    """Counted from 1."""
    grid: Grid = field(repr=False)
    """Where its pixels lie."""
    dtype: np.dtype[np.generic]
    description: str
    """Band's description; empty where there is none."""
    unit: str
    """Band's unit; empty where there is none."""
    colour: str
    """Colour interpretation, ``red``; empty where it says nothing."""
    scale: float
    """What a stored value is multiplied by before `offset` is added; 1 where not said."""
    offset: float
    has_mask: bool
    """Whether a number or a mask of the file says which pixels have no value."""
    alpha: int | None
    """Band that is 0 where no band has a value; None where there is none."""
    is_alone: bool
    """Whether the file has no other band, so that its name may tell which one it is."""
    tags: Mapping[str, str] = field(repr=False)
    """Tags of the file and of the band, the band's first."""

    @property
    def declares_missing(self) -> bool:
        """Whether the file says itself which pixels have no value."""
        return self.has_mask or self.alpha is not None

    @property
    def scales_itself(self) -> bool:
        """Whether stored values are to be multiplied or moved."""
        return (self.scale, self.offset) != (1.0, 0.0)

    def scaled(self, stored: FloatArray) -> FloatArray:
        """Stored values multiplied and moved."""
        return stored * self.scale + self.offset

    @property
    def unscaled(self) -> Layer:
        """The same band with its values as they are stored."""
        return replace(self, scale=1.0, offset=0.0)

    @property
    def place(self) -> str:
        """Band and file, for messages."""
        name = Path(self.path).name
        return name if self.is_alone else f"band {self.band} of {name}"


def is_tiff(path: str | Path) -> bool:
    """Whether a file begins as a TIFF does."""
    try:
        with Path(path).open("rb") as file:
            return file.read(4) in _MAGIC
    except OSError:
        return False


def tiffs_in(folder: Path) -> list[Path]:
    """TIFF files in a folder, by name."""
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES)


def read_layers(paths: Sequence[Path]) -> list[Layer]:
    """Bands of all files, in their order; alpha bands are masks and no layers.

    Raises
    ------
    DamagedFileError
        A file is missing or cannot be read, or has no coordinate system.
    UnsupportedProductError
        A grid that is turned, upside down, not square, or not in metres.
    """
    return [layer for path in paths for layer in _layers_of(path)]


def refuse_different_grids(layers: Sequence[Layer]) -> None:
    """Refuse layers that do not lie on the pixels of the first.

    Raises
    ------
    ContradictionError
        Names two files and their grids.
    """
    first = layers[0]
    for layer in layers[1:]:
        if not _same_grid(layer.grid, first.grid):
            raise ContradictionError(
                f"{Path(first.path).name} and {Path(layer.path).name} lie on different grids "
                f"({_described(first.grid)}; {_described(layer.grid)}). The bands of a gridded "
                "scene share one: leave out those of other resolutions, or bring them onto one "
                "grid with gdalwarp first."
            )


def refuse_complex(layers: Sequence[Layer]) -> None:
    """Refuse layers whose values have an imaginary part.

    Raises
    ------
    UnsupportedProductError
        Names the band.
    """
    for layer in layers:
        if layer.dtype.kind == "c":
            raise UnsupportedProductError(
                f"{layer.place} holds complex numbers ({layer.dtype}), as SLC images and the "
                "off-diagonal parts of covariance do. Detect and calibrate it first: sigma nought "
                "or gamma nought is a real number."
            )


def _layers_of(path: Path) -> list[Layer]:
    import rasterio
    from rasterio.errors import NotGeoreferencedWarning, RasterioError

    if not path.is_file():
        raise DamagedFileError(f"There is no file {path}.")
    refuse_cut_tags(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            # Another driver, a VRT for one, could make GDAL read files elsewhere.
            with rasterio.open(path, driver="GTiff") as file:
                return _described_layers(path, file)
    except RasterioError as error:
        raise DamagedFileError(
            f"{path} cannot be read as a GeoTIFF ({error}); fetch it again."
        ) from error


def _described_layers(path: Path, file: DatasetReader) -> list[Layer]:
    from rasterio.enums import ColorInterp, MaskFlags

    grid = _grid_of(path, file)
    alpha = [i for i in file.indexes if file.colorinterp[i - 1] is ColorInterp.alpha]
    bands = [i for i in file.indexes if i not in alpha]
    return [
        Layer(
            path=str(path),
            band=band,
            grid=grid,
            dtype=np.dtype(file.dtypes[band - 1]),
            description=(file.descriptions[band - 1] or "").strip(),
            unit=(file.units[band - 1] or "").strip(),
            colour=_colour(file.colorinterp[band - 1].name),
            scale=float(file.scales[band - 1]),
            offset=float(file.offsets[band - 1]),
            has_mask=MaskFlags.all_valid not in file.mask_flag_enums[band - 1],
            alpha=alpha[0] if alpha else None,
            is_alone=len(bands) == 1,
            tags=file.tags(band)
            | {k: v for k, v in file.tags().items() if k not in file.tags(band)},
        )
        for band in bands
    ]


def _colour(name: str) -> str:
    return name if name in ("red", "green", "blue") else ""


def _grid_of(path: Path, file: DatasetReader) -> Grid:
    if file.crs is None:
        advice = "Write one into it with gdal_edit -a_srs."
        if file.gcps[0]:
            advice = "It has control points, as images of radar products do: open the .SAFE folder."
        raise DamagedFileError(
            f"{path} has no coordinate system, so that nobody can say where it lies. {advice}"
        )
    a, b, left, d, e, top = tuple(file.transform)[:6]
    uneven = abs(a + e) * max(file.shape) > _SAME_PIXELS * abs(a)
    if b != 0 or d != 0 or a <= 0 or uneven:
        raise UnsupportedProductError(
            f"{path} is not north-up with square pixels (transform {(a, b, left, d, e, top)}); "
            "bring it onto such a grid with gdalwarp -tr METRES METRES first."
        )
    try:
        return Grid.from_crs(
            file.crs.to_wkt(), left=left, top=top, spacing_m=a, shape=(file.height, file.width)
        )
    except UsageError as error:
        raise UnsupportedProductError(
            f"{path} lies in a coordinate system that cannot be used. {error} gdalwarp -t_srs "
            "brings it into one."
        ) from error


def _same_grid(one: Grid, other: Grid) -> bool:
    corners = np.abs(np.subtract(one.bounds, other.bounds))
    near = bool((corners < _SAME_PIXELS * one.spacing_m).all())
    return one.shape == other.shape and near and one.crs == other.crs


def _described(grid: Grid) -> str:
    rows, columns = grid.shape
    return (
        f"{rows} x {columns} pixels of {grid.spacing_m:g} m, left {grid.left:.10g}, top "
        f"{grid.top:.10g}, "
        f"{f'EPSG:{grid.epsg}' if grid.epsg else grid.crs.name}"
    )

"""Concentration as a map on cells of equal area, with its uncertainty."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from icepair._typing import AnyArray, ByteArray, FloatArray
from icepair.conventions import SENSOR_NAMES
from icepair.errors import UsageError
from icepair.ice.methods import SENSORS, Sensor
from icepair.ice.packed import packed
from icepair.ice.uncertainty import Evidence, standard_error, trust_of

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["CellLattice", "concentration_map", "coordinates_of", "lattice_of", "require_cells"]

_NORTH, _SOUTH = "EPSG:6931", "EPSG:6932"
"""EASE-Grid 2.0, Lambert's azimuthal equal area about either pole."""
_STEP = 32
"""Pixels between nodes at which cells are computed; between them by straight lines."""
_SCALE = 0.01
"""By how much a pixel's side on the ground may differ from that in its projection."""
_PROBABILITIES = ("s1_ice_probability", "s2_ice_probability")


@dataclass(frozen=True)
class CellLattice:
    """Squares of one size whose corners are multiples of it, and where a pair's pixels fall."""

    cell_m: float
    crs: str
    left: float
    """Outer edge of the first column, metres."""
    top: float
    shape: tuple[int, int]
    """Rows and columns of cells."""
    across: FloatArray
    """Column of the cell, with fractions, at the centre of every 32nd pixel (rows, columns)."""
    down: FloatArray
    """Row of the cell likewise, downwards."""

    def gather(
        self, first: ByteArray, second: ByteArray, row: int, number: AnyArray, sums: AnyArray
    ) -> None:
        """Add a strip of two images.

        Parameters
        ----------
        first, second : arrays of uint8 (rows, columns)
            Packed probabilities.
        row : int
            Of the pair, at which the strip begins: a multiple of 32.
        number : array of int64 (rows, columns, 4)
            Of cells: pixels, with an answer in the first, in the second, in both.
        sums : array (rows, columns, 2, 5)
            Of cells and both images: share, ambiguity, borders, votes.
        """
        from icepair.ice import _kernels

        nodes = slice(row // _STEP, (row + first.shape[0]) // _STEP + 2)
        across, down = self.across[nodes], self.down[nodes]
        _kernels.gather_cells(first, second, across, down, _STEP, number, sums)


def concentration_map(ice: xr.Dataset, cell_m: float = 1000.0) -> xr.Dataset:
    """Ice concentrations of both sensors on square cells of equal area.

    Parameters
    ----------
    ice : Dataset
        ``s1_ice_probability`` and ``s2_ice_probability`` on (y, x), as `sea_ice` makes them, with
        the coordinate ``spatial_ref`` or, in the radar's geometry, longitudes and latitudes.
    cell_m : float
        Side of a cell, metres; at least that of a pixel.

    Returns
    -------
    Dataset
        On EASE-Grid 2.0 of the hemisphere, (y, x) downwards: ``s1_ice_concentration``,
        ``s2_ice_concentration`` over the cell's pixels valid in both scenes, with
        ``…_standard_error``; ``s1_valid_share``, ``s2_valid_share``, ``valid_share`` of the cell's
        pixels; ``pixels``. NaN where no pixel speaks.

    Raises
    ------
    UsageError
        Cells smaller than pixels; or a pair without probabilities or without places.

    Notes
    -----
    Cells are equal in area to 1 in 10,000 of each other. Within one, all pixels weigh alike: their
    areas differ by less than 0.1 % over 25 km in any of the usual projections.
    """
    if any(name not in ice for name in _PROBABILITIES):
        raise UsageError(
            "A map of concentration needs s1_ice_probability and s2_ice_probability; call "
            "icepair.sea_ice first (the tutorial preset gives none)."
        )
    lattice = lattice_of(ice, cell_m)
    probabilities = ice[[*_PROBABILITIES]].transpose("y", "x")
    rows, columns = lattice.shape
    number = np.zeros((rows, columns, 4), dtype=np.int64)
    sums = np.zeros((rows, columns, 2, 5))
    # Strips of whole node intervals, whatever the chunks are.
    height = 16 * _STEP
    for start in range(0, ice.sizes["y"], height):
        part = probabilities.isel(y=slice(start, start + height)).compute()
        images = (part[name].values for name in _PROBABILITIES)
        s1, s2 = (image if image.dtype == np.uint8 else packed(image) for image in images)
        lattice.gather(s1, s2, start, number, sums)
    return _described(ice, lattice, number, sums)


def lattice_of(ice: xr.Dataset, cell_m: float) -> CellLattice:
    """Cells that cover a pair.

    Raises
    ------
    UsageError
        Cells smaller than pixels, or a pair without places.
    """
    longitude, latitude = _nodes(ice)
    crs = _NORTH if np.nanmean(latitude) >= 0 else _SOUTH
    import pyproj

    to_cells = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    x, y = to_cells.transform(longitude, latitude)
    require_cells(cell_m, _pixel_m(x, y))
    left, top = math.floor(np.min(x) / cell_m), math.ceil(np.max(y) / cell_m)
    right, bottom = math.ceil(np.max(x) / cell_m), math.floor(np.min(y) / cell_m)
    return CellLattice(
        cell_m=float(cell_m),
        crs=crs,
        left=left * cell_m,
        top=top * cell_m,
        shape=(top - bottom, right - left),
        across=x / cell_m - left,
        down=top - y / cell_m,
    )


def require_cells(cell_m: float, pixel_m: float) -> None:
    """Refuse cells that are smaller than the pixels that should fill them.

    Raises
    ------
    UsageError
        They are, by more than the scale of a projection explains.
    """
    if not (math.isfinite(cell_m) and cell_m >= pixel_m * (1 - _SCALE)):
        raise UsageError(
            f"Cells of {cell_m:g} m are smaller than the pixels of {pixel_m:.3g} m that fill "
            f"them; take at least {math.ceil(pixel_m)} m, better 10 pixels or more."
        )


def _nodes(ice: xr.Dataset) -> tuple[FloatArray, FloatArray]:
    """Longitude and latitude of every 32nd pixel, and of as many beyond the last as are needed."""
    rows, columns = (_STEP * np.arange(ice.sizes[axis] // _STEP + 2) for axis in ("y", "x"))
    if "longitude" in ice.coords and "latitude" in ice.coords:
        return _swath_nodes(ice, rows, columns)
    if "spatial_ref" not in ice.coords or "crs_wkt" not in ice["spatial_ref"].attrs:
        raise UsageError(
            "The pair does not say where it lies: it has neither the coordinate spatial_ref with "
            "crs_wkt nor longitude and latitude. Take it from icepair.plan(…).run(), or read "
            "pair.nc with decode_coords='all'."
        )
    import pyproj

    plane = pyproj.CRS.from_wkt(str(ice["spatial_ref"].attrs["crs_wkt"]))
    x, y = (_continued(ice[axis].values, at) for axis, at in (("x", columns), ("y", rows)))
    to_degrees = pyproj.Transformer.from_crs(plane, "EPSG:4326", always_xy=True)
    longitude, latitude = to_degrees.transform(*np.meshgrid(x, y))
    return longitude, latitude


def _continued(values: FloatArray, at: AnyArray) -> FloatArray:
    """Coordinate of evenly spaced pixels at places that may lie beyond the last."""
    spacing = (values[-1] - values[0]) / max(1, values.size - 1)
    result: FloatArray = values[0] + spacing * at
    return result


def _swath_nodes(
    ice: xr.Dataset, rows: AnyArray, columns: AnyArray
) -> tuple[FloatArray, FloatArray]:
    """Places on the radar's own lines and samples, continued by straight lines on the sphere."""
    places = [ice[name].transpose("y", "x") for name in ("longitude", "latitude")]
    last_row, last_column = ice.sizes["y"] - 1, ice.sizes["x"] - 1
    inner_rows, inner_columns = np.minimum(rows, last_row), np.minimum(columns, last_column)
    lon, lat = (
        np.deg2rad(place.isel(y=inner_rows, x=inner_columns).values.astype(float))
        for place in places
    )
    points = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    for axis, at, inner in ((1, rows, inner_rows), (2, columns, inner_columns)):
        moved = np.moveaxis(points, axis, 0)
        for node in np.flatnonzero(at > inner):
            known = max(1, int(np.flatnonzero(at <= inner)[-1]))
            slope = (moved[known] - moved[known - 1]) / max(1, at[known] - at[known - 1])
            moved[node] = moved[known] + slope * (at[node] - at[known])
    return (
        np.rad2deg(np.arctan2(points[1], points[0])),
        np.rad2deg(np.arctan2(points[2], np.hypot(points[0], points[1]))),
    )


def _pixel_m(x: FloatArray, y: FloatArray) -> float:
    """Side of the square that has a pixel's area."""
    across = np.hypot(x[0, 1] - x[0, 0], y[0, 1] - y[0, 0])
    down = np.hypot(x[1, 0] - x[0, 0], y[1, 0] - y[0, 0])
    return float(math.sqrt(across * down) / _STEP)


def _described(
    ice: xr.Dataset, lattice: CellLattice, number: AnyArray, sums: AnyArray
) -> xr.Dataset:
    """The map with names, units and places."""
    import xarray as xr

    with np.errstate(invalid="ignore", divide="ignore"):
        of_both = np.where(number[..., 3] > 0, number[..., 3], np.nan)[..., None, None]
        means = sums / of_both
        of_all = np.where(number[..., 0] > 0, number[..., 0], np.nan)
        shares = {"s1_valid_share": number[..., 1] / of_all,
                  "s2_valid_share": number[..., 2] / of_all,
                  "valid_share": number[..., 3] / of_all}  # fmt: skip
    data: dict[str, Any] = {}
    for index, side in enumerate(SENSORS):
        share, ambiguous, edges, low, high = np.moveaxis(means[:, :, index], -1, 0)
        trust = trust_of(ice[f"{side}_ice_probability"].attrs)
        error = standard_error(side, Evidence(ambiguous, edges, low - high), trust)
        data |= _concentration(side, share, error)
    for name, values in shares.items():
        sensors = SENSOR_NAMES.get(name[:2], "both sensors")
        words = {
            "long_name": f"share of the cell's pixels with an answer of {sensors}",
            "units": "1",
        }
        data[name] = (("y", "x"), values.astype(np.float32), words)
    words = {"long_name": "pixels of the pair in the cell", "units": "1"}
    data["pixels"] = (("y", "x"), number[..., 0].astype(np.int32), words)
    attributes = {**ice.attrs, "cell_m": lattice.cell_m}
    return xr.Dataset(data, coords=coordinates_of(lattice), attrs=attributes)


def _concentration(side: Sensor, share: AnyArray, error: AnyArray) -> dict[str, Any]:
    name = f"{side}_ice_concentration"
    known = np.isfinite(share)
    return {
        name: (("y", "x"), share.astype(np.float32), {
            "long_name": f"share of sea ice seen by {SENSOR_NAMES[side]} among pixels valid in "
            "both",
            "standard_name": "sea_ice_area_fraction",
            "units": "1",
            "ancillary_variables": f"{name}_standard_error",
        }),
        f"{name}_standard_error": (
            ("y", "x"), np.where(known, error, np.nan).astype(np.float32), {
                "long_name": "one standard deviation of the error of that share",
                "standard_name": "sea_ice_area_fraction standard_error",
                "units": "1",
            },
        ),
    }  # fmt: skip


def coordinates_of(lattice: CellLattice) -> dict[str, Any]:
    """Coordinates of a map on cells: centres, downwards, and the coordinate system."""
    import pyproj

    rows, columns = lattice.shape
    side = lattice.cell_m
    metres = {"units": "m", "standard_name": "projection_x_coordinate"}
    return {
        "y": ("y", lattice.top - side * (np.arange(rows) + 0.5),
              metres | {"standard_name": "projection_y_coordinate"}),
        "x": ("x", lattice.left + side * (np.arange(columns) + 0.5), metres),
        "spatial_ref": ((), 0, {"crs_wkt": pyproj.CRS.from_user_input(lattice.crs).to_wkt()}),
    }  # fmt: skip

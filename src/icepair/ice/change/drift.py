"""How far the ice has moved between two looks, and where it came from."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from icepair._typing import FloatArray
from icepair.errors import InputError, UsageError

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Drift", "DriftField", "UniformDrift", "drift_of"]

_NAMES = {
    "dx": ("dx", "drift_x", "sea_ice_x_displacement"),
    "dy": ("dy", "drift_y", "sea_ice_y_displacement"),
}
_METRES = {"m": 1.0, "metre": 1.0, "meter": 1.0, "metres": 1.0, "meters": 1.0,
           "km": 1000.0, "kilometre": 1000.0, "kilometer": 1000.0}  # fmt: skip
_ROUNDS = 6
"""Each brings the origin closer by the field's strain, a few per cent."""


@dataclass(frozen=True)
class UniformDrift:
    """One displacement for all ice."""

    dx: float
    """Metres along the grid's x."""
    dy: float
    """Metres along the grid's y."""

    def origin(self, x: FloatArray, y: FloatArray, _crs: Any) -> tuple[FloatArray, FloatArray]:
        """Where the ice that is at (x, y) now was before, metres."""
        return x - self.dx, y - self.dy


@dataclass(frozen=True)
class DriftField:
    """Displacements on a grid of their own, at the places that the ice left."""

    x: FloatArray
    """Ascending, metres."""
    y: FloatArray
    """Ascending, metres."""
    way: FloatArray
    """Displacements along x and y, metres, (y, x, 2); NaN where unknown."""
    crs: Any
    """Of the field; None for that of the pairs."""

    def origin(self, x: FloatArray, y: FloatArray, crs: Any) -> tuple[FloatArray, FloatArray]:
        """Where the ice that is at (x, y) in `crs` now was before; NaN where nobody knows."""
        from scipy.interpolate import RegularGridInterpolator

        there, back = self._planes(crs)
        now = np.stack(there(x, y), axis=-1)
        axes = (self.y, self.x)
        known = RegularGridInterpolator(axes, self.way, bounds_error=False, fill_value=np.nan)
        # The place that was left is looked for in a field without gaps: now may lie beyond it.
        usual = np.nanmedian(self.way, axis=(0, 1))
        guess = RegularGridInterpolator(axes, np.where(np.isnan(self.way), usual, self.way))
        was = now - usual
        for _ in range(_ROUNDS):
            row = np.clip(was[..., 1], self.y[0], self.y[-1])
            column = np.clip(was[..., 0], self.x[0], self.x[-1])
            was = now - guess(np.stack([row, column], axis=-1))
        was = np.where(np.isnan(known(was[..., ::-1])), np.nan, was)
        origin = back(was[..., 0], was[..., 1])
        return np.asarray(origin[0]), np.asarray(origin[1])

    def _planes(self, crs: Any) -> tuple[Any, Any]:
        """From the pairs' plane to the field's, and back."""
        if self.crs is None or self.crs == crs:
            return (lambda x, y: (x, y)), (lambda x, y: (x, y))
        import pyproj

        there = pyproj.Transformer.from_crs(crs, self.crs, always_xy=True).transform
        inverse = pyproj.Transformer.from_crs(self.crs, crs, always_xy=True).transform

        def back(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
            known = np.isfinite(x) & np.isfinite(y)
            moved = [np.full(x.shape, np.nan), np.full(x.shape, np.nan)]
            moved[0][known], moved[1][known] = inverse(x[known], y[known])
            return moved[0], moved[1]

        return there, back


Drift = UniformDrift | DriftField


def drift_of(given: Any) -> Drift | None:
    """Drift of what a user has.

    Parameters
    ----------
    given : Drift, (dx, dy), Dataset or None
        Metres along x and y, by which the ice moved from the first look to the second; or a
        Dataset with ``dx`` and ``dy`` (or variables of CF's standard names
        ``sea_ice_x_displacement``, ``sea_ice_y_displacement``) on one-dimensional ``y`` and ``x``
        in metres or kilometres, along its own axes, where the ice was *before*. Its grid mapping
        is honoured; without one it lies in the pairs' plane.

    Raises
    ------
    UsageError
        Numbers that are none.
    InputError
        A Dataset that is no such field.
    """
    if given is None or isinstance(given, UniformDrift | DriftField):
        return given
    if isinstance(given, tuple):
        if len(given) != 2 or not all(math.isfinite(float(part)) for part in given):
            raise UsageError(
                f"A drift is two numbers, metres along the grid's x and y, not {given!r}."
            )
        return UniformDrift(float(given[0]), float(given[1]))
    return _field(given)


def _field(given: xr.Dataset) -> DriftField:
    ways = []
    for wanted, names in _NAMES.items():
        found = next((v for v in given.data_vars.values() if _is_called(v, names)), None)
        if found is None:
            raise InputError(
                f"The drift field has no variable {wanted}; it needs dx and dy on (y, x), metres. "
                f"There are {', '.join(map(str, given.data_vars)) or 'none'}."
            )
        ways.append(found.squeeze(drop=True))
    axes = [_axis(given, ways[0], name) for name in ("y", "x")]
    dims = tuple(axis.dims[0] for axis in axes)
    values = [way.transpose(*dims).values.astype(float) * _unit(way) for way in ways]
    y, x = (axis.values.astype(float) * _unit(axis) for axis in axes)
    rows, columns = np.argsort(y), np.argsort(x)
    way = np.stack(values, axis=-1)[rows][:, columns]
    if y.size < 2 or x.size < 2 or np.isnan(way).any(axis=-1).all():
        raise InputError(
            "The drift field needs at least two rows and two columns, and one displacement."
        )
    way = np.where(np.isnan(way).any(axis=-1, keepdims=True), np.nan, way)
    return DriftField(x[columns], y[rows], way, _crs_of(given))


def _is_called(variable: xr.DataArray, names: tuple[str, ...]) -> bool:
    called = {str(variable.name).lower(), str(variable.attrs.get("standard_name", "")).lower()}
    return bool(called & set(names))


def _axis(given: xr.Dataset, way: xr.DataArray, letter: str) -> xr.DataArray:
    """The one-dimensional coordinate of a displacement along x or y."""
    wanted = f"projection_{letter}_coordinate"
    for dim in way.dims:
        if dim in given.coords and (
            str(dim).lower() in (letter, f"{letter}c")
            or given[dim].attrs.get("standard_name") == wanted
        ):
            return given[dim]
    raise InputError(
        f"The drift field has no one-dimensional coordinate {letter} in metres; its displacements "
        f"lie on ({', '.join(map(str, way.dims))}). Put them on a grid of a projection."
    )


def _unit(variable: xr.DataArray) -> float:
    unit = str(variable.attrs.get("units", "m"))
    if unit not in _METRES:
        raise InputError(
            f"{variable.name} of the drift field is in {unit!r}; it has to be in m or km."
        )
    return _METRES[unit]


def _crs_of(given: xr.Dataset) -> Any:
    """Coordinate system by the first grid mapping; None where there is none."""
    import pyproj

    for variable in given.variables.values():
        if "crs_wkt" in variable.attrs or "grid_mapping_name" in variable.attrs:
            return pyproj.CRS.from_cf(dict(variable.attrs))
    return None

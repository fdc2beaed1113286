"""The series and the changes of an area, as one dataset."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from icepair._typing import ByteArray
from icepair.errors import UsageError
from icepair.ice.cells import coordinates_of, lattice_of
from icepair.ice.change.described import (
    Measured,
    attributes,
    cells_in_steps,
    cells_in_time,
    in_steps,
    in_time,
    step_times,
    times,
    together,
)
from icepair.ice.change.drift import Drift, drift_of
from icepair.ice.change.looks import Series, series_of
from icepair.ice.change.over_time import over_time
from icepair.ice.change.step import compare
from icepair.ice.methods import SENSORS, Sensor

if TYPE_CHECKING:
    import xarray as xr

__all__ = [
    "CLASSES_TAKEN", "concentration_series", "drifts_of", "ice_change", "measured",
]  # fmt: skip

CLASSES_TAKEN = Callable[[Sensor, int, slice, ByteArray], None]
"""Takes sensor, number of the step, rows of the window, and classes of its pixels."""


def concentration_series(
    pairs: Sequence[xr.Dataset], *, sensors: Sequence[Sensor] = SENSORS
) -> xr.Dataset:
    """Ice concentrations of an area at several times, with their standard errors.

    Parameters
    ----------
    pairs : sequence of Dataset
        At least two aligned pairs, earliest first, as `sea_ice` or ``pair.nc`` has them, on parts
        of one grid. They are read in strips of rows.
    sensors : sequence of {"s1", "s2"}
        Whose series is wanted.

    Returns
    -------
    Dataset
        On ``time``, the middle of the looks of a pair; ``s1_time`` and ``s2_time`` beside it.
        ``s1_ice_concentration`` is over the *common area*, the pixels that have an answer of that
        sensor at every time; ``s1_ice_concentration_own_area`` over all of each pair's own; both
        with ``…_standard_error``. NaN, a gap, where no pixel of the area has an answer.

    Raises
    ------
    UsageError
        Fewer than two pairs, without probabilities, or not in order of time.
    InputError
        Pairs on different grids.
    NoOverlapError
        Pairs of different places.

    Notes
    -----
    Use the common area to compare times: over their own areas two looks may differ because they
    saw different places.
    """
    import xarray as xr

    series = series_of(pairs, sensors)
    found = {sensor: over_time(series, sensor, None) for sensor in sensors}
    data = {name: v for s, values in found.items() for name, v in in_time(s, values).items()}
    return xr.Dataset(data, coords=times(series), attrs=attributes(series, found))


def ice_change(
    pairs: Sequence[xr.Dataset],
    *,
    drift: Any = None,
    cell_m: float = 1000.0,
    sensors: Sequence[Sensor] = SENSORS,
) -> xr.Dataset:
    """What changed between pairs of one area, and what of it is significant.

    Parameters
    ----------
    pairs : sequence of Dataset
        As for `concentration_series`.
    drift : (dx, dy), Dataset, or a list of these, one between each two pairs; optional
        How far the ice moved, metres, from each pair to the next; see
        `icepair.ice.change.drift.drift_of`. The ice before is moved first, so that motion alone
        is no change.
    cell_m : float
        Side of the cells of the maps, metres.
    sensors : sequence of {"s1", "s2"}
        Whose changes are wanted.

    Returns
    -------
    Dataset
        What `concentration_series` gives, and on ``step``, from one time to the next: changes of
        concentration over the pixels that answer at both times (``s1_concentration_change``) with
        standard error, ``…_p_value`` and ``…_significant`` (5 % level), shares of pixels gained,
        lost, stayed and moved; the same of both sensors together (``concentration_change``). On
        EASE-Grid cells, (time, y, x) and (step, y, x): concentrations, changes, errors, and
        verdicts under a false discovery rate of 5 %.

    Raises
    ------
    UsageError, InputError, NoOverlapError
        As `concentration_series`; a drift that is none; cells smaller than pixels.
    """
    return measured(series_of(pairs, sensors), drifts_of(drift, len(pairs) - 1), cell_m, sensors)


def drifts_of(given: Any, count: int) -> list[Drift | None]:
    """One drift for each step.

    Raises
    ------
    UsageError
        Not as many as steps, or none that can be used.
    """
    listed = list(given) if isinstance(given, list) else [given]
    if given is None:
        return [None] * count
    if len(listed) != count:
        raise UsageError(
            f"There are {count} steps between the pairs and {len(listed)} drifts: give one from "
            "each pair to the next, in their order."
        )
    return [drift_of(each) for each in listed]


def measured(
    series: Series,
    drifts: Sequence[Drift | None],
    cell_m: float,
    sensors: Sequence[Sensor],
    take: CLASSES_TAKEN | None = None,
) -> xr.Dataset:
    """What `ice_change` returns; `take` is given the classes of pixels as they are told."""
    import xarray as xr

    lattice = lattice_of(series.grid, cell_m)
    found = {sensor: over_time(series, sensor, lattice) for sensor in sensors}
    data: dict[str, Any] = {}
    for sensor, values in found.items():
        data |= in_time(sensor, values) | cells_in_time(sensor, values)
        steps = []
        for number, drift in enumerate(drifts):
            taken = None if take is None else _bound(take, sensor, number)
            step = compare(series, number, sensor, lattice, drift, taken)
            steps.append(Measured.of(series, sensor, number, step))
        data |= in_steps(sensor, steps) | cells_in_steps(sensor, steps)
    data |= together(data, sensors)
    return xr.Dataset(
        data,
        coords=times(series) | step_times(series) | coordinates_of(lattice),
        attrs=attributes(series, found) | {
            "cell_m": lattice.cell_m,
            "drift": "none" if all(d is None for d in drifts) else "given",
        },
    )  # fmt: skip


def _bound(take: CLASSES_TAKEN, sensor: Sensor, number: int) -> Any:
    return lambda rows, classes: take(sensor, number, rows, classes)

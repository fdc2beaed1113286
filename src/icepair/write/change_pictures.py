"""Pictures of a series: concentrations with their errors, and maps of what changed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.patches import Patch

from icepair.conventions import SENSOR_NAMES
from icepair.write import _canvas
from icepair.write._decimate import factor_for, small
from icepair.write._frame import height_over_width, show

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from icepair._typing import AnyArray

__all__ = ["COLOURS", "write_change_pictures"]

_LINES = {"s1": "#c77700", "s2": "#1f78b4"}
_MARKS = {"s1": "o", "s2": "s"}
_PIXELS = 900
_PANEL = 4.6
"""Width of a map, inches."""
_BAR, _CHANGE_BAR = 196.0, 277.6
"""Per cent: 95 % of a normal distribution, and of Student's with 4 degrees of freedom."""
_MOST = 0.5
"""Change of concentration at the ends of the scale."""

COLOURS = {
    "water_stayed": _canvas.WATER,
    "ice_stayed": _canvas.ICE,
    "ice_gained": _canvas.BLUE,
    "ice_lost": _canvas.ORANGE,
    "ice_moved_in": "#b8d3e3",
    "ice_moved_out": "#5d4a1e",
    "no_answer": _canvas.GREY,
}
"""Of the classes of change: sky blue and orange stay apart for every common colour blindness, and
what moved is a paler or darker relative of them."""


def write_change_pictures(
    change: xr.Dataset, pixels: xr.Dataset, directory: str | Path, sensors: Sequence[str]
) -> tuple[str, ...]:
    """Draw ``series.png`` and, for every step, ``change_1.png``, ``change_2.png`` and so on.

    Parameters
    ----------
    change : Dataset
        As `icepair.ice_change` gives it.
    pixels : Dataset
        ``s1_change``, ``s2_change`` on (step, y, x), read strip by strip.
    directory : str or Path
        An existing folder.
    sensors : sequence of {"s1", "s2"}

    Returns
    -------
    tuple of str
        Names of the files.

    Raises
    ------
    OutputError
        The disk is full or not writable.
    """
    folder, names = Path(directory), ["series.png"]
    with _canvas.styled():
        _canvas.save(_series(change, sensors), folder / names[0])
        for step in range(change.sizes["step"]):
            names.append(f"change_{step + 1}.png")
            figure = _step(change.isel(step=step), pixels.isel(step=step), sensors)
            _canvas.save(figure, folder / names[-1])
    return tuple(names)


def _series(change: xr.Dataset, sensors: Sequence[str]) -> Figure:
    """Concentrations above, changes from time to time below, with 95 % error bars."""
    figure = _canvas.wide(8.6, 6.4)
    _canvas.heading(figure, "Ice concentration by time", _when(change))
    upper = figure.add_axes((0.09, 0.45, 0.88, 0.40))
    lower = figure.add_axes((0.09, 0.09, 0.88, 0.26), sharex=upper)
    for sensor in sensors:
        _draw_concentrations(upper, change, sensor)
        _draw_changes(lower, change, sensor)
    upper.set_ylabel("ice concentration (%)")
    lower.set_ylabel("change (points)")
    lower.axhline(0, color=_canvas.MUTED, linewidth=0.8)
    lower.set_title(
        "change from time to time, over pixels seen at both; filled: significant at 5 %",
        fontsize=8, color=_canvas.MUTED, loc="left",
    )  # fmt: skip
    upper.legend(frameon=False, fontsize=8, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=4)
    locator = AutoDateLocator(minticks=3)  # type: ignore[no-untyped-call]
    lower.xaxis.set_major_locator(locator)
    lower.xaxis.set_major_formatter(
        ConciseDateFormatter(locator)  # type: ignore[no-untyped-call]
    )
    for axes in (upper, lower):
        axes.grid(axis="y", color="#e3e7eb", linewidth=0.6)
        axes.set_axisbelow(True)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    upper.tick_params(labelbottom=False)
    upper.margins(x=0.06)
    return figure


def _draw_concentrations(axes: Axes, change: xr.Dataset, sensor: str) -> None:
    name, colour = f"{sensor}_ice_concentration", _LINES[sensor]
    time = change[f"{sensor}_time"].values
    kinds: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("", "common area", {"linestyle": "-", "markersize": 5}),
        ("_own_area", "own area", {"linestyle": ":", "markersize": 3, "alpha": 0.65}),
    )
    for suffix, label, how in kinds:
        values = 100 * change[name + suffix].values
        error = _BAR * change[f"{name}{suffix}_standard_error"].values
        if np.isfinite(values).any():
            axes.errorbar(
                time, values, error if not suffix else None, marker=_MARKS[sensor], color=colour,
                capsize=2, linewidth=1.2, elinewidth=0.8, **how,
                label=f"{SENSOR_NAMES[sensor]}, {label}",
            )  # fmt: skip


def _draw_changes(axes: Axes, change: xr.Dataset, sensor: str) -> None:
    name, colour = f"{sensor}_concentration_change", _LINES[sensor]
    time = change[f"{sensor}_time"].values
    middle = time[:-1] + (time[1:] - time[:-1]) / 2
    values, error = change[name].values, change[f"{name}_standard_error"].values
    for real in (True, False):
        chosen = (change[f"{name}_significant"].values == 1) == real
        chosen &= np.isfinite(values)
        axes.errorbar(
            middle[chosen], 100 * values[chosen], _CHANGE_BAR * error[chosen], linestyle="none",
            marker=_MARKS[sensor], markersize=5, color=colour, capsize=2, elinewidth=0.8,
            markerfacecolor=colour if real else "white",
        )  # fmt: skip


def _step(change: xr.Dataset, pixels: xr.Dataset, sensors: Sequence[str]) -> Figure:
    """A row for each sensor: classes of pixels, and the change of cells."""
    height = _PANEL * height_over_width(pixels)
    tall = _PANEL * height_over_width(change)
    row = max(height, tall) + 1.0
    figure = _canvas.wide(11.6, row * len(sensors) + 1.35)
    _canvas.heading(figure, "What became of the ice", _between(change))
    full = row * len(sensors) + 1.35
    for number, sensor in enumerate(sensors):
        bottom = full - 0.95 - row * number - max(height, tall)
        left = figure.add_axes((0.7 / 11.6, bottom / full, _PANEL / 11.6, height / full))
        right = figure.add_axes((6.3 / 11.6, bottom / full, _PANEL / 11.6, tall / full))
        shown = _draw_classes(left, pixels, sensor)
        image = _draw_cells(right, change, sensor)
        left.set_title(f"{SENSOR_NAMES[sensor]}: pixels", fontsize=9, loc="left", pad=4)
        right.set_title(_title(change, sensor), fontsize=9, loc="left", pad=4)
    _key(figure, shown, image, full)
    return figure


def _draw_classes(axes: Axes, pixels: xr.Dataset, sensor: str) -> Any:
    classes = pixels[f"{sensor}_change"]
    factor = factor_for((pixels.sizes["y"], pixels.sizes["x"]), _PIXELS)
    return show(axes, pixels, small([classes], factor, _paint))


def _paint(classes: AnyArray) -> AnyArray:
    table = np.zeros((256, 3), dtype=np.float32)
    numbers = [*range(len(COLOURS) - 1), 255]
    table[numbers] = [to_rgb(colour) for colour in COLOURS.values()]
    painted: AnyArray = table[classes]
    return painted


def _draw_cells(axes: Axes, change: xr.Dataset, sensor: str) -> Any:
    """Cells by their change, with a dot where it is significant."""
    from matplotlib import colormaps

    name = f"{sensor}_cell_change"
    palette = colormaps["PuOr"].with_extremes(bad=_canvas.GREY)
    verdict = change[f"{name}_verdict"].values
    tested = np.where(verdict == 255, np.nan, change[name].values)
    image = show(axes, change, tested, cmap=palette, vmin=-_MOST, vmax=_MOST)
    rows, columns = np.nonzero(np.isin(verdict, (1, 2)))
    x, y = change["x"].values / 1e3, change["y"].values / 1e3
    # Points, so that the colour of the cell stays in sight however many there are.
    size = min(2.2, 0.3 * 72 * _PANEL / max(1, x.size))
    axes.plot(x[columns], y[rows], "o", color=_canvas.INK, markersize=size, mew=0, zorder=5)
    return image


def _title(change: xr.Dataset, sensor: str) -> str:
    name = f"{sensor}_concentration_change"
    value, error = (float(change[n]) for n in (name, f"{name}_standard_error"))
    if not np.isfinite(value):
        return f"{SENSOR_NAMES[sensor]}: no answer"
    words = "significant" if int(change[f"{name}_significant"]) == 1 else "not significant"
    return f"{SENSOR_NAMES[sensor]}: {100 * value:+.1f} ± {100 * error:.1f} points, {words}"


def _key(figure: Figure, shown: Any, image: Any, full: float) -> None:
    patches = [
        Patch(facecolor=colour, edgecolor=_canvas.MUTED, linewidth=0.5,
              label=name.replace("_", " "))
        for name, colour in COLOURS.items()
    ]  # fmt: skip
    figure.legend(
        handles=patches, loc="lower left", bbox_to_anchor=(0.04, 0.06 / full), ncols=4,
        frameon=False, fontsize=8, handlelength=1.4, columnspacing=1.2,
    )  # fmt: skip
    bar = figure.colorbar(
        image, cax=figure.add_axes((0.66, 0.42 / full, 0.22, 0.1 / full)), orientation="horizontal",
        ticks=[-_MOST, 0, _MOST], extend="both",
    )  # fmt: skip
    bar.ax.set_xticklabels(["50 points less ice", "0", "50 more"])
    bar.ax.tick_params(labelsize=7, length=2)
    figure.text(0.77, 0.08 / full, "dot: significant (false discovery rate 5 %)", fontsize=7,
                color=_canvas.MUTED, ha="center", va="bottom")  # fmt: skip


def _when(change: xr.Dataset) -> str:
    first, last = (str(change["time"].values[i].astype("datetime64[m]")) for i in (0, -1))
    return f"{change.sizes['time']} pairs from {first} to {last} UTC · bars are 95 %"


def _between(change: xr.Dataset) -> str:
    first, last = (
        str(change[name].values.astype("datetime64[m]")).replace("T", " ")
        for name in ("step_start", "step_end")
    )
    return f"from {first} to {last} UTC"

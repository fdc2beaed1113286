"""Ink, colours and furniture that all pictures share. matplotlib without pyplot's global state."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle

from icepair.write.failures import writing

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

__all__ = [
    "BLUE", "DPI", "GREY", "ICE", "INK", "MUTED", "ORANGE", "WATER", "draw_north", "draw_scale",
    "extent_km", "heading", "nice_length", "save", "styled", "wide",
]  # fmt: skip

# Okabe and Ito's orange and sky blue stay apart for every common kind of colour blindness, and
# both stay apart in lightness from the near-white of ice and the navy of water.
ORANGE, BLUE = "#e69f00", "#56b4e9"
WATER, ICE, GREY = "#17314f", "#eef3f7", "#a9a9a9"
INK, MUTED = "#1d2733", "#5d6b7a"
DPI = 150

_STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 8.5,
    "text.color": INK,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": MUTED,
    "axes.linewidth": 0.6,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "axes.labelsize": 8,
    "hatch.linewidth": 0.4,
    "svg.hashsalt": "icepair",
}


def styled() -> Any:
    """Context in which figures get our style, whatever the user's matplotlibrc says."""
    return rc_context({**_STYLE, "axes.grid": False, "figure.facecolor": "white"})


def wide(width: float, height: float) -> Figure:
    """Empty figure, inches."""
    return Figure(figsize=(width, height), dpi=DPI)


def save(figure: Figure, path: Path) -> None:
    """Write a figure as PNG; the same figure gives the same bytes."""
    with writing(path):
        figure.savefig(
            path, format="png", dpi=DPI, metadata={"Software": None},
            pil_kwargs={"compress_level": 2},
        )  # fmt: skip


def heading(figure: Figure, title: str, subtitle: str) -> None:
    """Title and what belongs under it, at the upper left of a figure."""
    _, height = figure.get_size_inches()
    figure.text(0.03, 1 - 0.18 / height, title, fontsize=13, fontweight="bold", va="top")
    figure.text(0.03, 1 - 0.46 / height, subtitle, fontsize=9, color=MUTED, va="top")


def extent_km(pair: xr.Dataset) -> tuple[float, float, float, float]:
    """Left, right, bottom, top of the outer edges in kilometres of a plane, for imshow."""
    from icepair.write.cf import geotransform

    left, dx, _, top, _, dy = geotransform(pair)
    bottom, right = top + dy * pair.sizes["y"], left + dx * pair.sizes["x"]
    return (left / 1e3, right / 1e3, bottom / 1e3, top / 1e3)


def nice_length(width: float) -> float:
    """Length of 1, 2 or 5 times a power of ten, about a fifth of `width`."""
    target = width / 5.0
    power = 10.0 ** math.floor(math.log10(target))
    return float(max(step * power for step in (1, 2, 5) if step * power <= target * 1.001))


def draw_scale(axes: Axes, width_km: float) -> None:
    """Scale bar at the lower left of axes that are `width_km` wide."""
    length = nice_length(width_km)
    box = axes.get_window_extent()
    share, pixel = length / width_km, 1 / box.height
    left, bottom = 34 / box.width, 30 * pixel
    _plate(axes, left - 16 / box.width, 16 * pixel, share + 32 / box.width, 58 * pixel)
    for part, colour in ((0, INK), (1, "white")):
        axes.add_patch(
            Rectangle(
                (left + part * share / 2, bottom), share / 2, 8 * pixel, transform=axes.transAxes,
                facecolor=colour, edgecolor=INK, linewidth=0.6, zorder=7,
            )
        )  # fmt: skip
    axes.text(
        left + share / 2, bottom + 14 * pixel,
        f"{length:g} km" if length >= 1 else f"{length * 1e3:g} m",
        transform=axes.transAxes, ha="center", va="bottom", fontsize=8, zorder=8,
    )  # fmt: skip


def draw_north(axes: Axes, bearing: float) -> None:
    """Arrow to true north at the upper right.

    Parameters
    ----------
    axes : Axes
        Of equal scales.
    bearing : float
        Direction of north, degrees clockwise from the picture's upper edge.
    """
    box = axes.get_window_extent()
    to_axes = np.array([1 / box.width, 1 / box.height])
    centre = np.array([1.0, 1.0]) - 50 * to_axes
    _plate(axes, *(centre - 32 * to_axes), *(64 * to_axes))
    angle = math.radians(bearing)
    turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    arrow = np.array([[0.0, 12.0], [8.0, -20.0], [0.0, -14.0], [-8.0, -20.0]]) @ turn.T
    axes.add_patch(
        Polygon(
            centre + (arrow - turn @ [0.0, 6.0]) * to_axes,
            transform=axes.transAxes,
            facecolor=INK,
            linewidth=0,
            zorder=8,
        )
    )  # fmt: skip
    x, y = centre + turn @ np.array([0.0, 19.0]) * to_axes
    axes.text(
        x, y, "N", transform=axes.transAxes, ha="center", va="center", fontsize=7.5,
        fontweight="bold", zorder=8,
    )  # fmt: skip


def _plate(axes: Axes, left: float, bottom: float, width: float, height: float) -> None:
    """Pale ground under furniture, so that it reads on ice and on water alike."""
    axes.add_patch(
        Rectangle(
            (left, bottom), width, height, transform=axes.transAxes, facecolor="white",
            edgecolor="none", alpha=0.82, zorder=6,
        )
    )  # fmt: skip

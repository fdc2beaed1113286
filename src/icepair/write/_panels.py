"""Rasters side by side: what both sensors saw, and what they called ice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.patches import Patch

from icepair import conventions
from icepair.write import _canvas
from icepair.write._decimate import factor_for, small
from icepair.write._frame import height_over_width, show

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from icepair._typing import AnyArray, Float32Array
    from icepair.write.caption import Caption

__all__ = ["CLASSES", "difference_figure", "masks_figure", "pair_figure", "shares"]

_PIXELS = 1200

CLASSES = {
    "ice in both": _canvas.ICE,
    "water in both": _canvas.WATER,
    "ice in Sentinel-1 only": _canvas.ORANGE,
    "ice in Sentinel-2 only": _canvas.BLUE,
    "no answer": _canvas.GREY,
}
"""Classes of the difference and their colours, in the order of their numbers from 0."""


def pair_figure(pair: xr.Dataset, caption: Caption) -> Figure:
    """Both sensors on the grid, side by side."""
    figure, (left, right) = _two_panels(pair)
    _canvas.heading(figure, "Two looks at the same sea ice, on one grid", _when(caption))
    polarisation, decibels = _radar(pair)
    low, high = _stretch(decibels)
    image = show(left, pair, decibels, cmap=_grey_with_gaps(), vmin=low, vmax=high)
    _bar(figure, left, image, f"sigma nought {polarisation} (dB)")
    _name(left, "Sentinel-1", caption.s1_product, caption.s1_concentration)
    label, colours = _optical(pair)
    show(right, pair, colours)
    _name(right, f"Sentinel-2 · {label}", caption.s2_product, caption.s2_concentration)
    return figure


def masks_figure(pair: xr.Dataset, caption: Caption) -> Figure:
    """What each sensor called ice, side by side."""
    figure, axes = _two_panels(pair)
    _canvas.heading(figure, "What each sensor calls ice", _when(caption))
    factor = factor_for((pair.sizes["y"], pair.sizes["x"]), _PIXELS)
    sides = (
        ("Sentinel-1", caption.s1_product, caption.s1_concentration),
        ("Sentinel-2", caption.s2_product, caption.s2_concentration),
    )
    for panel, name, words in zip(axes, ("s1_ice", "s2_ice"), sides, strict=True):
        show(panel, pair, small([pair[name], pair["valid"]], factor, _paint_mask))
        _name(panel, *words)
    key = {
        "ice": _canvas.ICE,
        "water": _canvas.WATER,
        "no answer by the other sensor": _veiled(_canvas.ICE),
        "no answer": _canvas.GREY,
    }
    _legend(figure, list(key.items()))
    return figure


def difference_figure(pair: xr.Dataset, caption: Caption) -> Figure:
    """Where the sensors agree and where only one of them saw ice."""
    figure, axes = _one_panel(pair)
    _canvas.heading(figure, "Where the two looks differ", _when(caption))
    factor = factor_for((pair.sizes["y"], pair.sizes["x"]), _PIXELS)
    show(axes, pair, small([pair["s1_ice"], pair["s2_ice"]], factor, _paint_difference))
    parts = shares(pair)
    _legend(
        figure,
        [(f"{label}  {100 * parts[label]:.1f} %", colour) for label, colour in CLASSES.items()],
    )
    _name(
        axes,
        f"{_percent(caption.s1_concentration)} ice by radar, "
        f"{_percent(caption.s2_concentration)} by optics",
        "Ice drifts between the looks: part of what differs is motion, not error.",
        None,
    )
    return figure


def shares(pair: xr.Dataset) -> dict[str, float]:
    """Share of the grid's pixels in each class of `CLASSES`, 0-1, adding up to 1."""
    counts = np.zeros(len(CLASSES), dtype=np.int64)
    for start in range(0, pair.sizes["y"], 1024):
        strip = [pair[name][start : start + 1024].values for name in ("s1_ice", "s2_ice")]
        counts += np.bincount(_classes(*strip).ravel(), minlength=len(CLASSES))
    return dict(zip(CLASSES, (counts / counts.sum()).tolist(), strict=True))


def _classes(s1_ice: AnyArray, s2_ice: AnyArray) -> AnyArray:
    ice1, ice2 = s1_ice == conventions.ICE, s2_ice == conventions.ICE
    none = (s1_ice == conventions.NO_ANSWER) | (s2_ice == conventions.NO_ANSWER)
    return np.select([none, ice1 & ice2, ice1, ice2], [4, 0, 2, 3], default=1)


def _paint_difference(s1_ice: AnyArray, s2_ice: AnyArray) -> AnyArray:
    colours: AnyArray = _palette(CLASSES.values())[_classes(s1_ice, s2_ice)]
    return colours


def _paint_mask(ice: AnyArray, valid: AnyArray) -> AnyArray:
    colours = _palette(
        [_canvas.WATER, _canvas.ICE, _veiled(_canvas.WATER), _veiled(_canvas.ICE), _canvas.GREY]
    )
    number = ice + 2 * (valid == 0)
    number[ice == conventions.NO_ANSWER] = 4
    painted: AnyArray = colours[number]
    return painted


def _veiled(colour: str) -> tuple[float, float, float]:
    """Colour under a grey veil: an answer that the other sensor cannot confirm."""
    red, green, blue = 0.45 * np.array(to_rgb(colour)) + 0.55 * np.array(to_rgb(_canvas.GREY))
    return (float(red), float(green), float(blue))


def _palette(colours: Any) -> AnyArray:
    return np.array([to_rgb(colour) for colour in colours], dtype=np.float32)


def _radar(pair: xr.Dataset) -> tuple[str, Float32Array]:
    """Name of the co-polarised channel, or of the first one, and its decibels, averaged down."""
    present = [p for p in ("HH", "VV", "HV", "VH") if conventions.sigma0_name(p) in pair]
    power = pair[conventions.sigma0_name(present[0])]
    mean = small([power], factor_for(power.shape, _PIXELS))
    # Averaged as power; what is left below zero is noise, drawn as the darkest.
    return present[0], 10 * np.log10(np.maximum(mean, np.float32(1e-5)))


def _optical(pair: xr.Dataset) -> tuple[str, Float32Array]:
    """True colours where the three bands exist, else one band in grey."""
    names = [conventions.reflectance_name(band) for band in ("B04", "B03", "B02")]
    label = "true colour"
    if not all(name in pair for name in names):
        first = next(str(name) for name in pair.data_vars if str(name).startswith("s2_b"))
        names, label = [first] * 3, f"band {first[3:].upper()}"
    factor = factor_for(pair[names[0]].shape, _PIXELS)
    colours = np.stack([small([pair[name]], factor) for name in names], axis=-1)
    _, high = _stretch(colours, 0.5, 99.5)
    # A gentle gamma opens the dark end, where thin ice and water differ.
    bright = np.clip(colours / max(high, 0.05), 0, 1) ** 0.8
    gaps = ~np.isfinite(bright).all(axis=-1)
    bright[gaps] = to_rgb(_canvas.GREY)
    return label, bright


def _stretch(values: AnyArray, low: float = 1.0, high: float = 99.0) -> tuple[float, float]:
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        return 0.0, 1.0
    bounds = np.percentile(finite, [low, high])
    return float(bounds[0]), float(max(bounds[1], bounds[0] + 1e-3))


def _grey_with_gaps() -> Any:
    from matplotlib import colormaps

    return colormaps["gray"].with_extremes(bad=_canvas.GREY)


def _two_panels(pair: xr.Dataset) -> tuple[Figure, tuple[Axes, Axes]]:
    height = 5.35 * height_over_width(pair)
    figure = _canvas.wide(13.0, height + 2.05)
    bottom, share = 0.9 / (height + 2.05), height / (height + 2.05)
    left = figure.add_axes((0.065, bottom, 5.35 / 13, share))
    right = figure.add_axes((0.565, bottom, 5.35 / 13, share))
    right.sharex(left)
    right.sharey(left)
    return figure, (left, right)


def _one_panel(pair: xr.Dataset) -> tuple[Figure, Axes]:
    height = 8.0 * height_over_width(pair)
    figure = _canvas.wide(9.2, height + 2.05)
    axes = figure.add_axes((0.09, 0.9 / (height + 2.05), 8.0 / 9.2, height / (height + 2.05)))
    return figure, axes


def _name(axes: Axes, title: str, small_print: str, concentration: float | None) -> None:
    axes.text(0, 1.052, title, transform=axes.transAxes, fontsize=10.5, fontweight="bold")
    axes.text(0, 1.018, small_print, transform=axes.transAxes, fontsize=7, color=_canvas.MUTED)
    if concentration is not None:
        axes.text(
            1, 1.052, f"ice concentration {_percent(concentration)}",
            transform=axes.transAxes, fontsize=10.5, ha="right",
        )  # fmt: skip


def _percent(share: float | None) -> str:
    return "no answer" if share is None else f"{100 * share:.1f} %"


def _when(caption: Caption) -> str:
    s1, s2 = (f"{time:%Y-%m-%d %H:%M:%S} UTC" for time in (caption.s1_time, caption.s2_time))
    return f"Sentinel-1 {s1}   ·   Sentinel-2 {s2}   ·   {caption.gap}"


def _bar(figure: Figure, axes: Axes, image: Any, label: str) -> None:
    box = axes.get_position()
    _, height = figure.get_size_inches()
    place = (box.x1 - 0.16, 0.3 / height, 0.16, 0.09 / height)
    bar = figure.colorbar(image, cax=figure.add_axes(place), orientation="horizontal")
    bar.outline.set_linewidth(0.4)
    bar.ax.tick_params(labelsize=7, length=2)
    bar.ax.text(
        -0.04, 0.5, label, transform=bar.ax.transAxes, ha="right", va="center", fontsize=8,
        color=_canvas.MUTED,
    )  # fmt: skip


def _legend(figure: Figure, entries: list[tuple[str, Any]]) -> None:
    patches = [
        Patch(facecolor=colour, edgecolor=_canvas.MUTED, linewidth=0.5, label=label)
        for label, colour in entries
    ]
    _, height = figure.get_size_inches()
    figure.legend(
        handles=patches,
        loc="lower center",
        bbox_to_anchor=(0.5, 0.1 / height),
        ncols=len(entries),
        frameon=False,
        fontsize=8.5,
        handlelength=1.4,
        columnspacing=1.3,
    )

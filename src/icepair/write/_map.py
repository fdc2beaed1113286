"""A map of both footprints and the windows that were read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyproj
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.patches import Patch, Polygon

from icepair.write import _canvas
from icepair.write._land import land_polygons

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from icepair._typing import FloatArray
    from icepair.geo.footprint import Footprint
    from icepair.write.caption import Caption, Outlines

__all__ = ["footprints"]

_SEA, _LAND, _COAST = "#dfe9f1", "#f4f1ea", "#8d97a1"
_S1, _S2 = "#c77700", "#1f78b4"


def footprints(outlines: Outlines, caption: Caption) -> Figure:
    """Both scenes on an azimuthal map centred between them, true to area."""
    figure = _canvas.wide(9.2, 9.9)
    _canvas.heading(
        figure, "Where the scenes lie and what was read of them", f"{caption.gap}, times in UTC"
    )
    axes = figure.add_axes((0.07, 0.115, 0.86, 0.80))
    project = _projection(outlines)
    rings = {name: _projected(project, outline) for name, outline in vars(outlines).items()}
    _frame(axes, list(rings.values()))
    _land(axes, project)
    _graticule(axes, project)
    styles: dict[str, dict[str, Any]] = {
        "s1": {"facecolor": _S1 + "26", "edgecolor": _S1, "linewidth": 1.4},
        "s2": {"facecolor": _S2 + "33", "edgecolor": _S2, "linewidth": 1.4},
        "s1_window": {"facecolor": "none", "edgecolor": _S1, "hatch": "////", "linewidth": 0.9},
        "s2_window": {"facecolor": _S2 + "55", "edgecolor": _S2, "linewidth": 0.9},
    }
    for order, (name, style) in enumerate(styles.items()):
        axes.add_patch(Polygon(rings[name], zorder=3 + order, **style))
    x0, x1 = axes.get_xlim()
    _canvas.draw_scale(axes, (x1 - x0) / 1000.0)
    _canvas.draw_north(axes, _north(project, axes))
    _key(figure, styles, caption)
    return figure


def _projection(outlines: Outlines) -> pyproj.Proj:
    """Equal-area azimuthal projection centred on the mean place of both outlines, metres."""
    longitude, latitude = (
        np.radians(np.concatenate([getattr(ring, name) for ring in (outlines.s1, outlines.s2)]))
        for name in ("longitude", "latitude")
    )
    # As vectors, because longitudes average wrongly across 180 and at the poles.
    x = np.nanmean(np.cos(latitude) * np.cos(longitude))
    y = np.nanmean(np.cos(latitude) * np.sin(longitude))
    z = np.nanmean(np.sin(latitude))
    return pyproj.Proj(
        proj="laea",
        lat_0=float(np.degrees(np.arctan2(z, np.hypot(x, y)))),
        lon_0=float(np.degrees(np.arctan2(y, x))),
        ellps="WGS84",
    )


def _projected(project: pyproj.Proj, outline: Footprint) -> FloatArray:
    points = np.column_stack(project(outline.longitude, outline.latitude))
    return np.asarray(points[np.isfinite(points).all(axis=1)])


def _frame(axes: Axes, rings: list[FloatArray]) -> None:
    """Square around all outlines with a margin, and the sea in it."""
    points = np.concatenate(rings)
    low, high = points.min(axis=0), points.max(axis=0)
    middle, half = (low + high) / 2, 0.56 * float((high - low).max())
    axes.set_xlim(middle[0] - half, middle[0] + half)
    axes.set_ylim(middle[1] - half, middle[1] + half)
    axes.set_aspect("equal")
    axes.set_facecolor(_SEA)
    axes.set_xticks([])
    axes.set_yticks([])


def _land(axes: Axes, project: pyproj.Proj) -> None:
    low, high = np.transpose([axes.get_xlim(), axes.get_ylim()])
    seen = [
        points
        for points in land_polygons(project)
        if (points.max(axis=0) > low).all() and (points.min(axis=0) < high).all()
    ]
    # As a collection that leaves the limits alone: patch by patch takes seconds.
    land = PolyCollection(seen, facecolor=_LAND, edgecolor=_COAST, linewidth=0.5, zorder=1)
    axes.add_collection(land, autolim=False)


def _graticule(axes: Axes, project: pyproj.Proj) -> None:
    """Meridians and parallels at round steps, named where they leave the frame."""
    x0, x1, y0, y1 = *axes.get_xlim(), *axes.get_ylim()
    x, y = np.meshgrid(np.linspace(x0, x1, 200), np.linspace(y0, y1, 200))
    longitude, latitude = project(x, y, inverse=True)
    span = float(latitude.max() - latitude.min())
    parallels = _round_step(span, (0.1, 0.2, 0.5, 1, 2, 5, 10))
    poleward = min(89.0, float(np.abs(latitude).mean()))
    meridians = _round_step(
        span / np.cos(np.radians(poleward)), (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30)
    )
    lines = []
    for degree in _near(latitude, np.arange(-90 + parallels, 90, parallels)):
        along = np.linspace(-180, 180, 1441)
        line = np.column_stack(project(along, np.full_like(along, degree)))
        _name_line(axes, line, _latitude(degree), (0, 1))
        lines.append(line)
    for degree in _near(longitude, np.arange(-180, 180, meridians), circle=360.0):
        along = np.linspace(-89.9, 89.9, 1799)
        line = np.column_stack(project(np.full_like(along, degree), along))
        _name_line(axes, line, _longitude(degree), (2, 3))
        lines.append(line)
    axes.add_collection(
        LineCollection(lines, colors="white", linewidths=0.8, zorder=2), autolim=False
    )


def _near(seen: FloatArray, degrees: FloatArray, circle: float = np.inf) -> FloatArray:
    """Those of evenly spaced degrees that lie among what is seen, and one beyond at either end.

    Lines outside the frame would take longer than all the rest of the map.
    """
    step = degrees[1] - degrees[0]
    below = np.unique(np.floor((seen - degrees[0]) / step)).astype(np.int64)
    wanted = np.unique(np.concatenate([below, below + 1]))
    if np.isfinite(circle):
        wanted = np.unique(wanted % degrees.size)
    return np.asarray(degrees[wanted[(wanted >= 0) & (wanted < degrees.size)]])


def _name_line(axes: Axes, line: FloatArray, name: str, edges: tuple[int, int]) -> None:
    """Name a line where it crosses edges (left, right, bottom, top) between their ends."""
    x0, x1, y0, y1 = *axes.get_xlim(), *axes.get_ylim()
    x, y = np.where(np.isfinite(line), line, np.nan).T
    for edge in edges:
        level, across, along = ((x0, x, y), (x1, x, y), (y0, y, x), (y1, y, x))[edge]
        low, high = (y0, y1) if edge < 2 else (x0, x1)
        for index in np.flatnonzero(np.diff(np.sign(across - level)) != 0)[:4]:
            part = (level - across[index]) / (across[index + 1] - across[index])
            place = along[index] + part * (along[index + 1] - along[index])
            if low < place < high and abs(across[index + 1] - across[index]) < (x1 - x0):
                _edge_label(axes, edge, level, place, name)


def _edge_label(axes: Axes, edge: int, level: float, place: float, name: str) -> None:
    x, y = (level, place) if edge < 2 else (place, level)
    offset = ((-4, 0), (4, 0), (0, -4), (0, 4))[edge]
    axes.annotate(
        name,
        (x, y),
        xytext=offset,
        textcoords="offset points",
        ha=("right", "left", "center", "center")[edge],
        va=("center", "center", "top", "bottom")[edge],
        fontsize=7,
        color=_canvas.MUTED,
        annotation_clip=False,
    )


def _round_step(span: float, steps: tuple[float, ...]) -> float:
    """Smallest of `steps` that gives no more than six lines."""
    return next((step for step in steps if span / step <= 6), steps[-1])


def _latitude(degree: float) -> str:
    return f"{abs(degree):g}° {'N' if degree > 0 else 'S'}" if degree else "0°"


def _longitude(degree: float) -> str:
    if degree in (0, -180):
        return f"{abs(degree):g}°"
    return f"{abs(degree):g}° {'E' if degree > 0 else 'W'}"


def _north(project: pyproj.Proj, axes: Axes) -> float:
    """Direction of north where the arrow stands, degrees clockwise from the upper edge."""
    x0, x1, y0, y1 = *axes.get_xlim(), *axes.get_ylim()
    x, y = x0 + 0.955 * (x1 - x0), y0 + 0.93 * (y1 - y0)
    longitude, latitude = project(x, y, inverse=True)
    south_x, south_y = project(longitude, latitude - 0.01)
    return float(np.degrees(np.arctan2(x - south_x, y - south_y)))


def _key(figure: Figure, styles: dict[str, dict[str, Any]], caption: Caption) -> None:
    labels = {
        "s1": f"Sentinel-1  {caption.s1_time:%Y-%m-%d %H:%M:%S}  {caption.s1_product}",
        "s2": f"Sentinel-2  {caption.s2_time:%Y-%m-%d %H:%M:%S}  {caption.s2_product}",
        "s1_window": "window of Sentinel-1 that was read",
        "s2_window": "window of Sentinel-2 that was read",
    }
    figure.legend(
        handles=[Patch(label=labels[name], **styles[name]) for name in labels],
        loc="lower left",
        bbox_to_anchor=(0.06, 0.008),
        frameon=False,
        fontsize=8,
        handlelength=1.8,
    )

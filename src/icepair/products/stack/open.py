"""Opening scenes that lie on a grid already."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from icepair._typing import FloatArray, IntArray
from icepair.conventions import POLARISATIONS
from icepair.errors import UsageError
from icepair.geo.grid_swath import AngleNet
from icepair.geo.window import Window
from icepair.products.stack.container import StackContainer
from icepair.products.stack.files import (
    Layer,
    is_tiff,
    read_layers,
    refuse_complex,
    refuse_different_grids,
    tiffs_in,
)
from icepair.products.stack.identity import Identity, identity_of
from icepair.products.stack.radar_units import radar_units
from icepair.products.stack.reflectance import optical_scaling
from icepair.products.stack.roles import INCIDENCE, assigned, sensor_of
from icepair.products.stack.scenes import GriddedOpticalScene, GriddedRadarScene
from icepair.products.stack.told import Told

__all__ = ["holds_stack", "open_stack"]

_PATCHES, _PATCH = 8, 16
"""Squares along each side whose values are looked at when a scene is opened, and their pixels."""
_ANGLES = 33
"""Rows, and columns, at which incidence angles are taken."""

_PLACED = (
    "The pixels were placed when the grid was made, on a height that is not known: every metre "
    "between it and the sea displaces them by 1 to 2.7 m, and the position error leaves that out."
)

Paths = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]


def holds_stack(address: str) -> bool:
    """Whether a path is a TIFF, or a folder with TIFFs in it."""
    path = Path(address).expanduser()
    return bool(tiffs_in(path)) if path.is_dir() else is_tiff(path)


def open_stack(address: Paths, told: Told) -> GriddedRadarScene | GriddedOpticalScene:
    """Scene of one GeoTIFF, of all in a folder, or of several on one grid.

    Descriptions, tags and some pixels are read.

    Parameters
    ----------
    address : path or sequence of paths
        Files, or one folder.
    told : Told
        What the user says of them.

    Raises
    ------
    UsageError
        What a band is, its units, its offset or the time is neither said nor certain, or said
        wrongly.
    DamagedFileError
        A file cannot be read or has no coordinate system.
    UnsupportedProductError
        Files that are no calibrated scene on a north-up grid of square pixels in metres.
    ContradictionError
        The files lie on different grids.
    """
    paths, shown = _paths(address)
    layers = read_layers(paths)
    roles = assigned(layers, told.role_names, shown)
    sensor = sensor_of(roles)
    if sensor == "S2" and told.known_units == "dn":
        roles = {role: layer.unscaled for role, layer in roles.items()}
    used = list(roles.values())
    refuse_complex(used)
    refuse_different_grids(used)
    first = Path(used[0].path).resolve()
    fallback = first.stem if len(paths) == 1 else first.parent.name
    identity = identity_of(used, sensor, told, shown, fallback)
    container = StackContainer(shown, roles)
    taken = {(layer.path, layer.band) for layer in used}
    left_out = [layer.place for layer in layers if (layer.path, layer.band) not in taken]
    notes = (f"Left out, of no known role: {', '.join(left_out)}.",) if left_out else ()
    if sensor == "S1":
        return _radar(container, roles, identity, told, notes)
    return _optical(container, roles, identity, told, notes)


def _paths(address: Paths) -> tuple[list[Path], str]:
    """Files, and what to call them."""
    if isinstance(address, str | os.PathLike):
        path = Path(address).expanduser()
        return (tiffs_in(path) if path.is_dir() else [path]), os.fspath(address)
    paths = [Path(each).expanduser() for each in address]
    if not paths:
        raise UsageError("A gridded scene needs one file at least; the list is empty.")
    return paths, os.fspath(address[0])


def _radar(
    container: StackContainer,
    roles: Mapping[str, Layer],
    identity: Identity,
    told: Told,
    notes: tuple[str, ...],
) -> GriddedRadarScene:
    _refuse_optical_words(told, container.address)
    polarisations = tuple(name for name in POLARISATIONS if name in roles)
    first = roles[polarisations[0]]
    seen = np.concatenate([_seen(container, name) for name in polarisations])
    units = radar_units({name: roles[name] for name in polarisations}, told.known_units, seen)
    return GriddedRadarScene(
        product=identity.product,
        address=container.address,
        time=identity.time,
        platform=identity.platform,
        sensor="S1",
        shape=first.grid.shape,
        container=container,
        polarisations=polarisations,
        range_spacing_m=first.grid.spacing_m,
        azimuth_spacing_m=first.grid.spacing_m,
        grid=first.grid,
        units=units,
        stated_time_source=identity.time_source,
        angles=_angles(container) if INCIDENCE in roles else None,
        notes=(*identity.notes, _PLACED, *_gamma_note(roles), *notes),
    )


def _optical(
    container: StackContainer,
    roles: Mapping[str, Layer],
    identity: Identity,
    told: Told,
    notes: tuple[str, ...],
) -> GriddedOpticalScene:
    bands = tuple(role for role in roles if role != INCIDENCE)
    layers = {band: roles[band] for band in bands}
    scaling = optical_scaling(layers, told, _seen(container, bands[0]))
    first = layers[bands[0]]
    return GriddedOpticalScene(
        product=identity.product,
        address=container.address,
        time=identity.time,
        platform=identity.platform,
        sensor="S2",
        shape=first.grid.shape,
        container=container,
        bands=bands,
        grid=first.grid,
        time_source=identity.time_source,
        masks=(),
        variables={band: band for band in bands},
        scaling=scaling,
        notes=(*identity.notes, *scaling.notes, *notes),
    )


def _refuse_optical_words(told: Told, address: str) -> None:
    if told.offset is not None or told.quantification is not None:
        raise UsageError(
            f"{address} is radar: an offset and a quantification belong to the optical scene."
        )


def _gamma_note(roles: Mapping[str, Layer]) -> tuple[str, ...]:
    texts = [
        text.lower()
        for layer in roles.values()
        for text in (layer.description, Path(layer.path).name, Path(layer.path).parent.name)
    ]
    if not any("gamma" in text or "rtc" in text for text in texts):
        return ()
    return (
        "The file holds gamma nought, which is sigma nought over the cosine of the incidence angle "
        "(0.3 to 1.6 dB more); it is taken as it is.",
    )


def _spread(size: int, most: int, margin: int = 1) -> IntArray:
    """Whole numbers from 0 to `margin` before the end, evenly, the first and last among them."""
    last = max(0, size - margin)
    return np.unique(np.linspace(0, last, min(size, most)).round().astype(np.int64))


def _seen(container: StackContainer, name: str) -> FloatArray:
    """Values of small squares all over a band, finite and not zero."""
    rows, columns = container.shape(name)
    parts = [
        container.read_measured(
            name, Window(i, min(i + _PATCH, rows), j, min(j + _PATCH, columns))
        ).ravel()
        for i in _spread(rows, _PATCHES, _PATCH).tolist()
        for j in _spread(columns, _PATCHES, _PATCH).tolist()
    ]
    values = np.concatenate(parts)
    seen: FloatArray = values[np.isfinite(values) & (values != 0.0)]
    return seen


def _angles(container: StackContainer) -> AngleNet | None:
    """Net of incidence angles; None for a scene too small to have one."""
    rows, columns = (_spread(size, _ANGLES) for size in container.shape(INCIDENCE))
    if rows.size < 2 or columns.size < 2:
        return None
    places = (part.ravel() for part in np.meshgrid(rows, columns, indexing="ij"))
    degrees = container.measured_pixels(INCIDENCE, *places).reshape(rows.size, columns.size)
    possible = (degrees > 0.0) & (degrees < 90.0)
    return AngleNet(
        rows.astype(np.float64), columns.astype(np.float64), np.where(possible, degrees, np.nan)
    )

"""Products of one tile and day as one scene: pixels of the first that has them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np

from icepair._typing import AnyArray
from icepair.conventions import BANDS
from icepair.dap.cost import Cost
from icepair.dap.meter import Reading
from icepair.errors import DamagedFileError, UsageError
from icepair.geo.window import Window
from icepair.optical import NO_DATA, SATURATED
from icepair.products.container import Container, Selection
from icepair.products.rasters import indices, raster_selection
from icepair.products.scene import Scene
from icepair.products.sentinel2 import IMAGED, Sentinel2Scene

__all__ = ["merge_scenes"]

_LONGEST = timedelta(hours=12)
"""Between scenes of one day."""
_LONG = timedelta(minutes=10)
"""After which ice has moved by a pixel or more."""


def merge_scenes(scenes: Sequence[Scene]) -> Sentinel2Scene:
    """One scene of several products of the same tile and day.

    A tile that lies across the border of two datastrips, or under two passes, comes as two products
    that each hold part of it; and old products are processed anew.

    Parameters
    ----------
    scenes
        Sentinel-2 scenes of one tile, level and grid, from SAFE or NetCDF, in the order in which
        they count. Of one datatake the product of the latest baseline, then the one made last,
        comes first whatever the order.

    Returns
    -------
    Sentinel2Scene
        Every pixel of a band is that of the first product with a digital number above 0 there, and
        a mask's is that of the first product with a pixel of its first band. ``time`` is that of
        the first product; ``notes`` tell all products and their times.

    Raises
    ------
    UsageError
        The scenes cannot be one: another tile, level, grid, divisor or day, no band in common,
        the same product twice, or not of Sentinel-2.

    Examples
    --------
    >>> merge_scenes([open_scene(one), open_scene(other)])  # doctest: +SKIP
    """
    parts = _sorted([scene for scene in scenes if isinstance(scene, Sentinel2Scene)])
    if len(parts) != len(scenes) or not parts:
        raise UsageError(
            "Several products are merged if all are Sentinel-2 L1C or L2A of one tile; these are "
            + ", ".join(scene.product for scene in scenes)
            + "."
        )
    if len(parts) == 1:
        return parts[0]
    _refuse_different(parts)
    bands = tuple(band for band in BANDS if all(band in part.bands for part in parts))
    if not bands:
        raise UsageError(f"{_listed(parts)} have no band in common, so they cannot be merged.")
    offsets = {band: min(part.offsets[band] for part in parts) for band in bands}
    masks = tuple(name for name in parts[0].masks if all(name in part.masks for part in parts))
    refined = {part.is_refined for part in parts}
    return replace(
        parts[0],
        container=_MergedContainer(tuple(parts), bands, masks, offsets),
        bands=bands,
        offsets=offsets,
        masks=masks,
        variables={band: band for band in bands},
        enlarged=frozenset(),
        angles=None,
        is_refined=refined.pop() if len(refined) == 1 else None,
        time_source=f"{parts[0].time_source}, of the first of {len(parts)} merged products",
        notes=tuple(_notes(parts, bands)),
    )


def _sorted(parts: list[Sentinel2Scene]) -> list[Sentinel2Scene]:
    """As given, but of each datatake the newest product first."""
    places: dict[str, int] = {}
    for index, part in enumerate(parts):
        places.setdefault(_datatake(part), index)
    newest = sorted(parts, key=_edition, reverse=True)
    return sorted(newest, key=lambda part: places[_datatake(part)])


def _datatake(part: Sentinel2Scene) -> str:
    named = re.match(r"(S2[A-Z])_MSIL\w\w_(\d{8}T\d{6})_", part.product)
    return f"{named[1]}_{named[2]}" if named else part.datatake[:19] or part.product


def _edition(part: Sentinel2Scene) -> tuple[str, str]:
    made = re.search(r"_(\d{8}T\d{6})$", part.product)
    return part.baseline, made[1] if made else ""


def _listed(parts: Sequence[Sentinel2Scene]) -> str:
    return ", ".join(part.product for part in parts)


def _refuse_different(parts: Sequence[Sentinel2Scene]) -> None:
    first = parts[0]
    told: dict[str, list[object]] = {
        "tile": [part.tile for part in parts],
        "level": [part.level for part in parts],
        "grid": [
            (part.grid.epsg, part.grid.left, part.grid.top, part.grid.shape) for part in parts
        ],
        "quantification": [part.quantification for part in parts],
    }
    for name, values in told.items():
        if any(value != values[0] for value in values):
            raise UsageError(
                f"{_listed(parts)} cannot be merged: their {name} differs ("
                + ", ".join(str(value) for value in values)
                + "). Give products of one tile and level."
            )
    if any(abs(part.time - first.time) > _LONGEST for part in parts):
        times = ", ".join(f"{part.time:%Y-%m-%d %H:%M}" for part in parts)
        raise UsageError(
            f"{_listed(parts)} are not of one day ({times}): what moved in between would be torn. "
            "Align each by itself."
        )
    if len({part.product for part in parts}) < len(parts):
        raise UsageError(f"A product is given twice: {_listed(parts)}.")


def _notes(parts: Sequence[Sentinel2Scene], bands: tuple[str, ...]) -> Iterator[str]:
    yield (
        f"{len(parts)} products are merged, each pixel from the first that has it: "
        + "; ".join(
            f"{part.product} ({part.time:%Y-%m-%dT%H:%M:%SZ}, {part.time_source})" for part in parts
        )
        + "."
    )
    times = [part.time for part in parts]
    apart = max(times) - min(times)
    if apart > _LONG:
        yield (
            f"The merged products were seen {apart.total_seconds() / 60:.0f} minutes apart; where "
            "one takes over from another ice may be torn or doubled."
        )
    dropped = sorted({band for part in parts for band in part.bands} - set(bands))
    if dropped:
        yield f"Left out, since not all merged products have them: {', '.join(dropped)}."
    for part in parts:
        yield from (f"{part.product}: {note}" for note in part.notes)


class _MergedContainer:
    """Rasters of several scenes of one grid; bands by their names in the field.

    Parameters
    ----------
    parts
        Scenes, the first to count first.
    bands, masks
        What all of them have.
    offsets
        By band: what is added to what `read` gives, whichever part it comes from.
    """

    def __init__(
        self,
        parts: tuple[Sentinel2Scene, ...],
        bands: tuple[str, ...],
        masks: tuple[str, ...],
        offsets: Mapping[str, int],
    ) -> None:
        self.parts = parts
        self.bands = bands
        self.masks = masks
        self.offsets = offsets
        self.address = ", ".join(part.address for part in parts)
        self.remote = any(part.container.remote for part in parts)

    @property
    def names(self) -> tuple[str, ...]:
        """Bands and masks that all parts have."""
        return (*self.bands, *self.masks, IMAGED)

    def attributes(self, name: str | None = None) -> Mapping[str, object]:
        """Nothing."""
        return {}

    def dimensions(self, name: str) -> tuple[str, ...]:
        """Rows and columns."""
        return ("y", "x")

    def shape(self, name: str) -> tuple[int, ...]:
        """Rows and columns of the tile."""
        self._must_have(name)
        return self.parts[0].shape

    def dtype(self, name: str) -> np.dtype[np.generic]:
        """Type of the first part's; bands are uint16, `IMAGED` is uint8."""
        self._must_have(name)
        if name in self.masks:
            return self.parts[0].container.dtype(name)
        return np.dtype(np.uint16 if name in self.bands else np.uint8)

    def chunks(self, name: str) -> tuple[int, ...] | None:
        """Chunks of the first part."""
        self._must_have(name)
        first = self.parts[0]
        if name == IMAGED:
            return None
        found = first.container.chunks(first.variables.get(name, name))
        return None if found is None else found[-2:]

    def read(self, name: str, selection: tuple[slice, ...] = ()) -> AnyArray:
        """Values of the first part that has them.

        Raises
        ------
        DamagedFileError
            There is no such raster, or a part's cannot be read.
        """
        shape = self.shape(name)
        rows, columns = selection or tuple(slice(0, size) for size in shape)
        if name == IMAGED:
            return self._imaged(rows, columns)
        window = Window(rows.start, rows.stop, columns.start, columns.stop)
        values = self._band(name, window) if name in self.bands else self._mask(name, window)
        return values[:: rows.step or 1, :: columns.step or 1]

    def announce(self, selections: Sequence[Selection]) -> None:
        """Tell every part of what will be read, though of later ones gaps alone are wanted."""
        for container, wanted in self._by_part(selections):
            container.announce(wanted)

    def cost(self, selections: Sequence[Selection]) -> Cost:
        """What reading all parts would take: more than gaps alone will."""
        costs = (container.cost(wanted) for container, wanted in self._by_part(selections))
        return sum(costs, Cost())

    def traffic(self) -> Reading:
        """What has travelled for all parts; seconds of the slowest."""
        seen = [part.container.traffic() for part in self.parts]
        return Reading(
            sum(reading.bytes for reading in seen),
            sum(reading.requests for reading in seen),
            max(reading.seconds for reading in seen),
        )

    def forget(self) -> None:
        """Drop what the parts keep."""
        for part in self.parts:
            part.container.forget()

    def close(self) -> None:
        """Let go of all parts."""
        for part in self.parts:
            part.container.close()

    def _must_have(self, name: str) -> None:
        if name not in self.names:
            raise DamagedFileError(f"The products {_listed(self.parts)} have no common {name}.")

    def _imaged(self, rows: slice, columns: slice) -> AnyArray:
        places = np.meshgrid(indices(rows), indices(columns), indexing="ij")
        held = np.zeros(places[0].shape, dtype=np.uint8)
        for part in self.parts:
            found = part.holds_values(*(place.ravel() for place in places))
            held |= found.reshape(held.shape).astype(np.uint8)
        return held

    def _band(self, band: str, window: Window) -> AnyArray:
        merged = self._shifted(self.parts[0], band, window)
        for part in self.parts[1:]:
            missing = merged == NO_DATA
            if not missing.any():
                break
            merged = np.where(missing, self._shifted(part, band, window), merged)
        return merged

    def _shifted(self, part: Sentinel2Scene, band: str, window: Window) -> AnyArray:
        """A part's digital numbers as they would be with the common offset."""
        numbers = part.read_digital_numbers(band, window)
        shift = part.offsets[band] - self.offsets[band]
        if not shift:
            return numbers
        measured = (numbers != NO_DATA) & (numbers != SATURATED)
        moved = np.minimum(numbers.astype(np.int64) + shift, SATURATED - 1)
        return np.where(measured, moved, numbers).astype(np.uint16)

    def _mask(self, name: str, window: Window) -> AnyArray:
        merged = self.parts[0].read_mask(name, window)
        missing = np.ones(window.shape, dtype=bool)
        for part, following in zip(self.parts[:-1], self.parts[1:], strict=True):
            missing &= part.read_digital_numbers(self.bands[0], window) == NO_DATA
            if not missing.any():
                break
            merged = np.where(missing, following.read_mask(name, window), merged)
        return merged

    def _by_part(
        self, selections: Sequence[Selection]
    ) -> Iterator[tuple[Container, list[Selection]]]:
        for part in self.parts:
            wanted = [
                self._selection_of(part, name, parts)
                for name, parts in selections
                if name != IMAGED
            ]
            yield part.container, wanted

    def _selection_of(
        self, part: Sentinel2Scene, name: str, selection: tuple[slice, ...]
    ) -> Selection:
        rows, columns = selection
        window = Window(rows.start, rows.stop, columns.start, columns.stop)
        if name in self.bands:
            window = part.stored_window(name, window)
        return raster_selection(part.container, part.variables.get(name, name), window)

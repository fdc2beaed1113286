"""Cloud on the optical scene: by the product's own masks, by tests on its bands, or by both."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np

from icepair._typing import AnyArray, BoolArray, ByteArray, Float32Array
from icepair.conventions import S2Flag
from icepair.errors import UsageError
from icepair.geo.window import Window
from icepair.optical.clouds import (
    CIRRUS_FROM,
    LEARNED_BANDS,
    cloud_probability,
    learned_probability,
    require_learned,
    shadow_of,
)
from icepair.optical.sun import sun_angles
from icepair.pair.streaming import CLOUD_MASKS
from icepair.products.scene import OpticalScene

__all__ = ["CHOICES", "Clouds", "settled_clouds"]

CHOICES = ("auto", "product", "tests", "s2cloudless", "none")
"""Who may tell cloud."""
_CLOUD_FLAGS = dict(zip(CLOUD_MASKS, (S2Flag.OPAQUE_CLOUD, S2Flag.CIRRUS), strict=True))
"""Trusted by name: in the archive's files the long names are swapped."""
_NEEDED = ("B03", "B11")
_CELL = 4
"""Pixels each way that are tested as one: 40 m, two of B11."""
_STRIP = 100 * _CELL
"""Rows that are read at a time."""
_RIM_FROM = 0.15
"""Probability from which a cell beside cloud is its edge: thin, or seen apart by the bands."""
_SMALLEST = 4
"""Cells of a cloud; fewer are bright specks, which ridges and ships make."""
_LOW_SUN_DEG, _HORIZON_DEG = 85.0, 90.0
"""Sentinel-2 is not planned to look under a lower sun (ESA, 17 October 2019)."""


class Clouds:
    """Flags of cloud, of its shadow, and of a low sun, in any window of the scene.

    Tests look at the whole window that may be read, once, when the first flags are asked for: a
    shadow may lie far from its cloud, and blocks must not show in the result.
    """

    def __init__(
        self,
        scene: OpticalScene,
        window: Window,
        masks: tuple[str, ...],
        bands: tuple[str, ...],
        *,
        learned: bool = False,
    ) -> None:
        self.scene = scene
        self.window = window
        self.masks = masks
        """Rasters of the product that are read."""
        self.bands = bands
        """Bands that are tested; none where nothing is."""
        self.learned = learned
        """Whether s2cloudless tells cloud from them, not our tests."""
        self._lock = threading.Lock()
        self._cells: ByteArray | None = None
        height, width = scene.grid.shape
        corners = np.array([[0.0, 0.0, height, height], [0.0, width, 0.0, width]])
        places = zip(*scene.grid.longitude_latitude(*corners), strict=True)
        self._zeniths = [sun_angles(scene.time, float(x), float(y))[0] for x, y in places]

    def __str__(self) -> str:
        told = ["product"] if self.masks else []
        who = "s2cloudless" if self.learned else "tests"
        told += [f"{who} on {', '.join(self.bands)}"] if self.bands else []
        return " and ".join(told) or "none"

    def flags(self, window: Window) -> ByteArray:
        """`S2Flag` bits of a window, uint8.

        Raises
        ------
        DamagedFileError
            The numbers cannot be read.
        """
        flags = np.zeros(window.shape, dtype=np.uint8)
        for name in self.masks:
            flags[self.scene.read_mask(name, window) == 1] |= int(_CLOUD_FLAGS[name])
        if self.bands:
            rows = (np.arange(window.row_start, window.row_stop) - self.window.row_start) // _CELL
            columns = np.arange(window.column_start, window.column_stop)
            columns = (columns - self.window.column_start) // _CELL
            flags |= self._tested()[np.ix_(rows, columns)]
        # A lit scene whose time says night has a wrong time, which says nothing of the sun.
        if max(self._zeniths) > _LOW_SUN_DEG and min(self._zeniths) < _HORIZON_DEG:
            flags[self._sun_is_low(window)] |= int(S2Flag.SUN_LOW)
        return flags

    def _sun_is_low(self, window: Window) -> BoolArray:
        height, width = self.scene.grid.shape
        down = (np.arange(window.row_start, window.row_stop) / height)[:, None]
        right = (np.arange(window.column_start, window.column_stop) / width)[None, :]
        first, second, third, fourth = self._zeniths
        zenith = (1 - down) * ((1 - right) * first + right * second)
        return np.asarray(zenith + down * ((1 - right) * third + right * fourth) > _LOW_SUN_DEG)

    def _tested(self) -> ByteArray:
        with self._lock:
            if self._cells is None:
                self._cells = self._test()
            return self._cells

    def _test(self) -> ByteArray:
        from scipy.ndimage import binary_dilation

        cells = self._read_cells()
        probability = learned_probability(cells) if self.learned else cloud_probability(cells)
        cloud = _outlined(probability)
        flags = np.where(cloud, np.uint8(S2Flag.OPAQUE_CLOUD), np.uint8(0))
        if "B10" in cells:
            flags[(cells["B10"] > CIRRUS_FROM) & ~cloud] |= int(S2Flag.CIRRUS)
        middle = (np.array([n / 2]) for n in self.scene.grid.shape)
        places = self.scene.grid.longitude_latitude(*middle)
        sun = sun_angles(self.scene.time, *(float(each[0]) for each in places))
        spacing = self.scene.grid.spacing_m * _CELL
        shadow = shadow_of(cloud, cells["B04" if self.learned else "B03"], spacing, *sun)
        flags[binary_dilation(shadow.mask, _disc(1)) & ~cloud] |= int(S2Flag.SHADOW)
        return flags

    def _read_cells(self) -> dict[str, Float32Array]:
        """Means of the tested bands over cells, NaN where a pixel of theirs has no value."""
        return {
            band: np.concatenate([self._strip(band, top) for top in self._tops()])
            for band in self.bands
        }

    def _tops(self) -> range:
        return range(self.window.row_start, self.window.row_stop, _STRIP)

    def _strip(self, band: str, top: int) -> Float32Array:
        bottom = min(top + _STRIP, self.window.row_stop)
        part = Window(top, bottom, self.window.column_start, self.window.column_stop)
        return _cell_means(self.scene.read_reflectance(band, part)[0])


def settled_clouds(
    scene: OpticalScene, window: Window, choice: str, bands: Sequence[str], preset: str = "default"
) -> Clouds:
    """Who tells cloud in a scene, by the spelling of the command line.

    Parameters
    ----------
    scene : OpticalScene
    window : Window
        Part that may be read.
    choice : str
        ``auto`` (the product's masks and the tests, whichever there are), ``product``, ``tests``
        (B10 too, if the product has it), ``s2cloudless`` (that package's classifier) or ``none``.
    bands : sequence of str
        Bands that are read anyway: ``auto`` tests B10 only if it is among them.
    preset : str
        ``tutorial`` tests nothing.

    Raises
    ------
    UsageError
        No such choice, or the product or the installation lacks what it needs.
    """
    if choice not in CHOICES:
        raise UsageError(f"clouds is one of {', '.join(CHOICES)}, not {choice!r}.")
    if choice == "s2cloudless":
        return _learned_clouds(scene, window)
    masks = tuple(name for name in CLOUD_MASKS if name in scene.masks)
    testable = all(band in scene.bands for band in _NEEDED)
    if choice == "tests" and not testable:
        raise UsageError(
            f"Tests for cloud need {' and '.join(_NEEDED)}; {scene.product} has "
            f"{', '.join(scene.bands)}. Take clouds product or none."
        )
    if choice == "product" and not masks:
        raise UsageError(
            f"{scene.product} has no cloud mask of its own. Take clouds auto, tests or none."
        )
    wanted = choice in ("auto", "tests") and preset != "tutorial"
    tested: tuple[str, ...] = _NEEDED if testable and wanted else ()
    if tested and "B10" in scene.bands and (choice == "tests" or "B10" in bands):
        tested = (*tested, "B10")
    return Clouds(scene, window, masks if choice in ("auto", "product") else (), tested)


def _learned_clouds(scene: OpticalScene, window: Window) -> Clouds:
    missing = [band for band in LEARNED_BANDS if band not in scene.bands]
    if missing:
        raise UsageError(
            f"Clouds s2cloudless needs {', '.join(LEARNED_BANDS)}; {scene.product} lacks "
            f"{', '.join(missing)}. Take clouds auto, product, tests or none."
        )
    require_learned()
    return Clouds(scene, window, (), LEARNED_BANDS, learned=True)


def _cell_means(values: Float32Array) -> Float32Array:
    """Means over squares of `_CELL`; those at the end are of what is left."""
    rows, columns = (np.arange(0, size, _CELL) for size in values.shape)
    heights = np.minimum(rows + _CELL, values.shape[0]) - rows
    widths = np.minimum(columns + _CELL, values.shape[1]) - columns
    sums = np.add.reduceat(np.add.reduceat(values, rows, axis=0), columns, axis=1)
    return np.asarray(sums / (heights[:, None] * widths), dtype=np.float32)


def _outlined(probability: Float32Array) -> BoolArray:
    """Cells of cloud with their thin edges."""
    from scipy.ndimage import binary_dilation

    cloud = _without_specks(probability > 0.5)
    return np.asarray(cloud | (binary_dilation(cloud, _disc(1)) & (probability > _RIM_FROM)))


def _without_specks(cloud: BoolArray) -> BoolArray:
    from scipy.ndimage import label

    numbers, _ = label(cloud, np.ones((3, 3)))
    sizes = np.bincount(numbers.reshape(-1))
    sizes[0] = 0
    return np.asarray((sizes >= _SMALLEST)[numbers])


def _disc(radius: int) -> AnyArray:
    offsets = np.arange(-radius, radius + 1)
    return np.asarray(offsets[:, None] ** 2 + offsets**2 <= (radius + 0.5) ** 2)

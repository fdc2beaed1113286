"""Less speckle before alignment, in the radar's own geometry."""

from __future__ import annotations

from icepair._typing import ByteArray, Float32Array
from icepair.errors import UsageError
from icepair.geo.window import Window
from icepair.products.scene import RadarScene
from icepair.products.sentinel1 import Sentinel1Scene
from icepair.radar.speckle import SpeckleMethod, nominal_looks, speckle_filter, speckle_method

__all__ = ["read_filtered", "settled_filter"]


def settled_filter(spelled: str | SpeckleMethod | None, scene: RadarScene) -> SpeckleMethod | None:
    """Filter of a run with all that it needs, the same for every block.

    Parameters
    ----------
    spelled : str, SpeckleMethod or None
        As `speckle_method` takes it; None for no filter.
    scene : RadarScene
        Whose kind of product tells the number of looks where it is not spelled.

    Raises
    ------
    UsageError
        There is no such filter, or it needs a number of looks that neither tells.
    """
    if spelled is None:
        return None
    method = speckle_method(spelled)
    if method.looks is not None or not method.needs_looks:
        return method
    if not isinstance(scene, Sentinel1Scene):
        raise UsageError(
            f"{scene.product} lies on a grid already and does not tell its number of looks, which "
            f"{method.name!r} needs; say it: --speckle {method}:LOOKS."
        )
    return speckle_method(method, looks=nominal_looks(scene.mode, scene.product_type))


def read_filtered(
    scene: RadarScene, polarisation: str, window: Window, limits: Window, method: SpeckleMethod
) -> tuple[Float32Array, ByteArray]:
    """Sigma nought of a window with less speckle, and its flags.

    Reads as much more as the filter looks at, so that no bit depends on the window.

    Parameters
    ----------
    scene : RadarScene
        What is read.
    polarisation : str
        One that the scene has.
    window : Window
        What is wanted.
    limits : Window
        What may be read.
    method : SpeckleMethod
        From `settled_filter`.

    Raises
    ------
    DamagedFileError
        The numbers cannot be read.
    """
    reach = method.margin
    read = Window(
        window.row_start - reach, window.row_stop + reach,
        window.column_start - reach, window.column_stop + reach,
    ).intersection(limits)  # fmt: skip
    power, flags = scene.read_sigma_nought(polarisation, read)
    floor = scene.read_nesz(polarisation, read) if method.needs_looks else 0.0
    inside = (
        slice(window.row_start - read.row_start, window.row_stop - read.row_start),
        slice(window.column_start - read.column_start, window.column_stop - read.column_start),
    )
    return speckle_filter(power, method, floor=floor)[inside], flags[inside]

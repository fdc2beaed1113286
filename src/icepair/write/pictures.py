"""Pictures of an aligned pair: where it lies, what each sensor saw, what each called ice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from icepair.write.caption import Caption, Outlines

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["PICTURES", "write_pictures"]

PICTURES = ("footprints.png", "pair.png", "masks.png", "difference.png")
"""Names of all pictures."""


def write_pictures(
    pair: xr.Dataset,
    directory: str | Path,
    *,
    caption: Caption,
    outlines: Outlines,
    written: Callable[[str], None] | None = None,
) -> tuple[str, ...]:
    """Draw all four pictures of a pair.

    ``footprints.png`` is a map of both scenes and the windows that were read, ``pair.png`` shows
    both sensors on the grid, ``masks.png`` what each called ice, ``difference.png`` where they
    differ. Large grids are averaged down to about 1200 pixels a side, strip by strip.

    Parameters
    ----------
    pair : Dataset
        With backscatter, reflectances, ``s1_ice``, ``s2_ice`` and ``valid`` on (y, x).
    directory : str or Path
        An existing folder.
    caption : Caption
        Names, times and concentrations.
    outlines : Outlines
        Where the scenes and windows lie.
    written : callable, optional
        Called with the name of each picture once it is complete.

    Returns
    -------
    tuple of str
        Names of the files.

    Raises
    ------
    OutputError
        The disk is full or not writable.
    """
    from icepair.write import _canvas, _map, _panels

    draw = {
        "footprints.png": lambda: _map.footprints(outlines, caption),
        "pair.png": lambda: _panels.pair_figure(pair, caption),
        "masks.png": lambda: _panels.masks_figure(pair, caption),
        "difference.png": lambda: _panels.difference_figure(pair, caption),
    }
    for name in PICTURES:
        with _canvas.styled():
            _canvas.save(draw[name](), Path(directory) / name)
        if written is not None:
            written(name)
    return PICTURES

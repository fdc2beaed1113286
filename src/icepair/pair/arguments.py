"""What callers may write, brought into one form: names, windows, scenes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from icepair import conventions
from icepair.errors import UsageError
from icepair.geo.surface import Surface
from icepair.geo.window import Window
from icepair.products.scene import OpticalScene, RadarScene, Scene
from icepair.products.sentinel1 import Sentinel1Scene
from icepair.products.sentinel2 import Sentinel2Scene

__all__ = [
    "TUTORIAL_BAND",
    "band",
    "channels",
    "checked_window",
    "names",
    "scenes",
    "surface_of",
    "tutorial_polarisation",
    "tutorial_scenes",
]

WindowLike = Window | str | Sequence[int] | None

TUTORIAL_BAND = "B03"
"""The only band that the tutorial's arithmetic looks at."""


def scenes(first: object, second: object) -> tuple[RadarScene, OpticalScene]:
    """The radar scene, then the optical one, however they were given.

    Raises
    ------
    UsageError
        Not one of each.
    """
    if isinstance(first, OpticalScene) and isinstance(second, RadarScene):
        first, second = second, first
    if isinstance(first, RadarScene) and isinstance(second, OpticalScene):
        return first, second
    given = [getattr(each, "product", repr(each)) for each in (first, second)]
    raise UsageError(
        "A pair is one Sentinel-1 and one Sentinel-2 scene, opened with icepair.open_scene; "
        f"these are {given[0]} and {given[1]}."
    )


def checked_window(
    value: WindowLike, shape: tuple[int, int], option: str, axes: tuple[str, str]
) -> Window | None:
    """Window from what was written, if it lies inside its product.

    Parameters
    ----------
    value : Window, str, sequence of four or None
        ``"R0:R1,C0:C1"`` or ``[R0, R1, C0, C1]``, stops exclusive.
    shape : tuple
        Rows and columns of the product.
    option, axes : str, tuple of str
        What to call the window and its axes in a message.

    Raises
    ------
    UsageError
        Names the option, the window and the product's size.
    """
    if value is None:
        return None
    window = _window(value, option)
    if window.is_empty or not Window.whole(shape).contains(window):
        raise UsageError(
            f"{option} {window.row_start}:{window.row_stop},{window.column_start}:"
            f"{window.column_stop} does not lie inside the scene, which has {shape[0]} {axes[0]} "
            f"and {shape[1]} {axes[1]} (0:{shape[0]},0:{shape[1]})."
        )
    return window


def _window(value: Window | str | Sequence[int], option: str) -> Window:
    if isinstance(value, Window):
        return value
    if isinstance(value, str):
        return Window.parse(value)
    if len(value) != 4:
        raise UsageError(f"{option} has four numbers [R0, R1, C0, C1], not {list(value)}.")
    return Window(*(int(number) for number in value))


def names(
    value: Sequence[str] | str, present: Sequence[str], what: str, scene: Scene,
    spelled: Callable[[str], str],
) -> tuple[str, ...]:  # fmt: skip
    """Names in their one spelling, without repetition, if the scene has all of them.

    Raises
    ------
    UsageError
        None is left, or the product lacks one; says what it has.
    """
    written = value.split(",") if isinstance(value, str) else list(value)
    asked = tuple(dict.fromkeys(spelled(name) for name in written))
    if not asked:
        raise UsageError(f"No {what} was asked for; {scene.product} has {', '.join(present)}.")
    for name in asked:
        if name not in present:
            raise UsageError(
                f"The product {scene.product} has no {what} {name}; it has {', '.join(present)}."
            )
    return asked


def band(name: str) -> str:
    """Band as the field writes it.

    Raises
    ------
    UsageError
        No Sentinel-2 band has this name.
    """
    try:
        return conventions.band_name(name)
    except ValueError:
        raise UsageError(
            f"There is no Sentinel-2 band {name!r}; bands are {', '.join(conventions.BANDS)}."
        ) from None


def tutorial_polarisation(present: Sequence[str]) -> str:
    """HV, else VH, else the only one: what the tutorial's arithmetic is done on."""
    return next((name for name in ("HV", "VH") if name in present), present[0])


def tutorial_scenes(s1: RadarScene, s2: OpticalScene) -> tuple[Sentinel1Scene, Sentinel2Scene]:
    """The scenes, if they have what the tutorial's arithmetic is done on.

    Raises
    ------
    UsageError
        One of them lies on a grid already, without amplitudes or the archive's rasters.
    """
    if isinstance(s1, Sentinel1Scene) and isinstance(s2, Sentinel2Scene):
        return s1, s2
    gridded = s2 if isinstance(s1, Sentinel1Scene) else s1
    raise UsageError(
        "The tutorial preset works on amplitudes, calibration tables and digital numbers as "
        f"products have them; {gridded.product} is a gridded scene. Leave the preset at default."
    )


def channels(
    s1: RadarScene,
    s2: OpticalScene,
    polarisation: Sequence[str] | str | None,
    bands: Sequence[str] | str,
    preset: str,
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Polarisations and bands that will be read: those asked for and those of the preset.

    Raises
    ------
    UsageError
        A scene lacks what is asked for, or what the tutorial needs.
    """
    asked = s1.polarisations if polarisation is None else polarisation
    polarisations = names(
        asked, s1.polarisations, "polarisation", s1, lambda name: name.strip().upper()
    )
    band_names = names(bands, s2.bands, "band", s2, band)
    if preset == "tutorial":
        needed = tutorial_polarisation(s1.polarisations)
        polarisations = tuple(dict.fromkeys((*polarisations, needed)))
        band_names = tuple(dict.fromkeys((*band_names, TUTORIAL_BAND)))
    return polarisations, band_names


def surface_of(surface: Surface | str | float, preset: str) -> Surface:
    """Surface asked for; the tutorial's rasters are on the annotation's, the ellipsoid."""
    if preset == "tutorial":
        return Surface("ellipsoid")
    return surface if isinstance(surface, Surface) else Surface.parse(surface)

"""All parameters of a run in one frozen object, checked when it is made."""

from __future__ import annotations

import dataclasses
import difflib
import math
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from icepair import conventions
from icepair.errors import UsageError
from icepair.geo.surface import Surface
from icepair.geo.window import Window
from icepair.products.stack.told import Told
from icepair.radar.incidence import reference_incidence
from icepair.radar.speckle import speckle_method
from icepair.resample.methods import spelled_method

__all__ = ["FORMATS", "PRESETS", "Recipe"]

FORMATS = ("netcdf", "zarr")
"""Ways to write a pair; `icepair.write.formats` has a writer for each."""
PRESETS = ("default", "tutorial")
"""Ways to tell ice from water."""

_OF_SCENES = (
    "s1_bands", "s1_units", "s1_time", "s2_bands", "s2_units", "s2_offset", "s2_quantification",
    "s2_time",
)  # fmt: skip
"""What is said of gridded scenes when they are opened."""
_OF_OTHERS = (*_OF_SCENES, "format")
"""All but what the plan takes."""

_CRS_AT = re.compile(r"(.*\S)@(\d+(?:\.\d+)?)")
_CODE = re.compile(r"[A-Za-z]\w*:\w+")


@dataclass(frozen=True)
class Recipe:
    """Everything that decides what a run gives, apart from the two products.

    Each field takes its usual spellings (text as on the command line, lists as in TOML) and
    holds the parsed value afterwards.

    Raises
    ------
    UsageError
        A value makes no sense; the message names it and what is allowed.

    Examples
    --------
    >>> Recipe(bands="B2,B8", s1_window="5400:6400,3000:4000").bands
    ('B02', 'B08')
    """

    grid: str = "s2"
    """``s2`` (the optical scene's own 10 m), ``s1`` (the radar's own lines and samples),
    ``CRS@metres`` or ``like:FILE``."""
    bbox: tuple[float, float, float, float] | None = None
    """West, south, east, north in degrees; west above east crosses 180. None: the overlap."""
    s1_window: Window | None = None
    """Lines and samples of the radar product that may be read. None: the program finds them."""
    s2_window: Window | None = None
    """Rows and columns of the optical product that may be read. None: the program finds them."""
    bands: tuple[str, ...] = ("B02", "B03", "B04", "B08")
    """Optical bands to read."""
    polarisation: tuple[str, ...] | None = None
    """Polarisations to read. None: all that the product has."""
    method: str = "nearest"
    """``nearest``, ``bilinear``, ``cubic``, ``lanczos``, ``area`` or ``gaussian@METRES``."""
    surface: Surface = Surface("geoid")  # noqa: RUF009 - Surface is frozen itself
    """Where the sea is: ``geoid``, ``ellipsoid`` or metres above the ellipsoid."""
    preset: str = "default"
    """``default``, or ``tutorial`` for the arithmetic of the tutorial, faults included."""
    source_position: bool = False
    """Whether line and sample of every pixel are written."""
    drift_m_s: float | None = None
    """Speed of the ice for the drift expected between the looks. None: 0.3 m/s."""
    speckle: str | None = None
    """Filter for the radar before it is aligned: ``median:5``, ``boxcar:5``, ``refined-lee:7`` or
    ``gamma-map:7``, also with the number of looks: ``refined-lee:7:10.7``. None: no filter."""
    balance: bool = False
    """Whether thermal noise left in HV or VH is evened out between sub-swaths."""
    incidence: str | None = None
    """Angle to which backscatter is brought, with its law: ``30``, ``30:-0.2``,
    ``30:HH=-0.24,HV=-0.16``, ``30:cos2``. None: as it was seen."""
    nesz: bool = False
    """Whether the noise equivalent is written, ``s1_nesz_*``."""
    land: str = "auto"
    """Where land is: ``auto`` (the installed coastline, if there is one), ``none`` or a file."""
    coast_buffer_m: float = 0.0
    """Metres on the ground by which land is widened."""
    s1_bands: tuple[str, ...] | None = None
    """What the bands of a gridded radar scene are, in their order: ``VV``, ``-`` for none."""
    s1_units: str | None = None
    """``linear`` or ``db``, of a gridded radar scene."""
    s1_time: str | None = None
    """When a gridded radar scene was seen, ISO 8601, UTC."""
    s2_bands: tuple[str, ...] | None = None
    """What the bands of a gridded optical scene are, in their order: ``B02``, ``-`` for none."""
    s2_units: str | None = None
    """``dn`` or ``reflectance``, of a gridded optical scene."""
    s2_offset: float | None = None
    """What is added to the digital numbers of a gridded optical scene."""
    s2_quantification: float | None = None
    """What they are divided by. None: 10,000 unless the file says otherwise."""
    s2_time: str | None = None
    """When a gridded optical scene was seen, ISO 8601, UTC."""

    format: str = "netcdf"
    """How the pair is written: ``netcdf`` (``pair.nc``) or ``zarr`` (``pair.zarr``)."""

    def __post_init__(self) -> None:
        for name, parse in _PARSERS.items():
            object.__setattr__(self, name, parse(getattr(self, name)))
        if self.preset == "tutorial" and (self.grid != "s2" or self.method != "nearest"):
            raise UsageError(
                "The tutorial preset works on the optical scene's own grid with the nearest "
                f"pixel; grid {self.grid!r} with method {self.method!r} needs the default preset."
            )
        if self.preset == "tutorial" and self.speckle is not None:
            raise UsageError(
                "The tutorial preset has a 5 x 5 median of its own; "
                f"the speckle filter {self.speckle!r} needs the default preset."
            )
        if self.preset == "tutorial" and (self.balance or self.incidence is not None):
            raise UsageError(
                "The tutorial preset takes backscatter as it was seen, noise as annotated; "
                "balance and incidence need the default preset."
            )

    @classmethod
    def from_toml(cls, path: str | Path, **overrides: Any) -> Recipe:
        """Recipe from a TOML file whose keys are the fields' names.

        Parameters
        ----------
        path : str or Path
            The file.
        **overrides
            Fields that win over the file; None means "not given".

        Raises
        ------
        UsageError
            The file cannot be read, is not TOML, or has an unknown key or a bad value.
        """
        return cls.from_options(_read_toml(Path(path)), **overrides)

    @classmethod
    def from_options(cls, base: Mapping[str, Any] | None = None, **overrides: Any) -> Recipe:
        """Recipe from the values of `base`, overridden by those that are not None.

        Raises
        ------
        UsageError
            A key is unknown (the nearest known one is named) or a value makes no sense.
        """
        values = {key.replace("-", "_"): value for key, value in (base or {}).items()}
        values |= {key: value for key, value in overrides.items() if value is not None}
        known = [field.name for field in dataclasses.fields(cls)]
        for key in values:
            if key not in known:
                raise UsageError(_unknown("recipe key", key, known))
        return cls(**values)

    @property
    def of_plan(self) -> dict[str, Any]:
        """Parameters of `icepair.plan`."""
        fields = [field.name for field in dataclasses.fields(self)]
        return {name: getattr(self, name) for name in fields if name not in _OF_OTHERS}

    def of_scene(self, sensor: Literal["s1", "s2"]) -> dict[str, Any]:
        """Parameters of `icepair.open_scene` for a gridded scene; None each for a product."""
        names = {
            "roles": f"{sensor}_bands",
            "units": f"{sensor}_units",
            "time": f"{sensor}_time",
            "offset": f"{sensor}_offset",
            "quantification": f"{sensor}_quantification",
        }
        return {name: getattr(self, own) for name, own in names.items() if own in _OF_SCENES}

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON or TOML, from which the same recipe can be made again."""
        return {field.name: _plain(getattr(self, field.name)) for field in dataclasses.fields(self)}


def _plain(value: object) -> object:
    if isinstance(value, Window):
        return value.as_list()
    if isinstance(value, Surface):
        return value.name
    if isinstance(value, tuple):
        return list(value)
    return value


def _unknown(kind: str, given: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(given, known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}? Known are" if near else "known are"
    return f"The {kind} {given!r} does not exist; {hint} {', '.join(known)}."


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"The recipe {str(path)!r} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"The recipe {str(path)!r} is not valid TOML: {error}.") from error


def _parse_grid(value: object) -> str:
    text = str(value).strip()
    if text.lower() in ("s1", "s2"):
        return text.lower()
    if text.lower().startswith("like:") and text[5:].strip():
        return f"like:{text[5:].strip()}"
    match = _CRS_AT.fullmatch(text)
    if match is not None and float(match[2]) > 0:
        crs = match[1].upper() if _CODE.fullmatch(match[1]) else match[1]
        return f"{crs}@{match[2]}"
    raise UsageError(
        f"The grid {text!r} is none of 's2', 's1', 'CRS@metres' (for example EPSG:3413@40) "
        "or 'like:FILE'."
    )


def _parse_bbox(value: object) -> tuple[float, float, float, float] | None:
    if value is None:
        return None
    parts = value.replace(",", " ").split() if isinstance(value, str) else value
    try:
        west, south, east, north = (float(part) for part in parts)  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        west = south = east = north = math.nan
    in_order = -90.0 <= south < north <= 90.0
    if not (in_order and -180.0 <= west <= 180.0 and -180.0 <= east <= 180.0 and west != east):
        raise UsageError(
            f"The bounding box {value!r} is not WEST SOUTH EAST NORTH in degrees "
            "(longitudes -180 to 180, south below north; west above east crosses 180)."
        )
    return (west, south, east, north)


def _parse_window(value: object) -> Window | None:
    if value is None or isinstance(value, Window):
        return value
    if isinstance(value, list | tuple) and len(value) == 4:
        value = "{}:{},{}:{}".format(*value)
    return Window.parse(str(value))


def _names(value: object) -> list[str]:
    parts = value.replace(",", " ").split() if isinstance(value, str) else value
    if not isinstance(parts, list | tuple) or not parts:
        raise UsageError(f"{value!r} is not a list of names such as 'B02,B03' or 'HH,HV'.")
    return [str(part).strip() for part in parts]


def _parse_bands(value: object) -> tuple[str, ...]:
    bands = []
    for name in _names(value):
        try:
            bands.append(conventions.band_name(name))
        except ValueError as error:
            raise UsageError(_unknown("band", name, conventions.BANDS)) from error
    return tuple(dict.fromkeys(bands))


def _parse_polarisation(value: object) -> tuple[str, ...] | None:
    if value is None:
        return None
    names = [name.upper() for name in _names(value)]
    for name in names:
        if name not in conventions.POLARISATIONS:
            raise UsageError(_unknown("polarisation", name, conventions.POLARISATIONS))
    return tuple(dict.fromkeys(names))


def _parse_surface(value: object) -> Surface:
    return value if isinstance(value, Surface) else Surface.parse(str(value))


def _choice(kind: str, known: Sequence[str]) -> Callable[[object], str]:
    def parse(value: object) -> str:
        text = str(value).strip().lower()
        if text not in known:
            raise UsageError(_unknown(kind, text, known))
        return text

    return parse


def _flag(name: str) -> Callable[[object], bool]:
    def parse(value: object) -> bool:
        if not isinstance(value, bool):
            raise UsageError(f"{name} is true or false, not {value!r}.")
        return value

    return parse


def _parse_speed(value: object) -> float | None:
    if value is None:
        return None
    try:
        speed = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        speed = math.nan
    if not 0.0 <= speed < 10.0:
        raise UsageError(f"drift_m_s is a speed of the ice in metres a second, not {value!r}.")
    return speed


def _parse_width(value: object) -> float:
    width = _number(value, "coast_buffer_m")
    if width < 0.0:
        raise UsageError(f"coast_buffer_m is a width in metres, 0 or more, not {value!r}.")
    return width


def _parse_roles(value: object) -> tuple[str, ...] | None:
    return None if value is None else tuple(_names(value))


def _parse_units(value: object) -> str | None:
    return None if value is None else Told(units=str(value)).known_units


def _parse_time(value: object) -> str | None:
    if value is None:
        return None
    moment = Told(time=value if isinstance(value, datetime) else str(value)).moment
    return None if moment is None else moment.isoformat()


def _parse_offset(value: object) -> float | None:
    return None if value is None else _number(value, "s2_offset")


def _parse_quantification(value: object) -> float | None:
    if value is None:
        return None
    return Told(quantification=_number(value, "s2_quantification")).quantification


def _number(value: object, name: str) -> float:
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise UsageError(f"{name} is a number, not {value!r}.")
    return number


_PARSERS: Mapping[str, Callable[[object], object]] = {
    "grid": _parse_grid,
    "bbox": _parse_bbox,
    "s1_window": _parse_window,
    "s2_window": _parse_window,
    "bands": _parse_bands,
    "polarisation": _parse_polarisation,
    "method": lambda value: spelled_method(str(value)),
    "surface": _parse_surface,
    "preset": _choice("preset", PRESETS),
    "source_position": _flag("source_position"),
    "balance": _flag("balance"),
    "nesz": _flag("nesz"),
    "incidence": lambda value: None if value is None else str(reference_incidence(str(value))),
    "drift_m_s": _parse_speed,
    "format": _choice("format", FORMATS),
    "speckle": lambda value: None if value is None else str(speckle_method(str(value))),
    "land": str,
    "coast_buffer_m": _parse_width,
    "s1_bands": _parse_roles,
    "s1_units": _parse_units,
    "s1_time": _parse_time,
    "s2_bands": _parse_roles,
    "s2_units": _parse_units,
    "s2_offset": _parse_offset,
    "s2_quantification": _parse_quantification,
    "s2_time": _parse_time,
}

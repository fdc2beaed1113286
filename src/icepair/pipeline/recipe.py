"""All parameters of a run in one frozen object, checked when it is made."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from icepair.errors import UsageError
from icepair.geo.surface import Surface
from icepair.geo.window import Window
from icepair.ice.methods import DEFAULTS
from icepair.pipeline.spelled import PARSERS, unknown_word

__all__ = ["Recipe"]

_OF_SCENES = (
    "s1_bands", "s1_units", "s1_time", "s2_bands", "s2_units", "s2_offset", "s2_quantification",
    "s2_time",
)  # fmt: skip
"""What is said of gridded scenes when they are opened."""
_OF_OTHERS = (*_OF_SCENES, "s1_mask", "s2_mask", "cells", "floes", "match", "format")
"""All but what the plan takes."""


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
    """Where land is: ``auto`` (the installed coastline), ``osm``, ``gshhg``, ``none`` or a file."""
    coast_buffer_m: float = 0.0
    """Metres on the ground by which land is widened."""
    clouds: str = "auto"
    """Who tells cloud: ``auto``, ``product``, ``tests``, ``s2cloudless`` or ``none``."""
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

    s1_mask: str = DEFAULTS["s1"]
    """Method that tells ice from water in the radar scene (`icepair.ice.methods`)."""
    s2_mask: str = DEFAULTS["s2"]
    """Method that tells ice from water in the optical scene."""
    cells: float | None = 1000.0
    """Side of the cells of the map of concentration, metres. None (``none``): no map."""
    floes: bool = False
    """Whether floes of both sensors are labelled, measured and written with their outlines."""
    match: bool = False
    """Whether the same floes are found in both scenes, and their drift written."""
    format: str = "netcdf"
    """How the pair is written: ``netcdf`` (``pair.nc``) or ``zarr`` (``pair.zarr``)."""

    def __post_init__(self) -> None:
        for name, parse in PARSERS.items():
            object.__setattr__(self, name, parse(getattr(self, name)))
        if (self.floes or self.match) and self.grid == "s1":
            raise UsageError(
                "Floes are measured on a map, not on the radar's own lines and samples: take "
                "another grid, for example EPSG:3413@40, or leave out floes and matches."
            )
        if self.preset == "tutorial":
            self._refuse_beside_tutorial()

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
                raise UsageError(unknown_word("recipe key", key, known))
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

    def _refuse_beside_tutorial(self) -> None:
        """Say what the tutorial's arithmetic has no place for."""
        if self.grid != "s2" or self.method != "nearest":
            raise UsageError(
                "The tutorial preset works on the optical scene's own grid with the nearest "
                f"pixel; grid {self.grid!r} with method {self.method!r} needs the default preset."
            )
        if self.speckle is not None:
            raise UsageError(
                "The tutorial preset has a 5 x 5 median of its own; "
                f"the speckle filter {self.speckle!r} needs the default preset."
            )
        if self.balance or self.nesz or self.incidence is not None:
            raise UsageError(
                "The tutorial preset takes backscatter as it was seen, noise as annotated; "
                "balance, incidence and nesz need the default preset."
            )
        if (self.s1_mask, self.s2_mask) != (DEFAULTS["s1"], DEFAULTS["s2"]):
            raise UsageError(
                "The tutorial preset tells ice by the tutorial's arithmetic alone; the methods "
                f"{self.s1_mask!r} and {self.s2_mask!r} need the default preset."
            )


def _plain(value: object) -> object:
    if isinstance(value, Window):
        return value.as_list()
    if isinstance(value, Surface):
        return value.name
    if isinstance(value, tuple):
        return list(value)
    return value


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"The recipe {str(path)!r} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"The recipe {str(path)!r} is not valid TOML: {error}.") from error

"""What each band of a gridded scene is: told by the user, or recognised from what files say."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from icepair.conventions import BANDS, POLARISATIONS, band_name
from icepair.errors import UnsupportedProductError, UsageError
from icepair.products.stack.files import Layer

__all__ = ["INCIDENCE", "assigned", "sensor_of"]

INCIDENCE = "incidence"
"""Role of a band of incidence angles."""
_LEFT_OUT = "-"

_ANGLE_WORDS = ("angle", "incidence", "inc", "incidenceangle", "incidence_angle")
_ANGLES = re.compile(r"(?i)(?:^|[^a-z])(?:ellipsoid)?_?inc(?:idence)?_?angle(?:$|[^a-z])")
_POLARISATION = re.compile(r"(?:^|[^A-Z0-9])(HH|HV|VV|VH)(?=$|[^A-Z0-9])")
_BAND = re.compile(r"(?:^|[^A-Z0-9])B(0?[1-9]|1[0-2]|0?8A)(?=$|[^A-Z0-9])")
_UNCALIBRATED = re.compile(r"(?i)amplitude|intensity|beta[ _-]?(?:0|nought)|(?:^|_)dn(?:$|_)")
_OTHER_SATELLITE = re.compile(r"(?:^|_)(?:L[COTEM]0[4-9]_|SR_B\d|ST_B\d)")
_COLOURS = {
    "coastal": "B01", "blue": "B02", "green": "B03", "red": "B04", "rededge1": "B05",
    "rededge2": "B06", "rededge3": "B07", "nir": "B08", "nir08": "B8A", "nir09": "B09",
    "cirrus": "B10", "swir16": "B11", "swir22": "B12",
}  # fmt: skip
"""Names of Sentinel-2 bands in catalogues."""
_NAMING_TAGS = ("BAND_NAME", "band_name", "name", "long_name", "polarization", "polarisation")


def assigned(layers: Sequence[Layer], told: Sequence[str] | None, address: str) -> dict[str, Layer]:
    """Layer of each role; layers without a role are left out.

    Parameters
    ----------
    layers : sequence of Layer
        All of the scene's.
    told : sequence of str, optional
        Roles of all layers in their order, ``-`` for one to leave out; or those to take of the
        roles that are recognised.
    address : str
        Scene's name in messages.

    Raises
    ------
    UsageError
        No layer has a role, two have the same, one told is unknown, there are not as many as
        layers, or bands of both sensors are among them.
    UnsupportedProductError
        Radar without calibration, or the bands of another satellite.
    """
    found = [recognised(layer) for layer in layers]
    if told is None:
        roles = found
    else:
        roles = _as_told([_spelled(name) for name in told], found, layers, address)
    if not any(role and role != INCIDENCE for role in roles):
        raise UsageError(_nothing_recognised(layers, address))
    _refuse_twice(roles, layers, address)
    _refuse_both(roles, address)
    by_role = {role: layer for role, layer in zip(roles, layers, strict=True) if role}
    if told is None:
        _refuse_uncalibrated(by_role)
    return {role: by_role[role] for role in (*POLARISATIONS, *BANDS, INCIDENCE) if role in by_role}


def sensor_of(roles: Mapping[str, Layer]) -> Literal["S1", "S2"]:
    """Which sensor has bands of these roles."""
    return "S1" if any(role in POLARISATIONS for role in roles) else "S2"


def recognised(layer: Layer) -> str | None:
    """Role that a layer's description, tags, file name or colour tell; None where none does."""
    names = [layer.description, *(layer.tags.get(tag, "") for tag in _NAMING_TAGS)]
    if layer.is_alone:
        names.append(Path(layer.path).stem)
    for name in names:
        if _OTHER_SATELLITE.search(name):
            raise UnsupportedProductError(
                f"{layer.place} is named as a band of Landsat ({name!r}), whose bands are others; "
                "icepair reads Sentinel-2."
            )
        role = _role_in(name)
        if role is not None:
            return role
    # Eight bits are a picture of the scene, not a measurement.
    return _COLOURS.get(layer.colour) if layer.dtype.itemsize > 1 else None


def _role_in(text: str) -> str | None:
    """The one role that a text names; None where it names none or several."""
    word = text.strip().lower()
    if word in _ANGLE_WORDS or _ANGLES.search(text):
        return INCIDENCE
    if word in _COLOURS:
        return _COLOURS[word]
    upper = text.upper()
    named = {match[1] for match in _POLARISATION.finditer(upper)}
    named |= {band_name(match[1]) for match in _BAND.finditer(upper)}
    return named.pop() if len(named) == 1 else None


def _spelled(name: str) -> str | None:
    """Role in its one spelling, None for a band to leave out."""
    if name == _LEFT_OUT:
        return None
    if name.upper() in POLARISATIONS:
        return name.upper()
    if name.lower() in _ANGLE_WORDS:
        return INCIDENCE
    try:
        return band_name(name)
    except ValueError:
        raise UsageError(
            f"There is no band {name!r}: a gridded scene's are {', '.join(POLARISATIONS)} and "
            f"incidence of radar, {', '.join(BANDS)} of Sentinel-2, and - for one to leave out."
        ) from None


def _as_told(
    told: list[str | None], found: list[str | None], layers: Sequence[Layer], address: str
) -> list[str | None]:
    if len(told) == len(layers):
        return told
    if None not in told and set(told) <= set(found):
        return [role if role in told else None for role in found]
    names = ", ".join(role or _LEFT_OUT for role in told)
    raise UsageError(
        f"{address} has {len(layers)} bands, and {len(told)} were named ({names}). Name all of "
        "them in their order, - for one to leave out."
    )


def _nothing_recognised(layers: Sequence[Layer], address: str) -> str:
    shown = "; ".join(
        f"{layer.place}: {layer.description or 'no description'}" for layer in layers[:4]
    )
    more = f"; and {len(layers) - 4} more" if len(layers) > 4 else ""
    return (
        f"Nothing says what the bands of {address} are ({shown}{more}). Name them in their order: "
        "roles='VV,VH' or 'B02,B03,B04', on the command line --s1-bands or --s2-bands."
    )


def _refuse_twice(roles: Sequence[str | None], layers: Sequence[Layer], address: str) -> None:
    for role in filter(None, roles):
        places = [layer.place for each, layer in zip(roles, layers, strict=True) if each == role]
        if len(places) > 1:
            raise UsageError(
                f"Several bands of {address} are {role}: {', '.join(places)}. Name all bands in "
                "their order, - for those to leave out (--s1-bands, --s2-bands)."
            )


def _refuse_both(roles: Sequence[str | None], address: str) -> None:
    radar = [role for role in roles if role in POLARISATIONS]
    optical = [role for role in roles if role in BANDS]
    if radar and optical:
        raise UsageError(
            f"{address} holds bands of both sensors ({', '.join((*radar, *optical))}). Open it "
            f"twice, naming those of one each time: --s1-bands {','.join(radar)} and --s2-bands "
            f"{','.join(optical)}."
        )


def _refuse_uncalibrated(roles: Mapping[str, Layer]) -> None:
    """Amplitudes cannot be compared between angles and scenes; who knows better names the bands."""
    for role, layer in roles.items():
        name = layer.description or Path(layer.path).name
        if role in POLARISATIONS and _UNCALIBRATED.search(name):
            raise UnsupportedProductError(
                f"{layer.place} is named {name!r}, which is not sigma nought or gamma nought. "
                "Calibrate it, or open the product that it was made from. If it is calibrated "
                f"all the same, say so by naming the bands: --s1-bands {','.join(roles)}."
            )

"""Name, units and meaning of every variable that icepair writes: one table.

Names of reflectances and backscatter are made from the band and polarisation; everything else is
spelled out. Flags follow CF: ``flag_values`` exclude each other, ``flag_masks`` add up.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping

import numpy as np

__all__ = [
    "BANDS",
    "ICE",
    "NO_ANSWER",
    "POLARISATIONS",
    "S1_UNANSWERED",
    "S2_UNANSWERED",
    "SENSOR_NAMES",
    "WATER",
    "S1Flag",
    "S2Flag",
    "attributes_of",
    "band_name",
    "nesz_name",
    "reflectance_name",
    "sigma0_name",
]

BANDS = (
    "B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12",
)  # fmt: skip
"""Sentinel-2 bands in the order of wavelength, as the field writes them."""

POLARISATIONS = ("HH", "HV", "VV", "VH")
"""Sentinel-1 polarisations: transmitted, received."""

SENSOR_NAMES: Mapping[str, str] = {"s1": "Sentinel-1", "s2": "Sentinel-2"}
"""Names of the satellites, by the prefix of their variables."""

WATER, ICE, NO_ANSWER = 0, 1, 255
"""Values of the ice masks."""


class S1Flag(enum.IntFlag):
    """Why a pixel has no answer from the radar."""

    OUTSIDE = 1
    """The radar did not look here."""
    NODATA = 2
    """Digital number 0, or no calibration: nothing was imaged, or it was lost."""
    NO_NOISE = 4
    """Imaged, but the product's noise table says nothing; sigma nought keeps the noise."""
    LAND = 8
    """Land, or within the coast buffer; sigma nought is kept."""
    BORDER_NOISE = 16
    """Numbers along an edge where nothing was imaged (before IPF 2.90); withheld."""


class S2Flag(enum.IntFlag):
    """Why a pixel has no answer from the optical sensor."""

    OUTSIDE = 1
    """Outside the tile."""
    NODATA = 2
    """Digital number 0 in a band that was asked for."""
    SATURATED = 4
    """Digital number 65535 in a band that was asked for."""
    OPAQUE_CLOUD = 8
    """Opaque cloud, by the product or by tests: ``clouds`` of the pair says which."""
    CIRRUS = 16
    """Cirrus by the product's own mask or by icepair's tests; the pixel keeps its answer."""
    LAND = 32
    """Land, or within the coast buffer; reflectance is kept."""
    SHADOW = 64
    """In the shadow of cloud."""
    SUN_LOW = 128
    """Sun more than 85 degrees from the zenith."""


# Plain numbers: NumPy would widen bytes of flags to the 64 bits of an IntFlag.
S1_UNANSWERED = int(S1Flag.OUTSIDE | S1Flag.NODATA | S1Flag.LAND | S1Flag.BORDER_NOISE)
"""Flags with which the radar has no answer."""

S2_UNANSWERED = int(
    S2Flag.OUTSIDE
    | S2Flag.NODATA
    | S2Flag.SATURATED
    | S2Flag.OPAQUE_CLOUD
    | S2Flag.LAND
    | S2Flag.SHADOW
    | S2Flag.SUN_LOW
)
"""Flags with which the optical sensor has no answer."""


def band_name(text: str) -> str:
    """Band as the field writes it (``B02``) from any usual spelling (``B2``, ``b02``, ``2``).

    Raises
    ------
    ValueError
        No Sentinel-2 band has this name.
    """
    bare = text.strip().upper().removeprefix("B")
    name = "B" + bare.zfill(2)
    if name not in BANDS:
        raise ValueError(text)
    return name


def sigma0_name(polarisation: str) -> str:
    """Name of the radar's backscatter variable, ``s1_sigma0_hh``."""
    return f"s1_sigma0_{polarisation.lower()}"


def nesz_name(polarisation: str) -> str:
    """Name of the radar's noise equivalent, ``s1_nesz_hh``."""
    return f"s1_nesz_{polarisation.lower()}"


def reflectance_name(band: str) -> str:
    """Name of an optical reflectance variable, ``s2_b02``."""
    return f"s2_{band_name(band).lower()}"


def _flag_attributes(
    flags: type[enum.IntFlag], long_name: str, unanswered: int
) -> dict[str, object]:
    remarks = [str(flag.name).lower() for flag in flags if not flag & unanswered]
    return {
        "long_name": long_name,
        "comment": f"A remark alone withholds no answer: {', '.join(remarks)}.",
        "standard_name": "status_flag",
        "flag_masks": np.array([flag.value for flag in flags], dtype=np.uint8),
        "flag_meanings": " ".join(str(flag.name).lower() for flag in flags),
    }


def _share_attributes(sensor: str) -> dict[str, object]:
    return {
        "long_name": f"expected share of sea ice in the pixel seen by {sensor}",
        "standard_name": "sea_ice_area_fraction",
        "units": "1",
        "comment": "The probability of ice where a pixel is all ice or all water.",
    }


def _ice_attributes(long_name: str) -> dict[str, object]:
    return {
        "long_name": long_name,
        "flag_values": np.array([WATER, ICE, NO_ANSWER], dtype=np.uint8),
        "flag_meanings": "water ice no_answer",
    }


_TABLE: Mapping[str, Mapping[str, object]] = {
    "s1_incidence_angle": {
        "long_name": "incidence angle of the radar on the ellipsoid",
        "standard_name": "angle_of_incidence",
        "units": "degree",
    },
    "s1_line": {
        "long_name": "line of the radar image, zero-based, whole numbers at pixel centres",
        "units": "1",
    },
    "s1_sample": {
        "long_name": "sample of the radar image, zero-based, whole numbers at pixel centres",
        "units": "1",
    },
    "s1_ice": _ice_attributes("sea ice seen by Sentinel-1"),
    "s2_ice": _ice_attributes("sea ice seen by Sentinel-2"),
    "s1_ice_probability": _share_attributes("Sentinel-1"),
    "s2_ice_probability": _share_attributes("Sentinel-2"),
    "valid": {
        "long_name": "both sensors have an answer",
        "flag_values": np.array([0, 1], dtype=np.uint8),
        "flag_meanings": "no yes",
    },
    "s1_flags": _flag_attributes(
        S1Flag, "why Sentinel-1 has no answer, and remarks", S1_UNANSWERED
    ),
    "s2_flags": _flag_attributes(
        S2Flag, "why Sentinel-2 has no answer, and remarks", S2_UNANSWERED
    ),
    "line": {
        "long_name": "line of the radar image, counted in the whole product",
        "units": "1",
    },
    "sample": {
        "long_name": "sample of the radar image, counted in the whole product",
        "units": "1",
    },
    "longitude": {
        "long_name": "longitude of pixel centres",
        "standard_name": "longitude",
        "units": "degrees_east",
    },
    "latitude": {
        "long_name": "latitude of pixel centres",
        "standard_name": "latitude",
        "units": "degrees_north",
    },
    "x": {
        "long_name": "easting of pixel centres",
        "standard_name": "projection_x_coordinate",
        "units": "m",
    },
    "y": {
        "long_name": "northing of pixel centres",
        "standard_name": "projection_y_coordinate",
        "units": "m",
    },
}


def attributes_of(name: str) -> dict[str, object]:
    """CF attributes of a variable by its name.

    Raises
    ------
    KeyError
        icepair writes no such variable.
    """
    if name.startswith("s1_sigma0_"):
        polarisation = name.removeprefix("s1_sigma0_").upper()
        return {
            "long_name": f"sigma nought {polarisation}, linear power",
            "standard_name": "surface_backwards_scattering_coefficient_of_radar_wave",
            "units": "1",
            "polarisation": polarisation,
            "comment": "Thermal noise is removed wherever the product tells it; no_noise in "
            "s1_flags says where not. Negative values are noise about zero and are kept.",
        }
    if name.startswith("s1_nesz_"):
        polarisation = name.removeprefix("s1_nesz_").upper()
        return {
            "long_name": f"noise equivalent sigma nought {polarisation}, linear power",
            "units": "1",
            "polarisation": polarisation,
            "comment": "Sigma nought that thermal noise alone would give; it has been subtracted.",
        }
    if name.startswith("s2_b"):
        band = name.removeprefix("s2_").upper()
        return {
            "long_name": f"reflectance in band {band}",
            "standard_name": "toa_bidirectional_reflectance",
            "units": "1",
        }
    return dict(_TABLE[name])

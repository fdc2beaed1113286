"""What makes optical values reflectance: scale and offset told, stated, or not needed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from icepair._typing import BoolArray, Float32Array, FloatArray
from icepair.errors import ContradictionError, UnsupportedProductError, UsageError
from icepair.optical import reflectance
from icepair.products.attributes import first_text, number
from icepair.products.stack.files import Layer
from icepair.products.stack.told import Told

__all__ = ["Scaling", "optical_scaling"]

_HIGHEST_REFLECTANCE = 10.0
"""No reflectance comes near it, and no scene's brightest digital numbers stay below it."""
_USUAL_QUANTIFICATION = 10_000.0
_OFFSET_SINCE = 4.0
_NAMED_BASELINE = re.compile(r"_MSIL(?:1C|2A)_\d{8}T\d{6}_N(\d{2})(\d{2})_")
_STATED_BASELINE = re.compile(r"N?(\d{1,2})\.?(\d{2})")


@dataclass(frozen=True)
class Scaling:
    """From values of the file to reflectance."""

    is_reflectance: bool
    """Whether the values are reflectance already; digital numbers otherwise."""
    offset: float = 0.0
    """What is added to digital numbers."""
    quantification: float = 1.0
    """What they are divided by."""
    notes: tuple[str, ...] = ()

    def apply(self, values: FloatArray, zero_is_value: bool) -> Float32Array:
        """Reflectance; NaN where there is none.

        A reflectance of exactly 0 is a value only in a file that says where it has none
        (`zero_is_value`); a digital number of 0 never is.
        """
        if self.is_reflectance:
            keep: BoolArray = (values != 0.0) | zero_is_value
            return np.where(keep, values, np.nan).astype(np.float32)
        # Not a number compares as measured there, and stays one.
        return reflectance(values, self.offset, self.quantification)


def optical_scaling(layers: Mapping[str, Layer], told: Told, seen: FloatArray) -> Scaling:
    """How the values of a scene's bands become reflectance.

    Parameters
    ----------
    layers : mapping
        Layers by band.
    told : Told
        What the user says.
    seen : array (n,)
        Values of some pixels, finite and not zero, after the bands' own scale and offset.

    Raises
    ------
    UsageError
        Digital numbers whose offset nobody says, or values that cannot be what is said.
    ContradictionError
        Bands of different kinds: floats and whole numbers, with a scale of their own and without.
    UnsupportedProductError
        Pictures of eight bits.
    """
    _refuse_mixed(layers)
    layer = next(iter(layers.values()))
    units = told.known_units
    if units in ("linear", "db"):
        raise UsageError(
            f"{layer.place} is optical, whose units are 'dn' or 'reflectance', not {units!r}."
        )
    high = float(np.percentile(seen, 99.0)) if seen.size else np.nan
    scales_itself = layer.scales_itself
    if units is None:
        floats = layer.dtype.kind == "f" and not high > _HIGHEST_REFLECTANCE
        units = "reflectance" if scales_itself or floats else "dn"
    if units == "dn":
        return _digital_numbers(layers, told, seen)
    if told.offset is not None or told.quantification is not None:
        raise UsageError(
            f"{layer.place} holds reflectance already (values up to {high:.3g}"
            f"{', by its own scale and offset' if scales_itself else ''}): leave the offset and "
            "the quantification out, or say units='dn' (--s2-units dn)."
        )
    if high > _HIGHEST_REFLECTANCE:
        raise UsageError(
            f"{layer.place} is said to hold reflectance, yet has values up to {high:.4g}: say "
            "units='dn' and the offset (--s2-units dn --s2-offset …)."
        )
    return Scaling(is_reflectance=True)


def _refuse_mixed(layers: Mapping[str, Layer]) -> None:
    kinds = {
        (layer.dtype.kind == "f", layer.scales_itself): layer.place for layer in layers.values()
    }
    if len(kinds) > 1:
        raise ContradictionError(
            f"{' and '.join(kinds.values())} do not hold the same kind of numbers: the bands of a "
            "scene are all floats or all whole numbers, and all or none have a scale and an offset "
            "of their own. Open those of one kind."
        )


def _digital_numbers(layers: Mapping[str, Layer], told: Told, seen: FloatArray) -> Scaling:
    layer = next(iter(layers.values()))
    if layer.dtype.itemsize == 1 and told.quantification is None:
        raise UnsupportedProductError(
            f"{layer.place} has eight bits, as pictures have: that is no reflectance. Take the "
            "bands themselves."
        )
    source, stated = _stated_offset(layer)
    offset = stated if told.offset is None else told.offset
    if offset is None:
        raise UsageError(
            f"Nothing says which offset the digital numbers of {layer.place} carry (those probed "
            f"begin at {seen.min(initial=np.inf):.4g}). Say offset=-1000 for products since "
            "processing baseline 04.00 (January 2022) and for older ones that were processed anew, "
            "offset=0 for others and where it was taken out; on the command line --s2-offset."
        )
    notes: tuple[str, ...] = ()
    if stated is not None and stated != offset:
        notes = (f"By {source} the offset is {stated:g}; {offset:g} was told and is used.",)
    return Scaling(False, offset, told.quantification or _quantification(layer), notes)


def _stated_offset(layer: Layer) -> tuple[str, float | None]:
    """Offset that a file states, and where: outright, or by its processing baseline."""
    outright = number(first_text(layer.tags, "RADIO_ADD_OFFSET", "BOA_ADD_OFFSET"))
    if np.isfinite(outright):
        return "its tag", outright
    stated = _STATED_BASELINE.fullmatch(first_text(layer.tags, "PROCESSING_BASELINE") or "")
    texts = (*layer.tags.values(), Path(layer.path).name, Path(layer.path).parent.name)
    named = next(filter(None, (_NAMED_BASELINE.search(text) for text in texts)), None)
    match = stated or named
    if match is None:
        return "", None
    baseline = float(f"{match[1]}.{match[2]}")
    return f"processing baseline {baseline:05.2f}", -1000.0 if baseline >= _OFFSET_SINCE else 0.0


def _quantification(layer: Layer) -> float:
    stated = number(first_text(layer.tags, "QUANTIFICATION_VALUE", "BOA_QUANTIFICATION_VALUE"))
    return stated if stated > 0 else _USUAL_QUANTIFICATION

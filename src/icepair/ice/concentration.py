"""Concentrations of ice with what they leave open, and counts of ice masks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from icepair._typing import BoolArray, ByteArray
from icepair.conventions import ICE, NO_ANSWER
from icepair.ice.agreement import Agreement, Difference, agreement_of, difference_of
from icepair.ice.methods import Sensor
from icepair.ice.packed import NO_BYTE, STEPS, packed
from icepair.ice.tally import AreaTally, Tally
from icepair.ice.uncertainty import Trust, standard_error, trust_of

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Concentrations", "concentrations", "concentrations_of", "count_features", "tallied"]


@dataclass(frozen=True)
class Concentrations:
    """Shares of area, 0 to 1; None where there is no pixel to speak of.

    Uncertainties are one standard deviation of the error of the number beside them; None too
    where masks came without probabilities.
    """

    s1: float | None
    """Ice seen by the radar among the pixels valid in both scenes."""
    s2: float | None
    """Ice seen by the optical sensor among the pixels valid in both scenes."""
    s1_own_area: float | None
    """Ice seen by the radar among its own valid pixels."""
    s2_own_area: float | None
    """Ice seen by the optical sensor among its own valid pixels."""
    s1_valid_fraction: float
    """Share of the grid's pixels with an answer of the radar."""
    s2_valid_fraction: float
    """Share of the grid's pixels with an answer of the optical sensor."""
    valid_fraction: float
    """Share of the grid's pixels valid in both."""
    pixels: int
    """Pixels of the grid."""
    s1_uncertainty: float | None = None
    s2_uncertainty: float | None = None
    s1_own_area_uncertainty: float | None = None
    s2_own_area_uncertainty: float | None = None
    difference: Difference | None = None
    """Of the optical sensor less the radar."""
    agreement: Agreement | None = None
    """Of the masks, pixel by pixel."""
    s1_threshold_response: Mapping[float, float] = field(default_factory=dict)
    """Share of common pixels whose probability is above each of some thresholds."""
    s2_threshold_response: Mapping[float, float] = field(default_factory=dict)
    s1_one_class: bool = False
    """Whether the radar's method found ice alone or water alone."""
    s2_one_class: bool = False
    s1_overlaps: bool = False
    """Whether its levels of water and ice lie too close to be told apart: Ashman's D below 2."""
    s2_overlaps: bool = False


def concentrations(ice: xr.Dataset) -> Concentrations:
    """Ice concentrations of a pair with their uncertainty, part by part where it is lazy.

    Parameters
    ----------
    ice : Dataset
        ``s1_ice_probability`` and ``s2_ice_probability`` on (y, x), as `sea_ice` makes them; or
        ``s1_ice`` and ``s2_ice`` alone, which are counted and give no uncertainty.

    Returns
    -------
    Concentrations
        Shares from 0 to 1, without unit; None where no pixel has an answer.

    Raises
    ------
    KeyError
        Masks are missing: call `sea_ice` first.

    Notes
    -----
    A concentration is the mean of the probability, a pixel's expected share of ice, to 0.002.
    Every pixel counts alike: in a UTM zone a pixel's area varies by 0.1 % over a tile, on a polar
    stereographic grid by 1 % over 200 km, far less than the uncertainty.
    """
    by_probability = "s1_ice_probability" in ice and "s2_ice_probability" in ice
    trust: dict[Sensor, Trust] | None = None
    if by_probability:
        trust = {"s1": trust_of(ice["s1_ice_probability"].attrs),
                 "s2": trust_of(ice["s2_ice_probability"].attrs)}  # fmt: skip
    return concentrations_of(tallied(ice, by_probability=by_probability), trust)


def tallied(ice: xr.Dataset, *, by_probability: bool) -> Tally:
    """Counts of a pair's probabilities, or of its masks as probabilities of 0 and 1."""
    suffix = "_ice_probability" if by_probability else "_ice"
    both = ice[[f"s1{suffix}", f"s2{suffix}"]].transpose("y", "x").unify_chunks()
    tally = Tally()
    for part in _parts(both):
        values = part.compute()
        first, second = (values[f"{sensor}{suffix}"].values for sensor in ("s1", "s2"))
        convert = packed if by_probability else _bytes_of_mask
        tally.add(convert(first), convert(second))
    return tally


def _parts(both: xr.Dataset) -> Iterator[xr.Dataset]:
    """Blocks of dask, the whole where there are none."""
    starts = {axis: [0] for axis in ("y", "x")}
    sizes = {axis: (both.sizes[axis],) for axis in ("y", "x")} | dict(both.chunks)
    for axis, lengths in sizes.items():
        for length in lengths:
            starts[str(axis)].append(starts[str(axis)][-1] + length)
    for top, bottom in zip(starts["y"], starts["y"][1:], strict=False):
        for left, right in zip(starts["x"], starts["x"][1:], strict=False):
            yield both.isel(y=slice(top, bottom), x=slice(left, right))


def _bytes_of_mask(mask: ByteArray) -> ByteArray:
    import numpy as np

    table = np.zeros(256, dtype=np.uint8)
    table[ICE], table[NO_ANSWER] = STEPS, NO_BYTE
    steps: ByteArray = table[mask]
    return steps


def concentrations_of(tally: Tally, trust: Mapping[Sensor, Trust] | None) -> Concentrations:
    """Concentrations from counts; without `trust` no uncertainty is stated."""
    common = {"s1": tally.area(0, common=True), "s2": tally.area(1, common=True)}
    own = {"s1": tally.area(0, common=False), "s2": tally.area(1, common=False)}
    s1, s2 = common["s1"].concentration, common["s2"].concentration
    s1_error, s2_error = _error("s1", common["s1"], trust), _error("s2", common["s2"], trust)
    pixels = tally.pixels
    return Concentrations(
        s1=s1,
        s2=s2,
        s1_own_area=own["s1"].concentration,
        s2_own_area=own["s2"].concentration,
        s1_valid_fraction=own["s1"].pixels / max(1, pixels),
        s2_valid_fraction=own["s2"].pixels / max(1, pixels),
        valid_fraction=tally.common_pixels / max(1, pixels),
        pixels=pixels,
        s1_uncertainty=s1_error,
        s2_uncertainty=s2_error,
        s1_own_area_uncertainty=_error("s1", own["s1"], trust),
        s2_own_area_uncertainty=_error("s2", own["s2"], trust),
        difference=difference_of(s1, s1_error, s2, s2_error),
        agreement=agreement_of(tally.confusion()),
        s1_threshold_response=common["s1"].by_threshold() if trust else {},
        s2_threshold_response=common["s2"].by_threshold() if trust else {},
        s1_one_class=trust is not None and trust["s1"].one_class,
        s2_one_class=trust is not None and trust["s2"].one_class,
        s1_overlaps=trust is not None and trust["s1"].overlaps,
        s2_overlaps=trust is not None and trust["s2"].overlaps,
    )


def _error(sensor: Sensor, area: AreaTally, trust: Mapping[Sensor, Trust] | None) -> float | None:
    if trust is None or not area.pixels:
        return None
    return float(standard_error(sensor, area.evidence, trust[sensor]))


def count_features(mask: BoolArray | ByteArray, value: int = True) -> int:
    """Number of 8-connected objects of a value in a mask (rows, columns).

    Needs the memory of two rows besides the mask.
    """
    from icepair.ice import _kernels

    return int(_kernels.count_objects(mask, value))

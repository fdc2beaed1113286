"""What the radar's network is told of a cell and of the scene that it lies in."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from icepair._typing import AnyArray, Float32Array
from icepair.ice.neighbours import local_mean, local_range
from icepair.ice.radar.automatic import RadarRule
from icepair.ice.radar.levels import REFERENCE_ANGLE, decibels
from icepair.ice.radar.looks import smoothed
from icepair.ice.share import Neighbourhood

__all__ = ["AROUND", "REACH", "VOTE", "cell_features", "scene_traits"]

VOTE = -2
"""Which feature of a cell is the vote of `automatic`."""
REACH = 8
"""Cells on each side that a cell's features look at, one to fill gaps from among them."""

_NARROW, _WIDE = (1.0, 2.0, 1.0), (1.0, 2.0, 2.0, 2.0, 1.0)
_FLAT, _BROAD = (1.0,) * 5, (1.0,) * 11
_NEAR, _FAR = 2, 5
AROUND = Neighbourhood(1, _NARROW, _WIDE)
"""Cells that `automatic` looks at here."""
_MOST_SEPARABILITY = 8.0


def cell_features(
    rule: RadarRule, powers: Mapping[str, AnyArray], incidence: AnyArray | None
) -> Float32Array:
    """What is told of each cell.

    Parameters
    ----------
    rule : RadarRule
        What `automatic` learnt of the scene.
    powers : mapping of polarisation to array (rows, columns)
        Linear, one value for each cell; NaN for none.
    incidence : array (rows, columns) or None
        Degrees; 30 where it is not known.

    Returns
    -------
    array of float32 (rows, columns, features)
        Nine for each polarisation, in dB on the raised scale: the cell itself, means over three,
        five and eleven cells each way, the deviation over five, least and most of the near narrow
        means and of the far wide ones. Then the angle; the vote of `automatic`, 0 or 1; and the
        share of thick ice that the power amounts to. NaN where the cell has no power.
    """
    columns = [column for name, power in powers.items() for column in _levels(name, power)]
    angle = np.full_like(columns[0], REFERENCE_ANGLE) if incidence is None else incidence
    share = rule.share(smoothed(powers, 1, _NARROW), incidence)
    told = (
        *columns,
        np.nan_to_num(angle, nan=REFERENCE_ANGLE),
        rule.classify(powers, incidence, AROUND),
        np.clip(share, -1, 2),
    )
    return np.stack(told, axis=-1).astype(np.float32)


def _levels(name: str, power: AnyArray) -> list[AnyArray]:
    power = np.asarray(power, np.float32)
    narrow, wide, broad = (local_mean(power, 1, taps) for taps in (_NARROW, _WIDE, _BROAD))
    mean, square = local_mean(power, 1, _FLAT), local_mean(power * power, 1, _FLAT)
    deviation = np.sqrt(np.maximum(square - mean * mean, 0))
    extremes = (*local_range(narrow, 1, _NEAR), *local_range(wide, 1, _FAR))
    return [decibels(each, name) for each in (power, narrow, wide, broad, deviation, *extremes)]


def scene_traits(rule: RadarRule, ice_voted: float, *, averages: bool) -> Float32Array:
    """What is told of the scene, (traits,).

    Parameters
    ----------
    rule : RadarRule
        What `automatic` learnt of it.
    ice_voted : float
        Share of its cells that `automatic` takes for ice.
    averages : bool
        Whether a cell is the mean of several radar pixels.
    """
    told = [
        averages,
        "VV" in rule.polarisations,
        rule.method == "all ice",
        rule.method == "all water",
        -1.0 if rule.threshold is None else rule.threshold,
        min(rule.separability or 0.0, _MOST_SEPARABILITY) / 4,
        ice_voted,
    ]
    return np.array(told, np.float32)

"""``taught:FILE`` as a method that tells ice from water."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from icepair._typing import AnyArray, Float32Array
from icepair.errors import UsageError
from icepair.ice.methods import TAUGHT_ANYWAY, Method, Rule, Sensor, method_of
from icepair.ice.radar.cells import Cells
from icepair.ice.radar.looks import RadarLooks
from icepair.ice.taught.features import AROUND, REACH, cell_features
from icepair.ice.taught.file import load_taught_radar
from icepair.ice.taught.radar import TaughtRadar, network_digest
from icepair.ice.taught.teach import BASE

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["method_of_taught", "taught"]


def taught(sensor: Sensor, text: str) -> Method:
    """Method of a file: ``taught:FILE``, or ``taught-anyway:FILE`` outside its validity too.

    Raises
    ------
    UsageError
        The sensor is not the radar; no file is named.
    InputError
        As `load_taught_radar`.
    """
    word, path = text.split(":", 1)
    if sensor != "s1":
        raise UsageError(f"{text!r} is a method of the radar: give it with --s1-mask.")
    if not path:
        raise UsageError(f"{text!r} names no file; write it like {word}:radar.json.")
    return load_taught_radar(path).mask_method(force=f"{word}:" == TAUGHT_ANYWAY)


def method_of_taught(radar: TaughtRadar, *, force: bool) -> Method:
    """Method of a taught radar."""

    def method(pair: xr.Dataset) -> Rule:
        if radar.lessons.network != network_digest():
            raise UsageError(
                "The taught radar corrects another network than the one of this icepair (it was "
                f"taught by version {radar.lessons.icepair}). Teach it anew with icepair teach."
            )
        outside = radar.outside(pair)
        if outside:
            _refuse_or_warn(outside, force)
        return _rule(radar, pair, outside)

    return method


def _refuse_or_warn(outside: tuple[str, ...], force: bool) -> None:
    words = "; ".join(outside)
    if not force:
        raise UsageError(
            f"The taught radar does not hold for this pair: {words}. Teach one on a pair like it, "
            f"take another method, or write {TAUGHT_ANYWAY}FILE to use it all the same."
        )
    warnings.warn(
        f"A taught radar is used outside its range of validity: {words}. Its stated uncertainty "
        "does not cover that.",
        stacklevel=2,
    )


def _rule(radar: TaughtRadar, pair: xr.Dataset, outside: tuple[str, ...]) -> Rule:
    base = method_of("s1", BASE)(pair)
    looks = RadarLooks.of(pair)
    cells = Cells.of_spacings(*looks.spacings_m)
    mean = Cells(cells.step, averages=True)

    def probability(arrays: Mapping[str, AnyArray]) -> Float32Array:
        guess = base.probability(arrays)
        thin = cells.thinned({name: arrays[name] for name in looks.variables})
        features = cell_features(looks.powers(thin), looks.incidence(thin))
        share = radar.share(features, mean.thinned({"": guess})[""])
        fine = cells.spread(share, guess.shape)
        # At the rim of what is known, features have gaps that the guess has not.
        fine = np.where(np.isnan(fine), guess, fine)
        return np.where(np.isnan(guess), np.float32(np.nan), fine)

    # Whole cells, so that those of a block lie where those of the scene do.
    near = -(-base.reach // cells.step)
    reach = (max(near, REACH) + AROUND) * cells.step
    record = dict(base.record) | {"taught": _told(radar, pair), "outside": list(outside)}
    return Rule(base.variables, reach, probability, record, cells.step)


def _told(radar: TaughtRadar, pair: xr.Dataset) -> dict[str, Any]:
    """What a result keeps of the lessons."""
    told = radar.lessons
    own = bool(told.s1_product) and told.s1_product == pair.attrs.get("s1_product")
    return {
        "s1_product": told.s1_product, "s2_product": told.s2_product, "by": told.by,
        "cells": told.cells, "held_out_error": told.held_out_error, "own_scene": own,
    }  # fmt: skip

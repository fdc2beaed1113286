"""Fit the weights of `icepair.ice.optical.spectral` to scenes with known shares of ice.

    python benchmarks/fit_optical.py --toy 0:100 --simulated 0:40
    python benchmarks/fit_optical.py --toy 0:40 --simulated 0:10 --told-by infrared --keep

Scenes are the battery's: its own generator's and those of `icepair.simulate_pair`, design numbers
only (see `battery/cases.py`). Some pixels of every scene are kept with how they look and their true
share. Minimised are the squared errors of the pixels and of the scenes' means, the latter no longer
squared beyond 0.04, so that scenes nobody can decide do not rule. Prints rows for `_WEIGHTS`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import xarray as xr
from battery import cases, products, toy
from scipy import optimize, special

from icepair._typing import AnyArray, FloatArray
from icepair.conventions import reflectance_name
from icepair.errors import IcepairError
from icepair.ice.answered import known_only
from icepair.ice.optical import spectral
from icepair.ice.optical._kernels import LOOKS, appearance

BANDS = {
    "infrared and colour": ("B02", "B03", "B04", "B08"),
    "infrared": ("B03", "B08"),
    "colour": ("B02", "B04"),
    "brightness alone": ("B03",),
}
_PIXELS = 2000
_MIXING = 10
_DECIDABLE = 0.04
_DESIGN = 100


@dataclass(frozen=True)
class Looks:
    """Pixels of all scenes that neither brightness nor plainness settles."""

    appearance: FloatArray  # (pixels, `_kernels.LOOKS` and the brightest ice)
    truth: FloatArray
    scene: AnyArray
    weight: FloatArray  # share of the scene's pixels that it stands for
    missed: FloatArray  # (scenes,) error by the pixels that are settled


def scenes(toys: range, simulated: range) -> Iterator[tuple[xr.Dataset, FloatArray]]:
    """Pairs and true shares of ice; simulated pairs that cannot be made are left out."""
    for number in toys:
        made = toy.make(cases.draw(number))
        yield made.pair, made.truth["s2"]
    for number in simulated:
        try:
            made = products.make(products.settings_of(number))
        except IcepairError:
            continue
        yield made.pair, made.truth["s2"]


def gathered(material: list[tuple[xr.Dataset, FloatArray]], bands: tuple[str, ...]) -> Looks:
    """Pixels of the scenes that have all the bands."""
    rng = np.random.default_rng(0)
    rows = []
    missed: list[float] = []
    for pair, truth in material:
        names = list(map(reflectance_name, bands))
        if not set(names) <= set(pair.data_vars):
            continue
        some = pair[[*names, "s2_flags"]]
        rule = spectral.spectral_rule(some)
        if rule.method != "two classes":
            continue
        arrays = known_only({str(name): values.values for name, values in some.items()})
        looks = appearance(*rule.seen(arrays))
        answered = np.isfinite(looks[..., 0]) | np.isinf(looks[..., 0])
        undecided = answered & (looks[..., 0] > 0.0) & np.isfinite(looks[..., 0])
        settled = np.where(looks[..., 0] > 0.0, 1.0, 0.0) - truth
        missed.append(float(settled[answered & ~undecided].sum() / answered.sum()))
        places = np.flatnonzero(undecided)
        chosen = rng.choice(places, min(_PIXELS, places.size), replace=False)
        ice = np.full((chosen.size, 1), rule.ice_brightness - rule.water_brightness)
        rows.append((
            np.hstack([looks.reshape(-1, LOOKS)[chosen], ice]), truth.ravel()[chosen],
            np.full(chosen.size, len(missed) - 1),
            np.full(chosen.size, places.size / answered.sum() / max(chosen.size, 1)),
        ))  # fmt: skip
    appearances, truths, numbers, weights = map(np.concatenate, zip(*rows, strict=True))
    return Looks(appearances, truths, numbers, weights, np.array(missed))


def shares(looks: FloatArray, weights: FloatArray, told_by: str) -> FloatArray:
    """`_kernels.ice_shares` on columns: slow and plain, so that weights can be sought."""
    excess, local, rough, beside, plain, dull, blue, on_line, lowest, ice = looks.T
    one, bold = np.ones_like(excess), excess / ice
    if "colour" not in told_by:
        blue = 0 * one
    mixing = np.stack([
        one, rough, beside, np.minimum(bold, 1.2), dull, blue, np.minimum(0.01 / excess, 1),
        lowest, np.minimum(plain, 0.5), on_line,
    ], axis=1)  # fmt: skip
    trust = np.stack([one, plain, rough, beside, dull, bold, on_line, plain * on_line], axis=1)
    mixed = special.expit(mixing @ weights[:_MIXING])
    nearby = special.expit(trust @ weights[_MIXING:])
    whole = local * np.exp((1 - nearby) * np.log(np.maximum(ice / local, 1)))
    return np.asarray(1 - mixed * np.maximum(0, 1 - excess / whole))


def errors(looks: Looks, weights: FloatArray, told_by: str) -> tuple[FloatArray, FloatArray]:
    """Error of every pixel, and of the concentration of every scene."""
    error = shares(looks.appearance, weights, told_by) - looks.truth
    scenes_sum = np.bincount(looks.scene, error * looks.weight, looks.missed.size)
    return error, scenes_sum + looks.missed


def fitted(looks: Looks, told_by: str) -> FloatArray:
    """Weights, from those in use."""
    start = np.concatenate(spectral._WEIGHTS[told_by])
    count = looks.missed.size

    def loss(weights: FloatArray) -> float:
        error, of_scene = errors(looks, weights, told_by)
        size = np.abs(of_scene)
        bent = np.where(size < _DECIDABLE, size**2, _DECIDABLE * (2 * size - _DECIDABLE))
        pixels = (error**2 * looks.weight).sum() / count
        return float(3 * pixels + 60 * bent.mean() + 2e-5 * (weights**2).sum())

    options = {"maxiter": 60, "maxfun": 60 * (start.size + 1)}
    return np.asarray(optimize.minimize(loss, start, method="L-BFGS-B", options=options).x)


def report(name: str, looks: Looks, weights: FloatArray, told_by: str) -> None:
    """One line: how far scenes are off."""
    _, off = errors(looks, weights, told_by)
    sys.stdout.write(
        f"{told_by}, {name}: {off.size} scenes, bias {off.mean():+.4f}, "
        f"mean {np.abs(off).mean():.4f}, worst {np.abs(off).max():.3f}\n"
    )


def main() -> None:
    """Gather, fit, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--toy", type=_numbers, default=range(100), metavar="FROM:TO")
    parser.add_argument("--simulated", type=_numbers, default=range(40), metavar="FROM:TO")
    parser.add_argument("--told-by", choices=BANDS, help="one choice of bands instead of all")
    parser.add_argument("--keep", action="store_true", help="only judge the weights in use")
    asked = parser.parse_args()
    material = list(scenes(asked.toy, asked.simulated))
    for told_by in [asked.told_by] if asked.told_by else BANDS:
        looks = gathered(material, BANDS[told_by])
        weights = np.concatenate(spectral._WEIGHTS[told_by])
        report("in use", looks, weights, told_by)
        if not asked.keep:
            weights = fitted(looks, told_by)
            report("fitted", looks, weights, told_by)
            rounded = np.round(weights, 2).tolist()
            sys.stdout.write(f"{rounded[:_MIXING]}, {rounded[_MIXING:]}\n")


def _numbers(text: str) -> range:
    """Design numbers only: nobody fits to those that are held out."""
    first, end = map(int, text.split(":"))
    if not 0 <= first <= end <= _DESIGN:
        raise argparse.ArgumentTypeError(f"{text}: numbers 0 to {_DESIGN} are for designing")
    return range(first, end)


if __name__ == "__main__":
    main()

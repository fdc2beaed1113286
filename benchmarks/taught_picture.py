"""A radar before and after it was taught, beside the truth: a picture to look at.

    python benchmarks/taught_picture.py [FOLDER]

A pair of the battery on which methods are designed; the picture goes into FOLDER (default
docs/pictures).
"""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import numpy as np
from matplotlib import pyplot
from taught import covered, made

import icepair

ROOT = Path(__file__).resolve().parents[1]
SEED = 32
BANDS = ("s2_b04", "s2_b03", "s2_b02")
HIDDEN_GREY = 0.55


def main() -> None:
    """Draw the four."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures"
    whole = made("toy", SEED)
    pair, hidden = covered(whole, SEED)
    truth = whole.truth["s1"]
    colour = np.stack([pair[name].values for name in BANDS if name in pair], axis=-1)
    colour = np.clip(colour / np.nanpercentile(colour, 99), 0, 1)
    colour[hidden] = HIDDEN_GREY
    shares = {
        name: icepair.sea_ice(pair, s1_mask=method).s1_ice_probability.values
        for name, method in (("network", "network"), ("taught", icepair.teach_radar(pair)))
    }
    drawn = {
        "Optical scene; the grey half is hidden": colour,
        f"Truth of the radar: {truth[hidden].mean():.0%} ice in the hidden half": truth,
        **{f"{name}: {np.nanmean(each[hidden]):.0%}": each for name, each in shares.items()},
    }
    figure, axes = pyplot.subplots(2, 2, figsize=(9, 6.9), dpi=100, layout="constrained")
    for axis, (title, values) in zip(axes.flat, drawn.items(), strict=True):
        axis.imshow(values, cmap="gray", vmin=0, vmax=1, interpolation="antialiased")
        axis.set_title(title, fontsize=10)
        axis.set(xticks=[], yticks=[])
    figure.savefig(folder / "taught.jpg", pil_kwargs={"quality": 82})


if __name__ == "__main__":
    main()

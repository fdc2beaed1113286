"""Cloud by s2cloudless, a classifier that others taught on scenes of land; an extra."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import util

import numpy as np

from icepair._typing import Float32Array
from icepair.errors import UsageError

__all__ = ["LEARNED_BANDS", "learned_probability", "require_learned"]

LEARNED_BANDS = ("B01", "B02", "B04", "B05", "B08", "B8A", "B09", "B10", "B11", "B12")
"""What it looks at, in its order."""
_THRESHOLD = 0.4
"""Its own probability from which it says cloud."""


def require_learned() -> None:
    """Make sure that the package is there, before anything is read.

    Raises
    ------
    UsageError
        It is not installed.
    """
    if util.find_spec("s2cloudless") is None:
        raise UsageError(
            "Clouds s2cloudless needs the package s2cloudless, which is not installed. Install it "
            "by pip install 'icepair[clouds]', or take clouds auto, product, tests or none."
        )


def learned_probability(reflectance: Mapping[str, Float32Array]) -> Float32Array:
    """Probability of cloud, scaled so that 0.5 is the classifier's own limit.

    Parameters
    ----------
    reflectance : mapping
        Arrays (rows, columns) by band, `LEARNED_BANDS` at least; top of the atmosphere.

    Returns
    -------
    array
        float32, 0 to 1; NaN where a band has no value.
    """
    from s2cloudless import S2PixelCloudDetector

    stack = np.stack([reflectance[band] for band in LEARNED_BANDS], axis=-1)
    known = np.isfinite(stack).all(axis=-1)
    detector = S2PixelCloudDetector(threshold=_THRESHOLD, average_over=None, dilation_size=None)
    told = detector.get_cloud_probability_maps(np.nan_to_num(stack)[None])[0]
    scaled = np.interp(told, (0.0, _THRESHOLD, 1.0), (0.0, 0.5, 1.0))
    return np.where(known, scaled, np.nan).astype(np.float32)

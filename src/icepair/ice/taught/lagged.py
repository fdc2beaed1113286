"""How well one field is explained by others, for every shift between them at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import fft

from icepair._typing import AnyArray, BoolArray, FloatArray, IntArray

__all__ = ["LaggedSearch", "lagged_search"]

_LEAST_COMMON = 0.15
"""Share of the smaller field's known cells that must lie on known ones: chance agrees easily."""
_LEAST_VARIANCE = 1e-3
_RIDGE = 0.03
_MOST_EXPLAINED = 0.999


@dataclass(frozen=True)
class LaggedSearch:
    """What every shift explains; shifts are 0, 1, … and then the negative ones, along both axes."""

    explained: FloatArray
    """Share of the taught variance, 0 to 1."""
    likelihood: FloatArray
    """Logarithm over no relation; 0 for shifts that are out of question."""

    def explained_at(self, row: int, column: int) -> float:
        """Share of the taught variance at one shift."""
        return float(self.explained[row, column])

    def peaks(self, count: int, apart: float) -> list[tuple[int, int]]:
        """The likeliest shifts that are further apart than so many cells, likeliest first."""
        left = self.likelihood.copy()
        rows, columns = (_shifts(size // 2) for size in left.shape)
        found = []
        for _ in range(count):
            i, j = np.unravel_index(left.argmax(), left.shape)
            found.append((int(rows[i]), int(columns[j])))
            left[np.hypot(rows[:, None] - rows[i], columns - columns[j]) <= apart] = 0.0
        return found

    def rival(self, apart: float) -> float:
        """Likelihood of the second of two peaks over that of the first, 0 to 1."""
        (i, j), (k, m) = self.peaks(2, apart)
        best = float(self.likelihood[i, j])
        return float(self.likelihood[k, m]) / best if best > 0 else 1.0


def lagged_search(told: AnyArray, taught: AnyArray, most: float) -> LaggedSearch:
    """Regression of one field on others for every shift of it.

    Parameters
    ----------
    told : array (features, rows, columns)
        NaN for no answer. A single feature is one that grows with what is taught.
    taught : array (rows, columns)
        What is shifted; NaN for no answer.
    most : float
        Longest shift, cells.

    Notes
    -----
    By Fourier transforms over what is known in both (Padfield 2012, IEEE Transactions on Image
    Processing 21, 5). The likelihood weighs how much is explained by over how many cells, so that
    a small part in common, which agrees easily by chance, does not win.
    """
    sums = _Sums.of(told, taught, most)
    rows, columns = (_shifts(size // 2) for size in sums.common.shape)
    enough = _LEAST_COMMON * min(np.isfinite(told).all(axis=0).sum(), np.isfinite(taught).sum())
    possible = np.hypot(rows[:, None], columns) <= most
    possible &= sums.common >= max(1.0, enough)
    explained = np.zeros(sums.common.shape)
    explained[possible] = sums.explained(possible)
    return LaggedSearch(explained, -sums.common * np.log1p(-explained))


def _shifts(most: int) -> IntArray:
    return np.concatenate([np.arange(most + 1), np.arange(-most, 0)])


@dataclass(frozen=True)
class _Sums:
    """Means over the cells known in both, by shift (rows, columns)."""

    common: FloatArray
    """Number of such cells, at least 1."""
    variance: FloatArray
    """Of what is taught."""
    with_taught: list[FloatArray]
    """Covariance of each feature with it."""
    among: dict[tuple[int, int], FloatArray]
    """Covariances of the features."""

    @classmethod
    def of(cls, told: AnyArray, taught: AnyArray, most: float) -> _Sums:
        reach = [min(int(most), size - 1) for size in taught.shape]
        shape = [
            fft.next_fast_len(size + far, real=True)
            for size, far in zip(taught.shape, reach, strict=True)
        ]
        kept = np.ix_(*map(_shifts, reach))

        def waves(values: AnyArray) -> AnyArray:
            return fft.rfft2(values.astype(np.float32), shape)

        def lagged(product: AnyArray) -> FloatArray:
            return np.asarray(fft.irfft2(product, shape)[kept], np.float64)

        known, heard = np.isfinite(taught), np.asarray(np.isfinite(told).all(axis=0))
        share, features = _centred(taught, known), [_scaled(each, heard) for each in told]
        of_known, of_share, of_square = (np.conj(waves(v)) for v in (known, share, share**2))
        of_heard, of_features = waves(heard), [waves(each) for each in features]
        common = np.maximum(lagged(of_heard * of_known), 1.0)
        mean = lagged(of_heard * of_share) / common
        means = [lagged(each * of_known) / common for each in of_features]
        pairs = [(i, j) for i in range(len(features)) for j in range(i, len(features))]
        return cls(
            common,
            np.maximum(lagged(of_heard * of_square) / common - mean**2, _LEAST_VARIANCE),
            [
                lagged(each * of_share) / common - own * mean
                for each, own in zip(of_features, means, strict=True)
            ],
            {
                (i, j): lagged(waves(features[i] * features[j]) * of_known) / common
                - means[i] * means[j]
                for i, j in pairs
            },
        )

    def explained(self, chosen: BoolArray) -> FloatArray:
        """Share of the variance that a regression on all features explains, (chosen shifts,)."""
        count = len(self.with_taught)
        slopes = np.stack([each[chosen] for each in self.with_taught], axis=-1)
        if count == 1:
            slopes = np.maximum(slopes, 0.0)
        among = np.empty((len(slopes), count, count))
        for (i, j), each in self.among.items():
            among[:, i, j] = among[:, j, i] = each[chosen]
        among += _RIDGE * np.eye(count)
        weights = np.linalg.solve(among, slopes[..., None])[..., 0]
        share = (weights * slopes).sum(axis=-1) / self.variance[chosen]
        return np.asarray(np.clip(share, 0.0, _MOST_EXPLAINED))


def _centred(values: AnyArray, known: BoolArray) -> AnyArray:
    return np.where(known, values - (values[known].mean() if known.any() else 0.0), 0.0)


def _scaled(values: AnyArray, known: BoolArray) -> AnyArray:
    return _centred(values, known) / max(float(values[known].std()) if known.any() else 0.0, 1e-6)

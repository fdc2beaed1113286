"""Ground range to slant range and back: the product's records and the steps between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from icepair._typing import FloatArray, IntArray
from icepair.errors import InputError
from icepair.geo import _kernels
from icepair.geo.image_positions import answer_margin

__all__ = [
    "GroundRangeRecords",
    "ground_range_m",
    "slant_range_m",
    "step_table",
    "steps_rms_m",
]

_STEP_TOLERANCE = 4e-6  # samples


@dataclass(frozen=True, eq=False)
class GroundRangeRecords:
    """Polynomials between ground range and slant range, one record per azimuth time.

    Raises
    ------
    InputError
        No record, shapes that do not fit, values that are not finite, or times that do not
        increase.
    """

    times_s: FloatArray
    """Shape (k,), seconds since the orbit's epoch, increasing."""
    slant_range_start_m: FloatArray
    """Shape (k,), sr0: origin of `slant_to_ground`."""
    ground_range_start_m: FloatArray
    """Shape (k,), gr0: origin of `ground_to_slant`."""
    slant_to_ground: FloatArray
    """Shape (k, m), coefficients in (slant range - sr0), lowest power first."""
    ground_to_slant: FloatArray
    """Shape (k, m), coefficients in (ground range - gr0), lowest power first."""

    def __post_init__(self) -> None:
        count = len(self.times_s)
        if count == 0 or self.ground_to_slant.ndim != 2 or len(self.ground_to_slant) != count:
            raise InputError(
                f"The product has {count} times of ground-to-slant records and coefficients of "
                f"shape {self.ground_to_slant.shape}; one polynomial for each time is needed."
            )
        values = np.concatenate(
            [self.times_s, self.ground_range_start_m, self.ground_to_slant.ravel()]
        )
        if not np.isfinite(values).all() or not (np.diff(self.times_s) > 0).all():
            raise InputError(
                "The ground-to-slant records are not finite or their times do not increase; "
                "the product's coordinate conversion list is damaged."
            )


def slant_range_m(
    records: GroundRangeRecords, ground_m: FloatArray, record: IntArray
) -> FloatArray:
    """Slant range (m) of ground ranges (n,), each by its own `record` (n,)."""
    result: FloatArray = _kernels.slant_range(
        ground_m, record, records.ground_range_start_m, records.ground_to_slant
    )
    return result


def ground_range_m(
    records: GroundRangeRecords,
    slant_m: FloatArray,
    record: IntArray,
    spacing_m: float,
    samples: int,
) -> FloatArray:
    """Ground range (m) of slant ranges (n,), each by its own `record` (n,).

    NaN further outside the image than three times its margin.
    """
    reach = 3.0 * answer_margin(samples)  # records differ by some tens of samples
    result: FloatArray = _kernels.ground_range(
        slant_m,
        record,
        records.ground_range_start_m,
        records.ground_to_slant,
        -reach * spacing_m,
        (samples + reach) * spacing_m,
    )
    return result


def step_table(
    records: GroundRangeRecords, reference: int, spacing_m: float, samples: int
) -> tuple[FloatArray, float]:
    """Differences of every record's sample from the reference's, and the table's spacing.

    The spacing is halved until the middle between two columns is right to 4e-6 samples.
    """
    spacing = 32.0
    while True:
        table = _step_differences(records, reference, spacing_m, samples, 0.5 * spacing)
        middle = 0.5 * (table[:, :-2:2] + table[:, 2::2])
        # NaN, all of it where records are damaged, is left out without a warning.
        worst = np.fmax.reduce(np.abs(middle - table[:, 1::2]), axis=None, initial=0.0)
        if spacing <= 1.0 or worst < _STEP_TOLERANCE:
            return np.ascontiguousarray(table[:, ::2]), spacing
        spacing *= 0.5


def _step_differences(
    records: GroundRangeRecords, reference: int, spacing_m: float, samples: int, spacing: float
) -> FloatArray:
    intervals = 2 * int(np.ceil((samples - 1 + 2 * answer_margin(samples)) / (2 * spacing)))
    smooth = np.arange(intervals + 1, dtype=np.float64) * spacing - answer_margin(samples)
    slant_m = slant_range_m(records, smooth * spacing_m, np.full(smooth.size, reference))
    ground_m = [
        ground_range_m(records, slant_m, np.full(smooth.size, k), spacing_m, samples)
        for k in range(len(records.times_s))
    ]
    return np.stack(ground_m) / spacing_m - smooth


def steps_rms_m(records: GroundRangeRecords, spacing_m: float, samples: int) -> float:
    """Root mean square, on the ground, of nearest record against linear between records, metres.

    Annotation follows the nearest record; whether the pixels do is not established, so this
    belongs in the error budget. Between two records that differ by d the difference runs evenly
    from -d/2 to d/2: its mean square is d^2 / 12.
    """
    if len(records.times_s) < 2:
        return 0.0
    ground_m = np.linspace(0.0, (samples - 1) * spacing_m, 257)
    slant_m = [
        slant_range_m(records, ground_m, np.full(ground_m.size, k))
        for k in range(len(records.times_s))
    ]
    steps_m = np.diff(np.stack(slant_m), axis=0)
    # A slant range longer by ds lies ds / (dR/dg) further out on the ground.
    slope = np.gradient(np.mean(slant_m, axis=0), ground_m)
    return float(np.sqrt(np.mean((steps_m / slope) ** 2) / 12.0))

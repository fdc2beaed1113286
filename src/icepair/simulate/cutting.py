"""A part of a real radar product's annotation, as annotation of its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.polynomial import Polynomial

from icepair.geo.window import Window
from icepair.simulate.annotation import RadarAnnotation, RangeNoise
from icepair.simulate.geometry import RadarGeometry, Records
from icepair.simulate.nbs import compact
from icepair.simulate.synthesis import control_grid

__all__ = ["cut_annotation"]


def cut_annotation(annotation: RadarAnnotation, window: Window) -> RadarAnnotation:
    """Annotation of a part of an image, as a product of its own.

    Parameters
    ----------
    annotation : RadarAnnotation
        Of the whole image.
    window : Window
        Lines and samples of the part, inside the image.

    Returns
    -------
    RadarAnnotation
        Lines and samples count from the part's first; the geolocation grid is flown anew, on the
        ellipsoid. Places, times, calibration and noise of every pixel stay as they are, to the
        microsecond that attributes can say.
    """
    line, sample = window.row_start, window.column_start
    geometry = _moved(annotation.geometry, line, sample)
    start = annotation.time_at(line * geometry.line_interval_s)
    stop = annotation.time_at((window.row_stop - 1) * geometry.line_interval_s)
    header = {
        name: {
            **leaves,
            "startTime": str(start),
            "stopTime": str(stop),
            "numberOfSamples": str(window.shape[1]),
            "numberOfLines": str(window.shape[0]),
        }
        for name, leaves in annotation.header.items()
    }
    parts = annotation.product.split("_")
    parts[4:6] = (compact(start), compact(stop))
    return replace(
        annotation,
        product="_".join(parts),
        shape=window.shape,
        first_line_time=start,
        geometry=geometry,
        grid=control_grid(geometry, window.shape),
        calibration={
            name: replace(table, lines=table.lines - line, samples=table.samples - sample)
            for name, table in annotation.calibration.items()
        },
        noise={name: _cut_noise(noise, window) for name, noise in annotation.noise.items()},
        header=header,
    )


def _moved(geometry: RadarGeometry, line: int, sample: int) -> RadarGeometry:
    """Geometry whose line 0 and sample 0 are another's; polynomials are expanded anew."""
    later = line * geometry.line_interval_s
    # Attribute times are whole microseconds: the cut's own clock must tick on one.
    later = round(later * 1e6) / 1e6
    records = geometry.records
    further = sample * geometry.spacing_m
    to_slant, to_ground = [], []
    for record in range(records.times_s.size):
        origin = Polynomial([further - records.ground_range_start_m[record], 1.0])
        to_slant.append(Polynomial(records.ground_to_slant[record])(origin).coef)
        ground = Polynomial(records.slant_to_ground[record]) - further
        to_ground.append(ground.coef)
    moved = Records(
        records.times_s - later,
        records.slant_range_start_m,
        np.zeros(records.times_s.size),
        np.stack(to_ground),
        np.stack(to_slant),
    )
    orbit = replace(geometry.orbit, times_s=geometry.orbit.times_s - later)
    return replace(geometry, orbit=orbit, records=moved)


def _cut_noise(noise: RangeNoise, window: Window) -> RangeNoise:
    line, sample = window.row_start, window.column_start
    lines, samples = window.shape
    blocks = []
    for block in noise.blocks:
        part = replace(
            block,
            first_line=max(0, block.first_line - line),
            last_line=min(lines - 1, block.last_line - line),
            first_sample=max(0, block.first_sample - sample),
            last_sample=min(samples - 1, block.last_sample - sample),
            lines=block.lines - line,
        )
        if part.first_line <= part.last_line and part.first_sample <= part.last_sample:
            blocks.append(part)
    return RangeNoise(
        noise.lines - line,
        tuple(nodes - sample for nodes in noise.samples),
        noise.power,
        tuple(blocks),
    )

"""Thermal noise from annotation: against a slow reference, and every known trap."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from icepair.radar.noise import (
    AzimuthVector,
    NoiseAnnotation,
    NoiseScale,
    RangeVector,
    SwathBounds,
    Timing,
    thermal_noise,
)
from icepair.testing.noise import noise_slow

SHAPE = (400, 300)
START = np.datetime64("2022-11-30T01:43:42.546629", "us")
TIMING = Timing(START, 0.01)
WHOLE = (slice(None), slice(None))


def vector(line: int, nodes: dict[float, float], seen_on: int | None = None) -> RangeVector:
    """Range vector stated on `line`, seen when line `seen_on` was."""
    time = START + np.timedelta64(10_000 * (line if seen_on is None else seen_on), "us")
    return RangeVector(time, line, np.array([*nodes], float), np.array([*nodes.values()], float))


def block(swath: str, lines: tuple, samples: tuple, factors: dict[float, float]) -> AzimuthVector:
    """Azimuth vector over lines and samples, ends included."""
    bounds = SwathBounds(swath, *lines, *samples)
    return AzimuthVector(bounds, np.array([*factors], float), np.array([*factors.values()], float))


def annotated(vectors: list[RangeVector], blocks: list[AzimuthVector]) -> NoiseAnnotation:
    return NoiseAnnotation("HV", tuple(vectors), tuple(blocks))


def two_swaths() -> NoiseAnnotation:
    """Two sub-swaths whose border moves along track; the second begins late."""
    vectors = [
        vector(0, {0: 900, 40: 700, 80: 600, 120: 580, 129: 575, 130: 0, 170: 0, 299: 0}),
        vector(90, {0: 880, 40: 690, 80: 590, 119: 570, 120: 300, 160: 250, 200: 240, 299: 0}),
        vector(180, {0: 870, 40: 680, 80: 585, 119: 560, 120: 290, 160: 245, 200: 235, 299: 0}),
        vector(270, {0: 860, 40: 670, 80: 570, 112: 555, 113: 310, 160: 240, 200: 230, 299: 0}),
        vector(360, {0: 850, 40: 660, 80: 565, 112: 545, 113: 305, 160: 238, 200: 225, 250: 215}),
    ]
    blocks = [
        block("EW1", (0, 40), (0, 129), {0: 1.2, 10: 1.1, 20: 1.0, 30: 0.95, 40: 0.9}),
        block("EW1", (41, 70), (0, 127), {41: 0.9}),
        block("EW1", (71, 219), (0, 119), {71: 0.95, 100: 1.1, 150: 0.9, 210: 1.0}),
        block("EW2", (71, 219), (120, 299), {71: 1.0, 80: 1.3, 150: 0.9, 210: 1.0}),
        block("EW1", (220, 399), (0, 112), {220: 1.0, 300: 1.1, 390: 0.9}),
        block("EW2", (220, 399), (113, 299), {220: 1.0, 300: 1.2, 390: 0.9}),
    ]
    return annotated(vectors, blocks)


def test_every_pixel_equals_the_slow_reference():
    annotation = two_swaths()
    noise = thermal_noise(annotation, SHAPE, timing=TIMING).power(
        slice(0, 400, 7), slice(0, 300, 3)
    )
    slow = [
        [noise_slow(annotation, SHAPE, line, s) for s in range(0, 300, 3)]
        for line in range(0, 400, 7)
    ]
    np.testing.assert_allclose(noise, slow, rtol=1e-6)
    assert noise.dtype == np.float32
    assert (noise > 0).mean() > 0.8


def test_windows_and_steps_are_parts_of_the_whole():
    noise = thermal_noise(two_swaths(), SHAPE)
    whole = noise.power(*WHOLE)
    np.testing.assert_array_equal(
        noise.power(slice(31, 257), slice(77, 190)), whole[31:257, 77:190]
    )
    np.testing.assert_array_equal(
        noise.power(slice(5, None, 13), slice(3, 280, 9)), whole[5::13, 3:280:9]
    )
    assert noise.power(slice(3, 3), slice(0, 9)).shape == (0, 9)


def test_a_block_without_a_vector_takes_the_nearest_with_that_vectors_own_nodes():
    """The archive's converter continues it over the jump to the next sub-swath, below zero."""
    noise = thermal_noise(two_swaths(), SHAPE).power(slice(41, 71), slice(0, 128))
    # Middle line 55.5 is nearer to the vector of line 90, whose own nodes end with sample 119.
    np.testing.assert_allclose(noise[:, 119], 0.9 * 570, rtol=1e-6)
    continued = 0.9 * (570 + (570 - 590) * 8 / 39)
    np.testing.assert_allclose(noise[:, 127], continued, rtol=1e-6)


def test_a_sub_swath_that_starts_late_has_no_noise_before_it():
    noise = thermal_noise(two_swaths(), SHAPE).power(*WHOLE)
    assert (noise[:71, 130:] == 0).all()
    assert (noise[71:, 120:] > 0).all()


def test_an_azimuth_vector_of_one_value_is_a_constant():
    noise = thermal_noise(two_swaths(), SHAPE).power(slice(41, 71), slice(0, 119))
    assert np.ptp(noise, axis=0).max() == 0


def test_zeros_at_the_last_nodes_do_not_pull_noise_down():
    noise = thermal_noise(two_swaths(), SHAPE).power(slice(90, 91), slice(200, 300))[0]
    factor = 1.3 + (0.9 - 1.3) * 10 / 70
    expected = factor * (240 + (240 - 250) / 40 * np.arange(100))
    np.testing.assert_allclose(noise, expected, rtol=1e-6)


def test_a_profile_is_level_far_from_its_last_node():
    ends_early = vector(0, {0: 100, 40: 110, 80: 120})
    whole = block("S3", (0, 399), (0, 599), {0: 1.0})
    noise = thermal_noise(annotated([ends_early], [whole]), (400, 600)).power(
        slice(0, 1), slice(0, 600)
    )[0]
    assert np.ptp(noise[400:]) == 0
    assert noise[400] == pytest.approx(120 + 8 * 10)


def test_a_last_node_that_is_part_of_the_zeros_after_it_is_no_node():
    """Seen in IW: 1844, 1.5, 0, 0."""
    tail = vector(0, {0: 100, 40: 110, 80: 120, 120: 0.1, 160: 0, 299: 0})
    whole = block("IW1", (0, 399), (0, 299), {0: 1.0})
    noise = thermal_noise(annotated([tail], [whole]), SHAPE).power(slice(0, 1), slice(0, 300))[0]
    np.testing.assert_allclose(noise, 100 + 0.25 * np.arange(300), rtol=1e-6)


def test_the_last_range_vector_may_lie_inside_the_image():
    level = [
        vector(line, {0: power, 299: power}) for line, power in ((0, 100), (100, 90), (200, 80))
    ]
    whole = block("S3", (0, 399), (0, 299), {0: 1.0})
    noise = thermal_noise(annotated(level, [whole]), SHAPE).power(slice(0, 400), slice(0, 1))[:, 0]
    np.testing.assert_allclose(noise[[200, 250, 300, 399]], [80, 75, 70, 70], rtol=1e-6)


def test_noise_continued_along_lines_never_reaches_zero():
    falling = [vector(0, {0: 100, 299: 100}), vector(150, {0: 10, 299: 10})]
    whole = block("S3", (0, 399), (0, 299), {0: 1.0})
    noise = thermal_noise(annotated(falling, [whole]), SHAPE).power(*WHOLE)
    assert noise.min() == 5


@pytest.mark.parametrize("gap", [(200, 200.6), (200.4, 201.9), (200, 205)])
def test_gaps_between_blocks_belong_to_the_nearer_block(gap):
    vectors = [vector(0, {0: 100, 299: 100}), vector(399, {0: 100, 299: 100})]
    blocks = [
        block("EW1", (0, gap[0]), (0, 299), {0: 1.0}),
        block("EW1", (gap[1], 399), (0, 299), {300: 2.0}),
    ]
    noise = thermal_noise(annotated(vectors, blocks), SHAPE).power(slice(0, 400), slice(0, 1))[:, 0]
    assert set(np.unique(noise)) == {100, 200}
    step = np.flatnonzero(np.diff(noise))
    assert step.size == 1
    assert abs(step[0] + 0.5 - np.mean(gap)) <= 0.5


def test_gaps_along_samples_and_towards_the_edges_are_closed_and_wide_ones_are_not():
    vectors = [vector(0, {0: 100, 99: 100, 104: 50, 280: 50})]
    blocks = [
        block("IW1", (3, 396), (0, 99), {3: 1.0}),
        block("IW2", (3, 396), (104, 280), {3: 1.0}),
    ]
    noise = thermal_noise(annotated(vectors, blocks), SHAPE).power(*WHOLE)
    np.testing.assert_array_equal(noise[0, 98:106], [100] * 4 + [50] * 4)
    assert (noise[[0, -1], :281] > 0).all()
    assert (noise[:, 281:] == 0).all()


def test_lines_that_contradict_azimuth_times_are_not_believed():
    annotation = two_swaths()
    truth = thermal_noise(annotation, SHAPE, timing=TIMING)
    lines = [0, 0, 0, 270, 65535]
    corrupt = tuple(
        dataclasses.replace(vector, line=line)
        for vector, line in zip(annotation.range_vectors, lines, strict=True)
    )
    noise = thermal_noise(
        dataclasses.replace(annotation, range_vectors=corrupt), SHAPE, timing=TIMING
    )
    assert noise.notes == (
        "3 of 5 range vectors of thermal noise state a line that is not that of their azimuth "
        "time; the time was taken.",
    )
    np.testing.assert_allclose(noise.power(*WHOLE), truth.power(*WHOLE), rtol=1e-6)
    assert truth.notes == ()


def test_lines_are_believed_where_times_are_out_of_order():
    annotation = two_swaths()
    timeless = tuple(
        dataclasses.replace(vector, time=np.datetime64("NaT", "us"))
        for vector in annotation.range_vectors
    )
    noise = thermal_noise(
        dataclasses.replace(annotation, range_vectors=timeless), SHAPE, timing=TIMING
    )
    assert noise.notes == ()
    expected = thermal_noise(annotation, SHAPE).power(*WHOLE)
    np.testing.assert_array_equal(noise.power(*WHOLE), expected)


def test_old_annotation_is_cut_at_the_sub_swaths_and_has_no_scalloping():
    """Before IPF 2.90 nodes run across borders without knowing of them."""
    old = [
        vector(line, {0: 100, 40: 90, 80: 80, 120: 300, 160: 280, 299: 200}) for line in (0, 399)
    ]
    bounds = [SwathBounds("IW1", 0, 399, 0, 99), SwathBounds("IW2", 0, 399, 100, 299)]
    noise = thermal_noise(annotated(old, []), SHAPE, bounds).power(*WHOLE)
    assert np.ptp(noise, axis=0).max() == 0
    assert noise[0, 99] == pytest.approx(80 - 10 * 19 / 40)
    assert noise[0, 100] == pytest.approx(300 + 20 * 20 / 40)


def test_without_azimuth_vectors_and_bounds_the_image_is_one_block():
    """Stripmap of S1C."""
    vectors = [vector(0, {0: 100, 299: 200}), vector(399, {0: 120, 299: 240})]
    noise = thermal_noise(annotated(vectors, []), SHAPE).power(*WHOLE)
    line, sample = np.mgrid[:400, :300]
    expected = (100 + 100 * sample / 299) * (1 + 0.2 * line / 399)
    np.testing.assert_allclose(noise, expected, rtol=1e-6)


def test_tables_of_zeros_are_said_to_be_zero():
    """IPF 2.36 wrote such."""
    empty = annotated([vector(0, {0: 0, 299: 0}), vector(399, {0: 0, 299: 0})], [])
    noise = thermal_noise(empty, SHAPE)
    assert noise.is_zero
    assert not noise.power(*WHOLE).any()
    assert not thermal_noise(two_swaths(), SHAPE).is_zero


@pytest.mark.parametrize(
    ("version", "mode", "factor"),
    [
        ((2, 31), "EW", 56065.87 * 1087),
        ((2, 36), "EW", 56065.87 * 1087**2),
        ((2, 43), "IW", 75088.7 * 1087**2),
    ],
)
def test_the_earliest_noise_is_scaled_by_the_processors_factor(version, mode, factor):
    tiny = annotated([vector(0, {0: 2000 / factor, 299: 1000 / factor})], [])
    noise = thermal_noise(tiny, SHAPE, scale=NoiseScale(version, mode, 1087.0))
    np.testing.assert_allclose(noise.power(slice(0, 1), slice(0, 1)), 2000, rtol=1e-6)
    assert noise.notes == ()


def test_noise_that_is_already_scaled_is_taken_as_it_is():
    noise = thermal_noise(two_swaths(), SHAPE, scale=NoiseScale((2, 43), "EW", 1087.0))
    np.testing.assert_array_equal(
        noise.power(*WHOLE), thermal_noise(two_swaths(), SHAPE).power(*WHOLE)
    )


@pytest.mark.parametrize(
    "scale", [NoiseScale((2, 36), "S3", 300.0), NoiseScale((3, 52), "EW", 1087.0)]
)
def test_noise_whose_factor_is_not_known_stays_in_and_is_said_so(scale):
    tiny = annotated([vector(0, {0: 2e-7, 299: 1e-7})], [])
    noise = thermal_noise(tiny, SHAPE, scale=scale)
    assert noise.is_zero
    assert "it stays in" in noise.notes[0]

"""Pixels counted by the flags that they carry."""

from __future__ import annotations

import numpy as np

from icepair.conventions import S1_UNANSWERED, S2_UNANSWERED, S1Flag, S2Flag
from icepair.pair import reasons
from icepair.pair.reasons import FlagCounts, reasons_in_words


def test_a_pixel_counts_under_each_of_its_flags_whatever_the_blocks() -> None:
    rng = np.random.default_rng(5)
    flags = {"s1_flags": rng.integers(0, 32, (70, 30), np.uint8)}
    flags["s2_flags"] = rng.integers(0, 256, (70, 30), np.uint8)
    counts = FlagCounts()
    for rows in (slice(0, 13), slice(13, 70)):
        counts.add({name: array[rows] for name, array in flags.items()})
    for side, kinds in (("s1", S1Flag), ("s2", S2Flag)):
        found = counts.reasons(side)
        assert list(found) == [flag.name.lower() for flag in kinds]
        for flag in kinds:
            has_it = (flags[f"{side}_flags"] & flag) != 0
            assert found[flag.name.lower()] == {"pixels": has_it.sum(), "share": has_it.mean()}


def test_reasons_are_told_largest_first_and_remarks_left_out() -> None:
    counts = FlagCounts()
    s2 = np.zeros(10_000, np.uint8)
    s2[:1200] = S2Flag.OPAQUE_CLOUD
    s2[1000:4000] |= int(S2Flag.LAND)
    s2[:6000] |= int(S2Flag.CIRRUS)
    s2[9996:] = S2Flag.SATURATED
    counts.add({"s1_flags": np.zeros(10_000, np.uint8), "s2_flags": s2})
    assert reasons_in_words(counts.reasons("s2")) == "30.0 % land, 12.0 % under cloud"
    assert not reasons_in_words(counts.reasons("s1"))


def test_every_flag_that_withholds_an_answer_has_words() -> None:
    for kinds, unanswered in ((S1Flag, S1_UNANSWERED), (S2Flag, S2_UNANSWERED)):
        for flag in kinds:
            assert (flag.name.lower() in reasons._WORDS) == bool(flag & unanswered)

"""A stop that was swallowed, or had to wait, takes effect at the next safe place."""

from __future__ import annotations

import pytest

from icepair import _stop
from icepair.pipeline.steps import Steps


def swallowed():
    with pytest.raises(KeyboardInterrupt):
        _stop.request(KeyboardInterrupt())


def test_a_swallowed_stop_comes_back_at_the_end_of_the_step():
    steps = Steps()

    def swallow_in_a_step():
        with steps.step("align"):
            swallowed()

    with pytest.raises(KeyboardInterrupt):
        swallow_in_a_step()
    with steps.step("next"):
        pass
    assert list(steps.seconds) == ["align_s", "next_s"]


def test_a_shielded_stop_waits_for_the_end_of_the_shield():
    reached = []

    def work():
        with _stop.shielded():
            _stop.request(SystemExit(143))
            reached.append("inside")
        reached.append("outside")

    with pytest.raises(SystemExit, match="143"):
        work()
    assert reached == ["inside"]
    _stop.check()

"""A stop whose exception was swallowed takes effect at the end of the step."""

from __future__ import annotations

import pytest

from icepair.pipeline import stop
from icepair.pipeline.steps import Steps


def test_a_swallowed_stop_comes_back_at_the_end_of_the_step():
    steps = Steps()

    def swallow_in_a_step():
        with steps.step("align"):
            stop.request(KeyboardInterrupt())

    with pytest.raises(KeyboardInterrupt):
        swallow_in_a_step()
    with steps.step("next"):
        pass
    assert list(steps.seconds) == ["align_s", "next_s"]

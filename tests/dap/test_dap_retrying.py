"""How long to wait, for how many tries, and what a server may ask for."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from icepair.dap.fault import Fault
from icepair.dap.http.bodies import SilenceFault
from icepair.dap.http.retrying import Budget, Persistence, wait_asked_for
from icepair.options import Options


def waits_of(faults: list[Fault], options: Options, budget: Budget | None = None) -> list[float]:
    """Waits of a request that meets these faults and then succeeds."""
    waited: list[float] = []
    coming = iter(faults)

    def once() -> None:
        for fault in coming:
            raise fault

    Persistence(options, budget or Budget(), waited.append).run(once)
    return waited


def test_waits_double_and_are_never_the_same() -> None:
    options = Options(backoff_s=1.0, attempts=9)
    waits = waits_of([Fault("x")] * 8, options)
    for number, wait in enumerate(waits):
        assert min(2.0**number, 30) <= wait <= min(2.0**number, 30) + 1
    assert waits != waits_of([Fault("x")] * 8, options)


def test_what_a_server_asks_for_is_bounded() -> None:
    options = Options(backoff_s=0.01)
    waits = waits_of([Fault("x", wait_s=7.0), Fault("x", wait_s=9e9)], options)
    assert waits == [7.0, 120.0]


@pytest.mark.parametrize("fault", [Fault("x", again=False), SilenceFault("x"), Fault("x")])
def test_the_last_fault_is_told(fault: Fault) -> None:
    persistence = Persistence(Options(attempts=4), Budget(), lambda _: None)

    def once() -> None:
        raise fault

    with pytest.raises(Fault, match="x") as caught:
        persistence.run(once)
    assert caught.value is fault
    assert persistence.tries == {False: 1}.get(fault.again, 2 if type(fault) is not Fault else 4)


def test_other_errors_pass_at_once() -> None:
    persistence = Persistence(Options(), Budget(), lambda _: None)
    with pytest.raises(ZeroDivisionError, match="division"):
        persistence.run(lambda: 1 / 0)
    assert persistence.tries == 1


def test_spent_tries_are_forgotten_after_a_while() -> None:
    budget = Budget(seconds=0.1)
    assert [budget.take(2) for _ in range(3)] == [True, True, False]
    budget.give_back(1)
    assert [budget.take(2) for _ in range(2)] == [True, False]
    time.sleep(0.15)
    assert budget.take(1)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("17", 17.0), (" 0 ", 0.0), ("9" * 50, 999_999_999.0), ("", None), ("soon", None),
     ("-3", None), ("١", None), ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0), ("99 Jan 99 99:99", None)],
)  # fmt: skip
def test_retry_after(text: str, seconds: float | None) -> None:
    assert wait_asked_for({"Retry-After": text}) == seconds


def test_retry_after_a_date() -> None:
    later = datetime.now(UTC) + timedelta(seconds=50)
    wait = wait_asked_for({"Retry-After": format_datetime(later, usegmt=True)})
    assert wait is not None
    assert 45 < wait <= 50
    assert wait_asked_for({}) is None

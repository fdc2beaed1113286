"""How long to wait, for how many tries, and what a server may ask for."""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from icepair.dap.fault import Fault
from icepair.dap.http.bodies import SilenceFault
from icepair.dap.http.retrying import Budget, Persistence, wait_asked_for
from icepair.options import Options

SERVER = "https://a.example"


def waits_of(faults: list[Fault], options: Options, budget: Budget | None = None) -> list[float]:
    """Waits of a request that meets these faults and then succeeds."""
    waited: list[float] = []
    coming = iter(faults)

    def once() -> None:
        for fault in coming:
            raise fault

    Persistence(SERVER, options, budget or Budget(), waited.append).run(once)
    return waited


def test_waits_double_and_are_never_the_same() -> None:
    options = Options(backoff_s=1.0, attempts=9)
    waits = waits_of([Fault("x")] * 8, options)
    for number, wait in enumerate(waits):
        assert min(2.0**number, 30) <= wait <= min(2.0**number, 30) + 1
    assert waits != waits_of([Fault("x")] * 8, options)


def test_what_a_server_asks_for_is_done() -> None:
    options = Options(backoff_s=0.01)
    assert waits_of([Fault("x", wait_s=7.0), Fault("x", wait_s=120.0)], options) == [7.0, 120.0]


def test_a_server_that_asks_for_more_than_anybody_waits_is_left_at_once() -> None:
    persistence = Persistence(SERVER, Options(), Budget(), lambda _: None)

    def once() -> None:
        raise Fault("x", wait_s=3541.0)

    with pytest.raises(Fault, match="x"):
        persistence.run(once)
    assert persistence.tries == 1
    assert persistence.ended_by == "the server asks to come back in 60 min"


def test_long_waits_are_told(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="icepair"):
        waits_of([Fault("no", wait_s=1.0), Fault("busy", wait_s=42.0)], Options(backoff_s=0.01))
    assert caplog.messages == ["https://a.example: busy; try 3 of 5 follows in 42 s"]


@pytest.mark.parametrize("fault", [Fault("x", again=False), SilenceFault("x"), Fault("x")])
def test_the_last_fault_is_told(fault: Fault) -> None:
    persistence = Persistence(SERVER, Options(attempts=4), Budget(), lambda _: None)

    def once() -> None:
        raise fault

    with pytest.raises(Fault, match="x") as caught:
        persistence.run(once)
    assert caught.value is fault
    assert persistence.tries == {False: 1}.get(fault.again, 2 if type(fault) is not Fault else 4)


def test_other_errors_pass_at_once() -> None:
    persistence = Persistence(SERVER, Options(), Budget(), lambda _: None)
    with pytest.raises(ZeroDivisionError, match="division"):
        persistence.run(lambda: 1 / 0)
    assert persistence.tries == 1


def test_spent_tries_are_forgotten_after_a_while() -> None:
    budget = Budget(seconds=0.1)
    spent = "2 to https://a.example have led to nothing within 0.1 s (ICEPAIR_RETRY_BUDGET)"
    assert [budget.take(SERVER, 2) for _ in range(3)] == ["", "", spent]
    budget.give_back(SERVER, 1)
    assert [budget.take(SERVER, 2) for _ in range(2)] == ["", spent]
    time.sleep(0.15)
    assert budget.take(SERVER, 2) == ""


def test_a_server_that_is_down_takes_nothing_from_another() -> None:
    budget = Budget()
    assert [bool(budget.take("http://down", 3)) for _ in range(5)] == [False] * 3 + [True] * 2
    assert budget.take(SERVER, 3) == ""


def test_many_servers_that_are_down_end_all_patience() -> None:
    budget = Budget()
    assert not any(budget.take(f"http://{host}", 2) for host in range(10))
    assert budget.take(SERVER, 2).startswith("10 to several servers have led to nothing")


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

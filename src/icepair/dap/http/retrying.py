"""When the same request is sent again."""

from __future__ import annotations

import email.utils
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TypeVar

import tenacity

from icepair.dap.fault import Fault
from icepair.dap.http.bodies import SilenceFault
from icepair.options import Options

__all__ = ["Budget", "Persistence", "wait_asked_for"]

T = TypeVar("T")

_LONGEST_WAIT_S = 30.0
_LONGEST_ASKED_S = 120.0
_MOST_SILENCES = 2
"""Each of them has already cost the whole timeout."""


class Budget:
    """Further tries that a whole process may make.

    Where a server is down every request fails: without a budget thousands of them would each be
    patient on their own. Tries that led to a reply are given back, so that a link which loses one
    reply in ten does not use it up.

    Parameters
    ----------
    seconds : float
        After which a try that led to nothing is forgotten.
    """

    def __init__(self, seconds: float = 600.0) -> None:
        self.seconds = seconds
        self._lock = threading.Lock()
        self._spent: deque[float] = deque()

    def take(self, most: int) -> bool:
        """Spend one try, unless so many are spent already."""
        now = time.monotonic()
        with self._lock:
            while self._spent and now - self._spent[0] > self.seconds:
                self._spent.popleft()
            if len(self._spent) >= most:
                return False
            self._spent.append(now)
            return True

    def give_back(self, count: int) -> None:
        """Restore tries that led to a reply."""
        with self._lock:
            for _ in range(min(count, len(self._spent))):
                self._spent.pop()


class Persistence:
    """Tries of one request, and what they came to.

    Parameters
    ----------
    options : Options
        Most tries, waits between them, and what the process may spend.
    budget : Budget
        Of the process.
    sleep : callable
        Waits so many seconds; may raise.
    """

    def __init__(self, options: Options, budget: Budget, sleep: Callable[[float], None]) -> None:
        self._attempts = options.attempts
        self._most = options.retry_budget
        self._budget = budget
        self._backoff = tenacity.wait_exponential(
            multiplier=options.backoff_s, max=_LONGEST_WAIT_S
        ) + tenacity.wait_random(0, options.backoff_s)
        self._sleep = sleep
        self._silences = 0
        self.tries = 0
        """Made so far."""
        self.ended_by = ""
        """Why no further try was made, where that is not plain; a clause."""

    def run(self, once: Callable[[], T]) -> T:
        """What `once` returns, tried again while that may help.

        Raises
        ------
        Fault
            Of the last try.
        """
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(_may_pass),
            stop=self._enough,
            wait=self._wait,
            sleep=self._sleep,
            reraise=True,
        )
        result: T = retrying(self._counted, once)
        self._budget.give_back(self.tries - 1)
        return result

    def _counted(self, once: Callable[[], T]) -> T:
        self.tries += 1
        return once()

    def _enough(self, state: tenacity.RetryCallState) -> bool:
        self._silences += isinstance(_fault_of(state), SilenceFault)
        if state.attempt_number >= self._attempts or self._silences >= _MOST_SILENCES:
            return True
        if self._budget.take(self._most):
            return False
        self.ended_by = (
            f"{self._most} have led to nothing within {self._budget.seconds:g} s, all that a "
            "process makes (ICEPAIR_RETRY_BUDGET)"
        )
        return True

    def _wait(self, state: tenacity.RetryCallState) -> float:
        fault = _fault_of(state)
        asked = min(fault.wait_s or 0.0, _LONGEST_ASKED_S) if fault else 0.0
        return max(float(self._backoff(state)), asked)


def wait_asked_for(headers: Mapping[str, str]) -> float | None:
    """Seconds of ``Retry-After``, given as a number or a date; None where it is neither."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        when = email.utils.parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0.0, (when - datetime.now(UTC)).total_seconds())


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, Fault) and error.again


def _fault_of(state: tenacity.RetryCallState) -> Fault | None:
    error = state.outcome.exception() if state.outcome else None
    return error if isinstance(error, Fault) else None

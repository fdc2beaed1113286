"""When the same request is sent again."""

from __future__ import annotations

import email.utils
import logging
import math
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TypeVar

import tenacity

from icepair.dap.fault import Fault
from icepair.dap.http.bodies import SilenceFault
from icepair.options import Options

__all__ = ["Budget", "Persistence", "wait_asked_for"]

T = TypeVar("T")

_log = logging.getLogger("icepair")

_LONGEST_WAIT_S = 30.0
_LONGEST_ASKED_S = 120.0
_WORTH_TELLING_S = 5.0
_WHOLE_PROCESS = 5
"""So many times what one server is given."""
_MOST_SILENCES = 2
"""Each of them has already cost the whole timeout."""


class Budget:
    """Further tries that a whole process may make, of each server and in all.

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
        self._spent: defaultdict[str, deque[float]] = defaultdict(deque)

    def take(self, server: str, most: int) -> str:
        """Spend one try of a server.

        Returns
        -------
        str
            Empty; where so many are spent already, or five times as many of all servers, a clause
            that says so, and nothing is spent.
        """
        now = time.monotonic()
        with self._lock:
            for spent in self._spent.values():
                while spent and now - spent[0] > self.seconds:
                    spent.popleft()
            in_all = sum(map(len, self._spent.values()))
            over = f"have led to nothing within {self.seconds:g} s (ICEPAIR_RETRY_BUDGET)"
            if len(self._spent[server]) >= most:
                return f"{most} to {server} {over}"
            if in_all >= most * _WHOLE_PROCESS:
                return f"{in_all} to several servers {over}"
            self._spent[server].append(now)
            return ""

    def give_back(self, server: str, count: int) -> None:
        """Restore tries of a server that led to a reply."""
        with self._lock:
            spent = self._spent[server]
            for _ in range(min(count, len(spent))):
                spent.pop()


class Persistence:
    """Tries of one request, and what they came to.

    Parameters
    ----------
    server : str
        Whose tries they are: scheme, host and port.
    options : Options
        Most tries, waits between them, and what the process may spend.
    budget : Budget
        Of the process.
    sleep : callable
        Waits so many seconds; may raise.
    """

    def __init__(
        self, server: str, options: Options, budget: Budget, sleep: Callable[[float], None]
    ) -> None:
        self._server = server
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
            before_sleep=self._announce,
            sleep=self._sleep,
            reraise=True,
        )
        result: T = retrying(self._counted, once)
        self._budget.give_back(self._server, self.tries - 1)
        return result

    def _counted(self, once: Callable[[], T]) -> T:
        self.tries += 1
        return once()

    def _enough(self, state: tenacity.RetryCallState) -> bool:
        fault = _fault_of(state)
        self._silences += isinstance(fault, SilenceFault)
        if state.attempt_number >= self._attempts or self._silences >= _MOST_SILENCES:
            return True
        asked_s = fault.wait_s if fault else None
        if asked_s is not None and asked_s > _LONGEST_ASKED_S:
            self.ended_by = f"the server asks to come back in {math.ceil(asked_s / 60)} min"
        else:
            self.ended_by = self._budget.take(self._server, self._most)
        return bool(self.ended_by)

    def _wait(self, state: tenacity.RetryCallState) -> float:
        fault = _fault_of(state)
        asked_s = (fault.wait_s or 0.0) if fault else 0.0
        return max(float(self._backoff(state)), asked_s)

    def _announce(self, state: tenacity.RetryCallState) -> None:
        fault, action = _fault_of(state), state.next_action
        if fault and action and action.sleep > _WORTH_TELLING_S:
            _log.info(
                "%s: %s; try %d of %d follows in %.0f s",
                self._server,
                fault.what,
                self.tries + 1,
                self._attempts,
                action.sleep,
            )


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

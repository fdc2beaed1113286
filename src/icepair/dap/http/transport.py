"""Requests to one server: sent, checked, repeated where that helps, and explained where not."""

from __future__ import annotations

import errno
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

import requests
import urllib3

from icepair import _stop
from icepair.dap.address import is_loopback
from icepair.dap.fault import Fault, OtherwiseFault
from icepair.dap.http.bodies import Body, ByteSource, Limits, SilenceFault, Wire
from icepair.dap.http.causes import causes_of, is_timeout
from icepair.dap.http.credentials import Credentials
from icepair.dap.http.job import current_job
from icepair.dap.http.origins import Origin, next_hop, parted, shown
from icepair.dap.http.pools import (
    Adapter,
    HostSlots,
    ending_when,
    interrupt,
    interruptible_sleep,
)
from icepair.dap.http.replies import REDIRECTS, Reply, refuse_status, refuse_web_page
from icepair.dap.http.retrying import Budget, Persistence
from icepair.dap.meter import Meter, Reading
from icepair.dap.words import shortened
from icepair.errors import RefusedError, UnreachableError
from icepair.options import Options

__all__ = ["ByteSource", "Meter", "Reading", "Reply", "Transport"]

T = TypeVar("T")

_MOST_HOPS = 5
_SMALL_BYTES = 1 << 16
_LOST = "Try again; if it goes on, the server or a proxy on the way cuts or changes its replies."
_LATER = "Try again later, or tell the server's operators."
_NETWORK = "Check the address and the network"
_IN_VAIN = "Another try would end the same; check the address, or tell the server's operators."

_LIBRARY_ERRORS = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    http.client.HTTPException,
    OSError,
    ValueError,
)

_slots = HostSlots()
_budget = Budget()


class Transport:
    """Requests to the server of one dataset; any number of threads may share it.

    Parameters
    ----------
    address : str
        As the user gave it; a sign-in in it is cut out at once.
    options : Options
        Timeouts, tries, sign-in.
    meter : Meter
        Counts what travels.
    lane : str
        Requests of another lane do not wait for each other's turn at a host.

    Attributes
    ----------
    address : str
        Without sign-in.

    Raises
    ------
    UsageError
        The address is none, or a sign-in cannot be used.
    """

    def __init__(self, address: str, options: Options, meter: Meter, *, lane: str = "") -> None:
        self._lane = lane
        self.address, login = parted(address)
        self._options = options
        self._meter = meter
        self._credentials = Credentials(self.address, login, options)
        self._limits = Limits(
            options.read_timeout_s, options.request_timeout_s, options.least_bytes_per_s
        )
        self._session = requests.Session()
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, Adapter(pool_maxsize=options.workers))
        self._environment: dict[str, tuple[bool | str, dict[str, str]]] = {}
        self._closed = threading.Event()
        self._threads: set[int] = set()
        self._open: set[requests.Response] = set()

    def __repr__(self) -> str:
        return f"Transport({shown(self.address)!r})"

    def fetch(
        self,
        url: str,
        consume: Callable[[Reply], T],
        *,
        about: str,
        expected_bytes: int | None = None,
    ) -> T:
        """What `consume` makes of a reply; sent again, and consumed again, where that helps.

        Parameters
        ----------
        url : str
            What to get.
        consume : callable
            Reads and decodes the whole body; raises `Fault` where it is not what was asked for.
            It must not fetch by itself.
        about : str
            What is read, for messages: variable and window.
        expected_bytes : int, optional
            About how long the reply will be, for messages.

        Raises
        ------
        OtherwiseFault
            The same may be had by another request: a smaller one, or of the other protocol.
        RemoteError
            No try has worked. The message names address, subject, tries and the server's words.
        """
        clean, _ = parted(url)
        persistence = Persistence(str(Origin.of(clean)), self._options, _budget, self._sleep)
        failure: Fault
        try:
            return persistence.run(lambda: self._once(clean, consume, expected_bytes))
        except Fault as fault:
            # A secret cut in two would not be found any more.
            fault.words = shortened(self._credentials.without_secrets(fault.words))
            if isinstance(fault, OtherwiseFault):
                raise
            failure = fault
        # Outside the handler, so that nothing that knows the request's headers hangs on the error.
        error = failure.kind(self._message(failure, about, persistence))
        error.temporary = failure.again
        raise error

    def close(self) -> None:
        """Close all connections; requests still under way fail, and waiting threads wake."""
        self._closed.set()
        for thread in list(self._threads):
            interrupt(thread)
        for response in list(self._open):
            with suppress(Exception):
                response.raw.shutdown()
        self._session.close()

    def _once(self, url: str, consume: Callable[[Reply], T], expected_bytes: int | None) -> T:
        turn = f"{Origin.of(url)} {self._lane}"
        with _slots.slot(turn, self._options.workers, self._look), self._meter.running():
            response, started = self._after_redirects(url)
            self._open.add(response)
            job = current_job()
            try:
                if job is not None:
                    job.reading(response)
                wire = Wire(response.raw, self._limits, self._meter, started, expected_bytes)
                body = Body(wire, response.headers.get("Content-Encoding", ""))
                self._refuse(response, body)
                reply = Reply(response.headers, body, str(response.url))
                result = consume(reply)
                body.close_exactly()
                return result
            finally:
                self._open.discard(response)
                if job is not None:
                    job.done(response)
                response.close()

    def _refuse(self, response: requests.Response, body: Body) -> None:
        status = response.status_code
        if status != 200:
            raise refuse_status(
                status, response.headers, body, self._credentials.tried(str(response.url))
            )
        refuse_web_page(body, response.headers)

    def _after_redirects(self, url: str) -> tuple[requests.Response, float]:
        for _ in range(_MOST_HOPS + 1):
            started = time.monotonic()
            response = self._sent(url)
            location = response.headers.get("Location")
            if response.status_code not in REDIRECTS or not location:
                return response, started
            self._discard(response, started)
            url = next_hop(url, location)
        raise Fault(
            f"the server redirects more than {_MOST_HOPS} times, last to {shown(url)!r}",
            kind=RefusedError,
            again=False,
            advice="Its sign-in may need a cookie or a token.",
        )

    def _discard(self, response: requests.Response, started: float) -> None:
        """Read what little comes with a redirect, so that its connection can be used again."""
        with suppress(Fault):
            Body(Wire(response.raw, self._limits, self._meter, started)).peek(_SMALL_BYTES)
        response.close()

    def _sent(self, url: str) -> requests.Response:
        self._look()
        failure: Fault
        thread, job = threading.get_ident(), current_job()
        self._threads.add(thread)
        if job is not None:
            job.sending(thread)
        try:
            prepared = self._prepared(url)
            verify, proxies = self._surroundings(url)
            self._meter.add_request()
            with ending_when(self._is_over):
                response = self._session.get_adapter(url).send(
                    prepared,
                    timeout=(self._options.connect_timeout_s, self._options.read_timeout_s),
                    stream=True,
                    verify=verify,
                    proxies=proxies,
                )
        except _LIBRARY_ERRORS as error:
            failure = self._unsent(error, url)
        else:
            self._credentials.keep(url, response.cookies)
            return response
        finally:
            self._threads.discard(thread)
            if job is not None:
                job.sent(thread)
        raise failure

    def _surroundings(self, url: str) -> tuple[bool | str, dict[str, str]]:
        """Authorities to trust and proxies, from the environment as it is at the first request."""
        origin = str(Origin.of(url))
        if origin not in self._environment:
            # What signs in to this machine in the clear must not leave it.
            own = is_loopback(Origin.of(url).host)
            found = self._session.merge_environment_settings(url, {}, True, True, None)
            self._environment[origin] = (
                found["verify"] or True,
                {} if own else dict(found["proxies"]),
            )
        return self._environment[origin]

    def _prepared(self, url: str) -> requests.PreparedRequest:
        """Request with the sign-in that this address may see.

        Prepared without the session, which would look into .netrc by itself and keep one jar for
        all servers.
        """
        encoding = "gzip" if self._options.compress else "identity"
        prepared = requests.PreparedRequest()
        prepared.prepare(
            method="GET",
            url=url,
            headers={
                "User-Agent": "icepair",
                "Accept": "*/*",
                "Accept-Encoding": encoding,
                "Connection": "keep-alive",
                **self._credentials.headers(url),
            },
            auth=lambda request: request,
        )
        return prepared

    def _unsent(self, error: Exception, url: str) -> Fault:
        causes = causes_of(error)
        host = str(Origin.of(url))
        if any(isinstance(cause, requests.ConnectTimeout) for cause in causes):
            seconds = self._options.connect_timeout_s
            return Fault(f"no connection to {host} within {seconds:g} s", kind=UnreachableError)
        if any(is_timeout(cause) for cause in causes):
            return SilenceFault(f"no answer within {self._options.read_timeout_s:g} s")
        for cause in causes:
            if isinstance(cause, ssl.SSLCertVerificationError):
                return _untrusted(host, cause)
            if isinstance(cause, socket.gaierror):
                passing = cause.errno == socket.EAI_AGAIN
                return Fault(f"the host of {host} is not known", kind=UnreachableError,
                             again=passing)  # fmt: skip
        through = " through the proxy" if _by_proxy(causes) else ""
        reason = _reason(causes)
        return Fault(f"no answer from {host}{through} ({reason})", kind=UnreachableError)

    def _look(self) -> None:
        """Stop waiting where somebody wants to.

        Raises
        ------
        Fault
            This transport was closed, or the job that the request belongs to was stopped.
        KeyboardInterrupt, SystemExit
            A stop was requested. Only the main thread may raise it: elsewhere it would be lost.
        """
        if threading.current_thread() is threading.main_thread():
            _stop.check()
        if self._is_over():
            raise Fault("reading was stopped", kind=UnreachableError, again=False)

    def _is_over(self) -> bool:
        job = current_job()
        return self._closed.is_set() or (job is not None and job.is_stopped)

    def _sleep(self, seconds: float) -> None:
        interruptible_sleep(seconds, self._look)

    def _message(self, fault: Fault, about: str, persistence: Persistence) -> str:
        tries = f" ({persistence.tries} tries)" if persistence.tries > 1 else ""
        ended = f" No further try: {persistence.ended_by}." if persistence.ended_by else ""
        words = f" The server said: {fault.words!r}." if fault.words else ""
        text = (
            f"{shown(self.address)}, {about}: {fault.what}{tries}.{words}{ended} {_advice(fault)}"
        )
        return self._credentials.without_secrets(text)


def _advice(fault: Fault) -> str:
    if fault.advice:
        return fault.advice
    if fault.kind is UnreachableError:
        return f"{_NETWORK}, or try again later." if fault.again else f"{_NETWORK}."
    if not fault.again:
        return _IN_VAIN
    return _LATER if fault.words else _LOST


def _untrusted(host: str, error: ssl.SSLCertVerificationError) -> Fault:
    return Fault(
        f"the certificate of {host} is not trusted ({error.verify_message})",
        kind=UnreachableError,
        again=False,
        advice="If it is your organisation's own, set REQUESTS_CA_BUNDLE to the file of its "
        "authority.",
    )


def _by_proxy(causes: list[BaseException]) -> bool:
    return any(isinstance(cause, requests.exceptions.ProxyError) for cause in causes)


def _reason(causes: list[BaseException]) -> str:
    """The innermost plain cause; the texts of the libraries' own errors may quote the request."""
    for cause in reversed(causes):
        if isinstance(cause, OSError) and cause.errno is not None and cause.strerror:
            name = errno.errorcode.get(cause.errno, "")
            return f"{cause.strerror}, {name}" if name else str(cause.strerror)
        if isinstance(cause, OSError) and str(cause).startswith("Tunnel connection failed"):
            return str(cause)
        if isinstance(cause, http.client.RemoteDisconnected):
            return "it closed the connection without a word"
    return "what came is no reply of HTTP"

"""The body of a reply, byte by byte as it arrives, and proof that it arrived whole."""

from __future__ import annotations

import http.client
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from icepair.dap.fault import Fault
from icepair.dap.http.causes import causes_of, is_timeout
from icepair.dap.http.watch import in_time
from icepair.dap.meter import Meter
from icepair.errors import BrokenReplyError, UnreachableError

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

__all__ = [
    "Body",
    "ByteSource",
    "Limits",
    "SilenceFault",
    "Wire",
    "announced_length",
]

_PIECE = 1 << 20
_COMPRESSED_PIECE = 1 << 16
_GZIP = zlib.MAX_WBITS | 16
_BODILESS = (204, 304)
"""They may announce the length of what they do not send."""


class ByteSource(Protocol):
    """Bytes of a reply in order, without compression."""

    def readinto(self, buffer: memoryview | bytearray) -> int:
        """Put what has arrived at the start of a buffer.

        Returns
        -------
        int
            Bytes put, at least one; 0 only at the proven end of the reply, or for an empty buffer.

        Raises
        ------
        Fault
            The reply broke, fell silent, or ended where it should not.
        """
        ...


class SilenceFault(Fault):
    """The server stopped sending, or sends too slowly to be of use."""

    def __init__(self, what: str) -> None:
        super().__init__(
            what,
            kind=UnreachableError,
            advice="Try again when the server or the link is less busy; ICEPAIR_READ_TIMEOUT_S, "
            "ICEPAIR_REQUEST_TIMEOUT_S and ICEPAIR_LEAST_BYTES_PER_S say how patient icepair is.",
        )


@dataclass(frozen=True)
class Limits:
    """How long a reply may take."""

    silence_s: float
    """Longest time without a byte; also the time over which the rate is judged."""
    whole_s: float
    """Longest time from the request to the last byte."""
    least_bytes_per_s: float
    """Slower is given up."""


class Wire:
    """Body as it travels, counted and timed.

    Parameters
    ----------
    response : urllib3 response
        Nothing of it read yet.
    limits : Limits
        When to give up.
    meter : Meter
        Counts the bytes.
    started : float
        When the request was sent, by `time.monotonic`.
    expected_bytes : int, optional
        About how long the body will be, for messages; an announced length is preferred.
    """

    def __init__(
        self,
        response: BaseHTTPResponse,
        limits: Limits,
        meter: Meter,
        started: float,
        expected_bytes: int | None = None,
    ) -> None:
        self._response = response
        self._limits = limits
        self._meter = meter
        self._started = started
        told = None if response.status in _BODILESS else response.headers.get("Content-Length")
        self._length = announced_length(told)
        self._count = 0
        # Only time spent waiting for the server counts: the consumer may take its own.
        self._waited_s, self._came = 0.0, 0
        self._expected = expected_bytes if self._length is None else self._length

    def read(self, most: int) -> bytes:
        """What has arrived, at most so many bytes; empty at the end."""
        begun = time.monotonic()
        failure, data = None, b""
        left_s = min(self._limits.silence_s, self._started + self._limits.whole_s - begun)
        try:
            # One read takes the head of a chunk, or the trailers, line by line.
            with in_time(left_s, self._response.shutdown):
                data = self._response.read1(most, decode_content=False) or b""
        except Exception as error:
            failure = self._failure(error)
        if failure is not None:
            # Outside the handler: what the libraries raise leads to the request with its headers.
            raise failure
        self._count += len(data)
        self._meter.add_bytes(len(data))
        if data:
            self._judge_pace(begun, len(data))
        elif self._length is not None and self._count != self._length:
            # The library checks the same, unless somebody switches that off.
            raise Fault(f"the reply ended after {self._progress()}")
        return data

    def _judge_pace(self, begun: float, count: int) -> None:
        now = time.monotonic()
        self._waited_s += now - begun
        self._came += count
        if now - self._started > self._limits.whole_s:
            raise self._unfinished()
        if self._waited_s < self._limits.silence_s:
            return
        if self._came < self._limits.least_bytes_per_s * self._waited_s:
            raise SilenceFault(
                f"the reply crept along at {self._came / self._waited_s:.0f} bytes/s, fewer than "
                f"{self._limits.least_bytes_per_s:g}, and was given up after {self._progress()}"
            )
        self._waited_s, self._came = 0.0, 0

    def _failure(self, error: Exception) -> Fault:
        causes = list(causes_of(error))
        if any(is_timeout(cause) for cause in causes):
            if time.monotonic() - self._started >= self._limits.whole_s:
                return self._unfinished()
            return SilenceFault(
                f"nothing arrived for {self._limits.silence_s:g} s, after {self._progress()}"
            )
        if any(isinstance(cause, http.client.IncompleteRead) for cause in causes):
            return Fault(f"the reply ended after {self._progress()}")
        return Fault(f"the connection broke after {self._progress()}")

    def _unfinished(self) -> SilenceFault:
        return SilenceFault(
            f"the reply was not complete after {self._limits.whole_s:g} s, but had "
            f"{self._progress()}"
        )

    def _progress(self) -> str:
        if self._expected is None:
            return f"{self._count} bytes"
        about = "" if self._expected == self._length else "about "
        return f"{self._count} of {about}{self._expected} bytes"


class Body:
    """Body without its compression; the end is reported only when it is proven.

    Parameters
    ----------
    wire : Wire
        Body as it travels.
    encoding : str
        Header ``Content-Encoding``.

    Raises
    ------
    Fault
        An encoding that nobody asked for.
    """

    def __init__(self, wire: Wire, encoding: str = "") -> None:
        names = [name.strip().lower() for name in encoding.split(",")]
        names = [name for name in names if name not in ("", "identity")]
        if names not in ([], ["gzip"], ["x-gzip"]):
            raise Fault(
                f"the reply is encoded as {encoding!r}, which was not asked for",
                kind=BrokenReplyError,
                again=False,
                advice="Tell the server's operators: gzip and nothing are the encodings asked for.",
            )
        self._next: Callable[[int], bytes] = _Inflated(wire).read if names else wire.read
        self._ahead = b""
        self._failure: Fault | None = None

    def readinto(self, buffer: memoryview | bytearray) -> int:
        """See `ByteSource`."""
        view = memoryview(buffer).cast("B")
        if not len(view):
            return 0
        data = self._ahead[: len(view)] or self._read(min(len(view), _PIECE))
        self._ahead = self._ahead[len(data) :]
        view[: len(data)] = data
        return len(data)

    def peek(self, count: int) -> bytes:
        """Next bytes without taking them; fewer where the body ends before."""
        while len(self._ahead) < count:
            data = self._read(count - len(self._ahead))
            if not data:
                break
            self._ahead += data
        return self._ahead[:count]

    def close_exactly(self) -> None:
        """Prove that the body ends here.

        Raises
        ------
        Fault
            Bytes follow that nobody expected, or the end is not proven.
        """
        rest = len(self.peek(_COMPRESSED_PIECE))
        if rest:
            more = "or more " if rest == _COMPRESSED_PIECE else ""
            raise Fault(f"the reply goes on for {rest} bytes {more}after its expected end")

    def _read(self, most: int) -> bytes:
        # A reply that failed once must not look like one that ended.
        if self._failure is not None:
            raise self._failure
        try:
            return self._next(most)
        except Fault as fault:
            self._failure = fault
            raise


class _Inflated:
    """What a gzip stream holds, inflated as far as asked: a small one can hide gigabytes."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._member = zlib.decompressobj(_GZIP)
        self._tail = b""
        self._begun = False

    def read(self, most: int) -> bytes:
        while True:
            data = self._inflate(most)
            if data:
                return data
            if self._member.eof:
                self._tail = self._member.unused_data or self._wire.read(_COMPRESSED_PIECE)
                if not self._tail:
                    return b""
                self._member = zlib.decompressobj(_GZIP)
            elif not self._tail:
                self._tail = self._wire.read(_COMPRESSED_PIECE)
                if not self._tail:
                    return self._end()

    def _inflate(self, most: int) -> bytes:
        problem = ""
        self._begun = self._begun or bool(self._tail)
        try:
            data = self._member.decompress(self._tail, most)
        except zlib.error as error:
            problem = str(error).rpartition(": ")[2]
        if problem:
            raise Fault(f"the compressed reply is damaged ({problem})")
        self._tail = self._member.unconsumed_tail
        return data

    def _end(self) -> bytes:
        if self._begun:
            raise Fault("the compressed reply ended early, without its checksum")
        return b""  # an empty body, as of a 304, is no gzip stream at all


def announced_length(header: str | None) -> int | None:
    """Length in bytes that a reply announces; None where it announces none.

    Raises
    ------
    Fault
        The header holds no length.
    """
    if header is None:
        return None
    # Repeated equal values count as one.
    values = {value.strip() for value in header.split(",")}
    value = values.pop()
    if values or not (value.isascii() and value.isdigit()):
        raise Fault(f"the reply announces a length of {header[:40]!r} bytes")
    return int(value[:20])

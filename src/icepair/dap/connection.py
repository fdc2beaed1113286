"""One dataset on one server: which protocol, what it declares, and parts of it as they arrive."""

from __future__ import annotations

import dataclasses
import math
import threading

from icepair._typing import AnyArray
from icepair.dap.address import Endpoint
from icepair.dap.dialects import READ_ANEW, Dap2, Dap4, Dialect, DoubtFault, Known
from icepair.dap.fault import TooLargeFault
from icepair.dap.http.origins import identity, shown
from icepair.dap.http.transport import Meter, Transport
from icepair.dap.hyperslab import Part
from icepair.dap.protocol.dap4 import ChecksumMissingFault
from icepair.dap.splitting import Request, halves
from icepair.dap.vectors import Coordinates
from icepair.errors import BrokenReplyError, ChangedError, RefusedError, RemoteError
from icepair.options import Options

__all__ = ["Connection", "Piece"]

_HARDLY_TOO_LARGE = 500
"""Bytes: a server that refuses so little refuses everything."""

Piece = tuple[Part, AnyArray]
"""What was asked of a variable, or a part of that, and its values."""


class Connection:
    """Speaks the better of the two protocols that a server has.

    Under ``auto`` the DMR is asked for once. A server that has one is spoken to in DAP4 as long as
    its replies prove themselves by checksums; every other one in DAP2.

    Parameters
    ----------
    address : str
        As people copy it; see `Endpoint.parse`.
    options : Options
        Of this connection.

    Raises
    ------
    RemoteError
        No server, no such dataset, or no protocol that both sides speak.
    """

    def __init__(self, address: str, options: Options) -> None:
        endpoint = Endpoint.parse(address)
        self._endpoint = endpoint
        self.options = options
        self.meter = Meter()
        self._transport = Transport(endpoint.address, options, self.meter)
        self.address = shown(self._transport.address)
        self.identity = identity(self._transport.address)
        # Windows wait for the coordinates that they are compared with, so these must not queue
        # behind windows.
        self._beside = Transport(endpoint.address, options, self.meter, lane="coordinates")
        self._dap2 = Dap2(endpoint, self._transport)
        self._dap4 = Dap4(endpoint, self._transport)
        self._lock = threading.Lock()
        self._has_answered: set[str] = set()
        self._refused_bytes: float = math.inf
        self.most_bytes = options.request_bytes
        wanted = endpoint.forced or options.protocol
        self._may_fall_back = wanted == "auto"
        self.dialect: Dialect = self._dap2
        try:
            self.known = self._declared(wanted)
        except BaseException:
            self.close()
            raise

    def _declared(self, wanted: str) -> Known:
        if wanted == "auto" and (known := self._probed()) is not None:
            self.dialect = self._dap4
            return known
        self.dialect = self._dap4 if wanted == "dap4" else self._dap2
        return Known(*self.dialect.declare(), coordinates=Coordinates())

    def _probed(self) -> Known | None:
        """What the DMR declares; None where there is none.

        A server without DAP4 is asked once. Only what may pass is worth asking again, because
        the cache knows blocks by the protocol that brought them.
        """
        once = dataclasses.replace(self.options, attempts=1)
        for options in (once, self.options):
            transport = Transport(self._endpoint.address, options, self.meter)
            try:
                declared = Dap4(self._endpoint, transport).declare()
                return Known(*declared, coordinates=Coordinates())
            except RemoteError as error:
                if not error.temporary:
                    return None
            finally:
                transport.close()
        return None

    def ask(self, request: Request) -> list[Piece]:
        """Values of all parts of a request; a part may come in pieces.

        Raises
        ------
        RemoteError
            No right reply could be had.
        """
        return self._asked(request, self.known, self._transport, request)

    def ask_beside(self, request: Request) -> list[Piece]:
        """As `ask`, for coordinates: they queue behind nothing and are compared with nothing."""
        known = dataclasses.replace(self.known, coordinates=Coordinates())
        return self._asked(request, known, self._beside, request)

    def _asked(
        self, request: Request, known: Known, transport: Transport, whole: Request
    ) -> list[Piece]:
        """Pieces of a request, asked for as long as there is another way to ask."""
        try:
            if self._is_known_too_large(request):
                return self._in_halves(request, known, transport, whole, "the server refused less")
            values = self.dialect.ask(request, known, transport)
            self._has_answered.add(self.dialect.name)
            return list(zip(request.parts, values, strict=True))
        except TooLargeFault as fault:
            self._learn_limit(request)
            reason = f"{fault.what}. The server said: {fault.words!r}"
            return self._in_halves(request, known, transport, whole, reason)
        except DoubtFault as fault:
            self._settle(fault, whole)
        except ChecksumMissingFault as fault:
            request = self._for_dap2(request, fault.what)
        except (RefusedError, BrokenReplyError) as error:
            if not self._may_fall_back or self._has_answered or self.dialect is self._dap2:
                raise
            # A server may declare by DAP4 what it can only send by DAP2.
            request = self._for_dap2(request, str(error))
        known = dataclasses.replace(self.known, coordinates=known.coordinates)
        return self._asked(request, known, transport, whole)

    def _is_known_too_large(self, request: Request) -> bool:
        return sum(map(self.dialect.wire_bytes, request.parts)) >= self._refused_bytes

    def _settle(self, fault: DoubtFault, whole: Request) -> None:
        """Find out what a tag means by asking for the declaration anew.

        Raises
        ------
        ChangedError
            The dataset has changed.
        """
        with self._lock:
            if self.known.state.has_own_tags:
                return
            _, state = self.dialect.declare()
            if state.text != self.known.state.text:
                raise ChangedError(
                    f"{self.address}, {whole}: the dataset was replaced on the server while it was "
                    f"read ({fault.what}). {READ_ANEW}"
                )
            self.known = dataclasses.replace(self.known, state=state.with_own_tags())

    def _learn_limit(self, request: Request) -> None:
        size = sum(map(self.dialect.wire_bytes, request.parts))
        with self._lock:
            self._refused_bytes = max(_HARDLY_TOO_LARGE, min(self._refused_bytes, size))
            self.most_bytes = max(1, min(self.most_bytes, size // 2))

    def _in_halves(
        self, request: Request, known: Known, transport: Transport, whole: Request, reason: str
    ) -> list[Piece]:
        size = sum(map(self.dialect.wire_bytes, request.parts))
        smaller = halves(request) if size > _HARDLY_TOO_LARGE else None
        if smaller is None:
            raise RefusedError(
                f"{self.address}, {whole}: even {request} is too large: {reason}. Ask its keeper "
                "what it allows."
            )
        return [piece for half in smaller for piece in self._asked(half, known, transport, whole)]

    def _for_dap2(self, request: Request, reason: str) -> Request:
        """The request in DAP2's terms, which all further ones use."""
        if not self._may_fall_back:
            raise BrokenReplyError(
                f"{self.address}, {request}: {reason}. Without checksums DAP4 replies cannot "
                "be trusted; use DAP2 (ICEPAIR_PROTOCOL=dap2)."
            )
        with self._lock:
            if self.dialect is not self._dap2:
                declared = self._dap2.declare()
                self.known = Known(*declared, coordinates=self.known.coordinates)
                self.dialect = self._dap2
        variables = self.known.declaration.variables
        for part in request.parts:
            other = variables.get(part.variable.name)
            if other is None or other.shape != part.variable.shape:
                raise ChangedError(
                    f"{self.address}: {part.variable.name} has shape {part.variable.shape} in DAP4 "
                    f"but {other.shape if other else 'does not exist'} in DAP2. Choose one with "
                    "ICEPAIR_PROTOCOL."
                )
        return Request(
            tuple(
                dataclasses.replace(part, variable=variables[part.variable.name])
                for part in request.parts
            )
        )

    def learn(self, coordinates: Coordinates) -> None:
        """Remember coordinate vectors; what comes with a window must agree with them."""
        with self._lock:
            self.known = dataclasses.replace(self.known, coordinates=coordinates)

    def close(self) -> None:
        """Let go of the network."""
        self._transport.close()
        self._beside.close()

"""A dataset on an OPeNDAP server, read by window."""

from __future__ import annotations

import hashlib
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Self

from icepair._typing import AnyArray
from icepair.dap.assembly import Announced, Target, all_done
from icepair.dap.cache import BlockStore, DatasetStore
from icepair.dap.connection import Connection, Piece
from icepair.dap.cost import Cost
from icepair.dap.declaration import Declaration, Variable
from icepair.dap.http.job import Job
from icepair.dap.http.transport import Meter
from icepair.dap.hyperslab import Hyperslab, Part
from icepair.dap.splitting import Request, requests_for
from icepair.dap.vectors import Coordinates, Vectors, coordinates_of, small_vectors
from icepair.errors import DamagedFileError, RemoteError, UsageError
from icepair.options import Options, current

__all__ = ["RemoteDataset", "Wish"]

Wish = tuple[str, tuple[slice, ...]]
"""Name of a variable and what is wanted of it; an empty tuple is all of it."""

_BEYOND_REASON = 10**12
"""Bytes: what no reader means to ask for."""
_NEARLY_ALL = 0.9
_ABOUT_A_REPLY = 400
"""Bytes of a declaration at the head of a reply."""

Deliver = Callable[[Part, AnyArray], None]


@dataclass
class RemoteDataset:
    """Verified reading of one dataset: through a cache, in few large requests, several at once.

    Every value was sent for the window that it is handed out for, or an error was raised. Reading
    is safe from several threads. A pickled dataset connects anew where it is unpickled.
    """

    connection: Connection
    options: Options
    _blocks: BlockStore | None
    _store: DatasetStore | None

    def __post_init__(self) -> None:
        self._lock = threading.RLock()
        self._keeps_apart = False
        self._small = small_vectors(self.declaration)
        self._vectors: dict[str, Vectors] = {}
        # One thread more than there may be requests for windows: the small vectors come beside.
        self._pool = ThreadPoolExecutor(self.options.workers + 1, thread_name_prefix="icepair-dap")
        self._announced = Announced(self._pool, self._bring)

    @classmethod
    def open(cls, address: str, options: Options | None = None) -> Self:
        """Connect to a dataset and read its declaration.

        Parameters
        ----------
        address : str
            As on the server's page: ``https://server/thredds/dodsC/product.nc``.
        options : Options, optional
            Those in force where None.

        Raises
        ------
        UsageError
            This is no address.
        RemoteError
            No server, no such dataset, not signed in, or a reply that cannot be right.
        """
        options = options or current()
        connection = Connection(address, options)
        blocks = BlockStore(options.cache_dir, options.cache_bytes) if options.cache else None
        return cls(connection, options, blocks, _store_for(connection, blocks))

    @property
    def address(self) -> str:
        """Address without any sign-in."""
        return self.connection.address

    @property
    def declaration(self) -> Declaration:
        """What the dataset holds."""
        return self.connection.known.declaration

    @property
    def protocol(self) -> str:
        """``DAP2`` or ``DAP4``."""
        return self.connection.dialect.name

    @property
    def meter(self) -> Meter:
        """Bytes and requests so far."""
        return self.connection.meter

    def read(self, name: str, selection: tuple[slice, ...] = ()) -> AnyArray:
        """Part of a variable, as stored on the server; see `read_many`."""
        return self.read_many([(name, selection)])[0]

    def read_many(self, wishes: Sequence[Wish]) -> list[AnyArray]:
        """Parts of several variables, in as few requests as sensible.

        Parameters
        ----------
        wishes : sequence of (name, slices)
            Slices inside the array, with steps of 1 or more; an empty tuple is all.

        Returns
        -------
        list of array
            Types as declared, native byte order; no masking, no scaling. Possibly read-only.

        Raises
        ------
        DamagedFileError
            The dataset has no such variable.
        UsageError
            A selection is empty or leaves its array.
        RemoteError
            The values could not be had. Nothing else is handed out in their place.
        """
        parts = [self._part(*wish) for wish in wishes]
        self._begin_with_vectors(parts)
        return self._values(parts)

    def announce(self, wishes: Sequence[Wish]) -> None:
        """Say what will be read in all, so that it can be fetched ahead in few large requests.

        Nothing is read before the first part of it is.
        """
        self.keep()
        gaps = [gap for wish in wishes for gap in self._gaps(self._part(*wish))]
        self._announced.add(self._requests(gaps))

    def keep(self) -> None:
        """Keep what is read, in a folder of this process where there is no cache to be had."""
        with self._lock:
            if not self._keeps_apart and (self._blocks is None or self._blocks.trouble):
                self._keeps_apart = True
                self._blocks = BlockStore.temporary(self.options.cache_bytes)
                self._store = _store_for(self.connection, self._blocks)

    def has(self, name: str, selection: tuple[slice, ...]) -> bool:
        """Whether a part is kept, so that reading it takes no request."""
        return not self._gaps(self._part(name, selection))

    def cost(self, wishes: Sequence[Wish]) -> Cost:
        """What reading would take, before anything is read."""
        gaps = [gap for wish in wishes for gap in self._gaps(self._part(*wish))]
        requests = self._requests(gaps)
        wire = sum(self.connection.dialect.wire_bytes(part) for r in requests for part in r.parts)
        return Cost(wire + _ABOUT_A_REPLY * len(requests), len(requests))

    def pieces(
        self, name: str, selection: tuple[slice, ...] = ()
    ) -> Iterator[tuple[Hyperslab, AnyArray]]:
        """Values of a large part piece after piece, in order, none of it held for long.

        Raises as `read_many`.
        """
        whole = self._part(name, selection)
        self._begin_with_vectors([whole])
        waiting: deque[Future[list[Piece]]] = deque()
        for request in self._requests([whole]):
            waiting.append(self._pool.submit(self._piece, request))
            if len(waiting) > self.options.workers:
                yield from _handed_out(waiting.popleft().result())
        while waiting:
            yield from _handed_out(waiting.popleft().result())

    def close(self) -> None:
        """Let go of the network; what is under way is given up."""
        self._announced.give_up()
        self._pool.shutdown(wait=False, cancel_futures=True)
        self.connection.close()
        if self._blocks is not None:
            self._blocks.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce__(self) -> tuple[Callable[..., Self], tuple[str, Options]]:
        # A sign-in does not travel in pickles: where this arrives it is looked up anew.
        return type(self).open, (self.connection.identity, replace(self.options, token=None))

    def __repr__(self) -> str:
        return f"RemoteDataset({self.address!r}, {self.protocol})"

    def variable(self, name: str) -> Variable:
        """Declaration of a variable.

        Raises
        ------
        DamagedFileError
            There is none of this name.
        """
        try:
            return self.declaration.variables[name]
        except KeyError:
            known = ", ".join(list(self.declaration.variables)[:8])
            raise DamagedFileError(
                f"{self.address} has no variable {name}; it has {known}, …."
            ) from None

    def _part(self, name: str, selection: tuple[slice, ...]) -> Part:
        variable = self.variable(name)
        try:
            return Part(variable, Hyperslab.of(selection, variable.shape))
        except ValueError as error:
            raise UsageError(f"{name} of {self.address}, shape {variable.shape}: {error}") from None

    def _values(self, parts: Sequence[Part]) -> list[AnyArray]:
        self._announced.wait_for(parts)
        parts = [replace(part, wish=number) for number, part in enumerate(parts)]
        gaps = [self._gaps(part) for part in parts]
        targets = [
            Target(part) if gap == [part] else None for part, gap in zip(parts, gaps, strict=True)
        ]

        def deliver(part: Part, values: AnyArray) -> None:
            self._keep(part, values)
            target = targets[part.wish]
            if target is not None:
                target.take(part, values)

        self._fetch(self._requests([part for gap in gaps for part in gap]), deliver)
        return [
            target.values() if target else self._assembled(part)
            for part, target in zip(parts, targets, strict=True)
        ]

    def _assembled(self, part: Part) -> AnyArray:
        """Values out of the cache; from the server where the cache has just lost them."""
        found = self._cached(part)
        if found is not None:
            return found
        target = Target(part)
        self._fetch(self._requests([part]), target.take)
        return target.values()

    def _piece(self, request: Request) -> list[Piece]:
        found = self._cached(request.parts[0])
        if found is not None:
            return [(request.parts[0], found)]
        pieces = self.connection.ask(request)
        for part, values in pieces:
            self._keep(part, values)
        return pieces

    def _requests(self, gaps: Sequence[Part]) -> list[Request]:
        wire = sum(map(self.connection.dialect.wire_bytes, gaps))
        if wire > _BEYOND_REASON:
            raise UsageError(
                f"{', '.join(map(str, gaps[:3]))} of {self.address}: {wire:.3g} bytes were asked "
                "for at once. Ask for windows."
            )
        return requests_for(
            gaps,
            self.connection.dialect.wire_bytes,
            most_bytes=self.connection.most_bytes,
            workers=self.options.workers,
        )

    def _fetch(self, requests: Sequence[Request], deliver: Deliver) -> None:
        """Send requests, several at once; the first failure ends all of them."""
        job = Job()

        def one(request: Request) -> None:
            with job.here():
                for part, values in self.connection.ask(request):
                    deliver(part, values)

        if len(requests) == 1:
            one(requests[0])
            return
        all_done([self._pool.submit(one, request) for request in requests], job)

    def _bring(self, request: Request) -> None:
        for part, values in self.connection.ask(request):
            self._keep(part, values)

    def _begin_with_vectors(self, parts: Sequence[Part]) -> None:
        """Send for the coordinates of some parts, and the first time for all small vectors too."""
        variables = [part.variable for part in parts]
        needed = coordinates_of(self.declaration, variables)
        needed += [variable.name for variable in variables if variable.name in self._small]
        if all(name in self._vectors for name in needed):
            return
        with self._lock:
            names = dict.fromkeys([*needed, *([] if self._vectors else self._small)])
            missing = [name for name in names if name not in self._vectors]
            if missing:
                arriving = self._pool.submit(self._brought_vectors, missing, parts)
                self._vectors |= dict.fromkeys(missing, arriving)
                self.connection.learn(Coordinates(self._vectors))

    def _brought_vectors(self, names: Sequence[str], parts: Sequence[Part]) -> dict[str, AnyArray]:
        wanted = {name: self._part(name, ()) for name in names}
        kept = {name: self._kept(part) for name, part in wanted.items()}
        missing = [part for name, part in wanted.items() if kept[name] is None]
        arrived = {part.variable.name: Target(part) for part in missing}
        with _on_behalf_of(parts):
            for request in self._requests(missing):
                for part, values in self.connection.ask_beside(request):
                    self._keep(part, values)
                    arrived[part.variable.name].take(part, values)
        found = {name: values for name, values in kept.items() if values is not None}
        return found | {name: target.values() for name, target in arrived.items()}

    def _gaps(self, part: Part) -> list[Part]:
        if part.variable.name in self._vectors:
            return []
        if self._store is None or part.variable.dtype.kind == "O":
            return [part]
        missing = self._store.missing(part.variable.name, part.slab)
        # A small hole is not worth the requests around it.
        if sum(slab.size for slab in missing) > _NEARLY_ALL * part.slab.size:
            return [part]
        return [replace(part, slab=slab) for slab in missing]

    def _cached(self, part: Part) -> AnyArray | None:
        if part.variable.name in self._vectors:
            vector = self._vectors[part.variable.name].result()[part.variable.name]
            return vector[part.slab.slices].copy()
        return self._kept(part)

    def _kept(self, part: Part) -> AnyArray | None:
        if self._store is None or part.variable.dtype.kind == "O":
            return None
        return self._store.get(part.variable.name, part.slab, part.variable.dtype)

    def _keep(self, part: Part, values: AnyArray) -> None:
        if self._store is not None and part.variable.dtype.kind != "O":
            self._store.put(part.variable.name, part.slab, values)


@contextmanager
def _on_behalf_of(parts: Sequence[Part]) -> Iterator[None]:
    """Name what was asked for in an error about what has to be read before it."""
    try:
        yield
    except RemoteError as error:
        asked = ", ".join(map(str, parts))
        raise type(error)(f"{error} It was read for the sake of {asked}.") from None


def _handed_out(pieces: list[Piece]) -> Iterator[tuple[Hyperslab, AnyArray]]:
    for part, values in pieces:
        yield part.slab, values


def _store_for(connection: Connection, blocks: BlockStore | None) -> DatasetStore | None:
    if blocks is None:
        return None
    known = connection.known
    state = f"{connection.dialect.name} {known.state.text}"
    # The address shows no values of its query, which may say what dataset it is.
    whose = hashlib.sha256(connection.identity.encode()).hexdigest()
    return blocks.dataset(
        f"{connection.address}\n{state}\n{known.declaration.fingerprint}\n{whose}"
    )

"""From windows to requests: few, of a good size, along the chunks of the server's file."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from icepair.dap.hyperslab import Hyperslab, Part

__all__ = ["Request", "bands", "halves", "requests_for"]

_SMALLEST = 2_000_000
"""Bytes below which a reply is not split to keep all workers busy."""
_NAMED = 5
"""Parts that a message names."""
_LONGEST_QUERY = 3000
"""Characters; servers and proxies refuse addresses from 4,000 or 8,000 on."""

WireBytes = Callable[[Part], int]


@dataclass(frozen=True)
class Request:
    """What one reply shall hold."""

    parts: tuple[Part, ...]
    """Each of another variable."""

    def __str__(self) -> str:
        named = ", ".join(str(part) for part in self.parts[:_NAMED])
        more = len(self.parts) - _NAMED
        return f"{named} and {more} more" if more > 0 else named


def requests_for(
    parts: Sequence[Part], wire_bytes: WireBytes, *, most_bytes: int, workers: int
) -> list[Request]:
    """Requests that together bring the parts, in their order.

    Parameters
    ----------
    parts : sequence of Part
        What is wanted.
    wire_bytes : callable
        Bytes that a part takes in a reply.
    most_bytes : int
        Aim for the largest reply.
    workers : int
        Requests that may be under way at once: a large job is cut into at least so many.
    """
    total = sum(wire_bytes(part) for part in parts)
    aim = min(most_bytes, max(_SMALLEST, math.ceil(total / workers)))
    pieces = [piece for part in parts for piece in bands(part, wire_bytes, aim)]
    requests: list[list[Part]] = []
    filled: list[int] = []
    for piece in pieces:
        size = wire_bytes(piece)
        place = next(
            (
                index
                for index, (together, bytes_) in enumerate(zip(requests, filled, strict=True))
                if bytes_ + size <= aim and _may_share(together, piece)
            ),
            None,
        )
        if place is None:
            requests.append([piece])
            filled.append(size)
        else:
            requests[place].append(piece)
            filled[place] += size
    return [Request(tuple(together)) for together in requests]


def bands(part: Part, wire_bytes: WireBytes, most_bytes: int) -> Iterator[Part]:
    """Parts of at most so many bytes, cut across the first long axis at borders of chunks."""
    slab = part.slab
    axis = next((axis for axis, count in enumerate(slab.shape) if count > 1), None)
    size = wire_bytes(part)
    if size <= most_bytes or axis is None:
        yield part
        return
    count = slab.shape[axis]
    rows = max(1, most_bytes * count // size)
    chunks = part.variable.chunks
    # With a step there is no saving in whole chunks: every one of them is opened anyway.
    chunk = chunks[axis] if chunks and slab.step[axis] == 1 else 1
    start = 0
    while start < count:
        stop = start + rows
        at_border = (slab.start[axis] + stop) // chunk * chunk - slab.start[axis]
        if chunk > 1 and at_border > start:
            stop = at_border
        stop = min(stop, count)
        piece = dataclasses.replace(part, slab=_along(slab, axis, start, stop))
        if wire_bytes(piece) > most_bytes and stop - start == 1:
            yield from bands(piece, wire_bytes, most_bytes)
        else:
            yield piece
        start = stop


def halves(request: Request) -> tuple[Request, Request] | None:
    """The same in two requests, for a server that refused one; None for a single element."""
    if len(request.parts) > 1:
        middle = len(request.parts) // 2
        return Request(request.parts[:middle]), Request(request.parts[middle:])
    part = request.parts[0]
    axis = next((axis for axis, count in enumerate(part.slab.shape) if count > 1), None)
    if axis is None:
        return None
    count = part.slab.shape[axis]
    low, high = (
        dataclasses.replace(part, slab=_along(part.slab, axis, *limits))
        for limits in ((0, count // 2), (count // 2, count))
    )
    return Request((low,)), Request((high,))


def _along(slab: Hyperslab, axis: int, first: int, last: int) -> Hyperslab:
    """Elements `first` to `last` (exclusive) of a slab along one axis."""
    start, stop, step = list(slab.start), list(slab.stop), slab.step[axis]
    start[axis] = slab.start[axis] + first * step
    stop[axis] = slab.start[axis] + (last - 1) * step + 1
    return Hyperslab(tuple(start), tuple(stop), slab.step)


def _may_share(together: Sequence[Part], piece: Part) -> bool:
    """Whether a piece may join others: no variable twice, no axis cut in two ways, not too long.

    Coordinates travel along as witnesses of the window, so an axis can be in a reply only once.
    """
    if any(other.variable.name == piece.variable.name for other in together):
        return False
    if sum(len(str(other)) + 30 for other in (*together, piece)) > _LONGEST_QUERY:
        return False
    cuts = _cuts(piece)
    return all(
        cuts.get(name, cut) == cut for other in together for name, cut in _cuts(other).items()
    )


def _cuts(part: Part) -> dict[str, tuple[int, int, int]]:
    slab = part.slab
    return dict(
        zip(
            part.variable.dimensions,
            zip(slab.start, slab.stop, slab.step, strict=True),
            strict=True,
        )
    )

"""Rectangular parts of arrays, with steps, and how the protocols write them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from icepair.dap.declaration import Variable

__all__ = ["Hyperslab", "Part"]


@dataclass(frozen=True, order=True)
class Hyperslab:
    """Start, stop (exclusive) and step along each axis; steps are 1 or more, no axis is empty."""

    start: tuple[int, ...]
    stop: tuple[int, ...]
    step: tuple[int, ...]

    @classmethod
    def of(cls, selection: Sequence[slice], shape: Sequence[int]) -> Hyperslab:
        """Hyperslab of slices; axes that are not named are taken whole.

        Raises
        ------
        ValueError
            A slice is empty, runs backwards, or leaves the array.
        """
        whole = [*selection, *[slice(None)] * (len(shape) - len(selection))]
        start, stop, step = [], [], []
        for part, length in zip(whole, shape, strict=True):
            first = 0 if part.start is None else int(part.start)
            last = length if part.stop is None else int(part.stop)
            by = 1 if part.step is None else int(part.step)
            if not 0 <= first < last <= length or by < 1:
                raise ValueError(f"{part} is not inside an axis of {length}.")
            start.append(first)
            step.append(by)
            stop.append(first + (last - first - 1) // by * by + 1)
        return cls(tuple(start), tuple(stop), tuple(step))

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of elements along each axis."""
        return tuple(
            (stop - start + step - 1) // step
            for start, stop, step in zip(self.start, self.stop, self.step, strict=True)
        )

    @property
    def size(self) -> int:
        """Number of elements; 1 for a scalar."""
        return math.prod(self.shape)

    @property
    def slices(self) -> tuple[slice, ...]:
        """For indexing an array."""
        return tuple(map(slice, self.start, self.stop, self.step))

    def constraint(self) -> str:
        """As both protocols write it, ``[first:step:last]`` an axis, last included.

        A step of 1 is left out: there are servers that take the three in another order.
        """
        return "".join(
            f"[{start}:{stop - 1}]"
            if step == 1 or stop - start == 1
            else f"[{start}:{step}:{stop - 1}]"
            for start, stop, step in zip(self.start, self.stop, self.step, strict=True)
        )

    def meets(self, other: Hyperslab) -> bool:
        """Whether the boxes around both overlap; steps are not looked at."""
        return all(
            a < d and c < b
            for a, b, c, d in zip(self.start, self.stop, other.start, other.stop, strict=True)
        )

    def within(self, outer: Hyperslab) -> tuple[slice, ...]:
        """Where the elements lie in an array of another hyperslab that has all of them."""
        firsts = [
            (first - base) // step
            for first, base, step in zip(self.start, outer.start, outer.step, strict=True)
        ]
        return tuple(slice(i, i + count) for i, count in zip(firsts, self.shape, strict=True))

    def __str__(self) -> str:
        parts = (
            f"{start}:{stop}" + (f":{step}" if step > 1 else "")
            for start, stop, step in zip(self.start, self.stop, self.step, strict=True)
        )
        return f"[{', '.join(parts)}]" if self.start else ""


@dataclass(frozen=True)
class Part:
    """What is asked of one variable."""

    variable: Variable
    slab: Hyperslab
    wish: int = field(default=0, compare=False)
    """Number of the wish that this is a part of, where several are fulfilled at once."""

    def __str__(self) -> str:
        return f"{self.variable.name}{self.slab}"

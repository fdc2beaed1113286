"""Whether a reply declares what was asked for: the names, their types and their shapes."""

from __future__ import annotations

from collections.abc import Sequence

from icepair.dap.fault import Fault
from icepair.dap.hyperslab import Part

__all__ = ["Asked", "kind_of"]

_SAME = {"Url": "String", "URL": "String", "UInt8": "Byte", "Char": "Byte"}


def kind_of(wire_type: str) -> str:
    """Type as it travels: some have two names."""
    return _SAME.get(wire_type, wire_type)


class Asked:
    """The parts of one request, ticked off as the reply declares them.

    Raises
    ------
    ValueError
        A variable is asked for twice; no reply could tell the two apart.
    """

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = parts
        self._open = {part.variable.name: number for number, part in enumerate(parts)}
        if len(self._open) != len(parts):
            raise ValueError("One request asks for a variable twice.")

    def __contains__(self, name: str) -> bool:
        return name in self._open

    def part(self, name: str) -> Part:
        """What was asked of a variable that has not been ticked off yet."""
        return self._parts[self._open[name]]

    def tick(self, name: str, wire_type: str, shape: tuple[int, ...]) -> int:
        """Number of the part that a declaration answers.

        Raises
        ------
        Fault
            Nobody asked for it, or the type or the shape is another one.
        """
        if name not in self._open:
            raise Fault(f"the reply holds {name[:100]!r}, which was not asked for, or twice")
        part = self.part(name)
        if kind_of(wire_type) != kind_of(part.variable.wire_type):
            raise Fault(
                f"the reply holds {name} as {wire_type}, expected {part.variable.wire_type}"
            )
        if shape != part.slab.shape:
            raise Fault(
                f"the reply holds {name} with the shape {shape}, expected {part.slab.shape}"
            )
        return self._open.pop(name)

    def close(self) -> None:
        """Make sure that nothing is left.

        Raises
        ------
        Fault
            The reply does not hold everything.
        """
        if self._open:
            raise Fault(f"the reply lacks {', '.join(list(self._open)[:5])}")

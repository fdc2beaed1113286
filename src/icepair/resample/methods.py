"""The ways to make one target pixel from source pixels, behind one signature."""

from __future__ import annotations

import difflib
import importlib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np

from icepair._typing import AnyArray, FloatArray
from icepair.errors import UsageError
from icepair.resample.footprint.jacobian import half_extent, widest_half_extent
from icepair.resample.net import Net, positions_of

if TYPE_CHECKING:
    from icepair.resample.source_map import SourceMap

__all__ = [
    "METHODS",
    "MINIMUM_SHARE",
    "VALUE_METHODS",
    "Method",
    "gaussian_method",
    "method_named",
    "spelled_method",
]

Place: TypeAlias = tuple[int, int]
"""Row and column."""

MINIMUM_SHARE = 0.5 - 1e-9
"""Share of a method's weights that must fall on valid pixels for an answer: half, which a sum of
weights may miss by its rounding."""

VALUE_METHODS = ("nearest", "bilinear", "cubic", "lanczos", "area", "gaussian@METRES")
"""What can be asked for; flags go by the method's `Method.flags`."""

_AREA = "icepair.resample.footprint._area_kernels"
_MODE = "icepair.resample.footprint._mode_kernels"
_WEIGHTED = "icepair.resample.weighted._kernels"
_GAUSSIAN = re.compile(r"gaussian@(\d+(?:\.\d+)?|\.\d+)")
_WIDTH_PER_DEVIATION = 2.0 * math.sqrt(2.0 * math.log(2.0))
"""Full width at half maximum of a Gaussian of standard deviation 1."""


class Fill(Protocol):
    """Writes `out` where there is an answer.

    `source` is the window of the whole source that begins at `origin`, `out` the block of the
    target that begins at `start`; `jacobian` belongs to its pixels.
    """

    def __call__(
        self,
        source: AnyArray,
        origin: Place,
        net: Net,
        start: Place,
        jacobian: FloatArray | None,
        out: AnyArray,
        /,
    ) -> None: ...


@dataclass(frozen=True)
class Method:
    """A resampling method."""

    name: str
    """As on the command line."""
    margin: int
    """Source pixels that it looks at beyond the four around a position, in each direction, whatever
    the map."""
    fill: Fill
    """``fill(source, origin, net, start, jacobian, out)``."""
    reach: float = 0.0
    """How far it looks in halves of the target pixel's footprint; 0: it does not look at the map's
    derivatives, and `fill` needs no jacobian."""
    keeps_type: bool = False
    """Whether it gives values of the source and no means of them."""
    keeps_pixels: bool = True
    """Whether a target that has the source's own pixels gets them as they are."""
    flags: str = "nearest"
    """Method that goes with it for flags, which are never averaged."""

    def result_type(self, source_type: np.dtype[Any]) -> np.dtype[Any]:
        """Type of the result: the source's where values are kept or float already, else float."""
        return source_type if self.keeps_type else np.result_type(source_type, np.float32)

    def margin_for(self, source_map: SourceMap, rows: slice, columns: slice) -> int:
        """Source pixels needed beyond the four around each position of a block."""
        if self.reach == 0.0:
            return self.margin
        return self.margin + math.ceil(self.reach * half_extent(source_map, rows, columns))

    def widest_margin(self, source_map: SourceMap) -> int:
        """Source pixels needed beyond the four around any position of a map."""
        if self.reach == 0.0:
            return self.margin
        return self.margin + math.ceil(self.reach * widest_half_extent(source_map))


def _nearest(
    source: AnyArray, origin: Place, net: Net, start: Place, _: FloatArray | None, out: AnyArray
) -> None:
    from icepair.resample.fused import _kernels

    _kernels.nearest(source, origin, net, *start, out)


def _convolution(offsets: tuple[int, ...]) -> Fill:
    """Fill by the pixels at `offsets` from a position, along either axis."""

    def fill(
        source: AnyArray, origin: Place, net: Net, start: Place, _: FloatArray | None, out: AnyArray
    ) -> None:
        from icepair.resample.fused import _convolution_kernels

        _convolution_kernels.convolve(source, origin, net, offsets, MINIMUM_SHARE, *start, out)

    return fill


def _over_footprint(kernels: str, name: str, *widths: float) -> Fill:
    """Fill by a kernel that looks at the pixels under a footprint, or under one of a width."""

    def fill(
        source: AnyArray,
        origin: Place,
        net: Net,
        start: Place,
        jacobian: FloatArray | None,
        out: AnyArray,
    ) -> None:
        kernel = getattr(importlib.import_module(kernels), name)
        places = positions_of(net, start, out.shape)
        kernel(source, origin, *places, jacobian, *widths, MINIMUM_SHARE, out)

    return fill


def gaussian_method(width_pixels: float, name: str) -> Method:
    """Gaussian mean, round on the target, cut at three standard deviations.

    Parameters
    ----------
    width_pixels : float
        Full width at half maximum, target pixels.
    name : str
        As on the command line.
    """
    deviation = width_pixels / _WIDTH_PER_DEVIATION
    fill = _over_footprint(_WEIGHTED, "gaussian", deviation)
    return Method(name, 0, fill, reach=2.0 * 3.0 * deviation, keeps_pixels=False)


METHODS: Mapping[str, Method] = {
    method.name: method
    for method in (
        Method("nearest", 0, _nearest, keeps_type=True),
        Method("bilinear", 0, _convolution((0, 1))),
        Method("cubic", 1, _convolution((-1, 0, 1, 2))),
        Method("lanczos", 2, _convolution((-2, -1, 0, 1, 2, 3))),
        Method("area", 0, _over_footprint(_AREA, "area"), reach=1.0, flags="mode"),
        Method("mode", 0, _over_footprint(_MODE, "mode"), reach=1.0, keeps_type=True, flags="mode"),
    )
}
"""All methods of fixed shape by name; ``mode`` is for flags."""


def spelled_method(name: str) -> str:
    """The usual spelling of a method that can be asked for.

    Raises
    ------
    UsageError
        There is none of this name, or the width of a Gaussian is missing or 0.
    """
    spelled = name.strip().lower()
    width = _GAUSSIAN.fullmatch(spelled)
    if spelled in VALUE_METHODS or (width and float(width[1]) > 0):
        return spelled
    near = difflib.get_close_matches(spelled, VALUE_METHODS, n=1)
    raise UsageError(
        f"There is no resampling method {name!r}; "
        + (f"did you mean {near[0]!r}? Choose" if near else "choose")
        + f" one of {', '.join(VALUE_METHODS)}, where METRES is the full width at half maximum."
    )


def method_named(name: str, target_spacing_m: float) -> Method:
    """Look up a method that can be asked for.

    Parameters
    ----------
    name : str
        One of `VALUE_METHODS`.
    target_spacing_m : float
        From target pixel to target pixel, metres; the width of a Gaussian is measured with it.

    Raises
    ------
    UsageError
        As `spelled_method`.
    """
    spelled = spelled_method(name)
    width = _GAUSSIAN.fullmatch(spelled)
    if width:
        return gaussian_method(float(width[1]) / target_spacing_m, spelled)
    return METHODS[spelled]

"""What radar power goes through besides calibration, before alignment in the radar's own geometry.

The order is fixed: thermal noise is balanced between sub-swaths, then speckle is filtered; on the
target backscatter is brought to one incidence angle.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from icepair._typing import AnyArray, ByteArray, Float32Array
from icepair.errors import UsageError
from icepair.geo.swath import Swath
from icepair.geo.window import Window
from icepair.products.container import Selection
from icepair.products.decimated import read_table
from icepair.products.power_balance import balance_of_scene, balance_selections, read_balanced
from icepair.products.rasters import raster_selection
from icepair.products.scene import RadarScene
from icepair.products.sentinel1 import Sentinel1Scene
from icepair.radar.balance import PowerBalance
from icepair.radar.incidence import ReferenceIncidence, normalised, reference_incidence
from icepair.radar.speckle import SpeckleMethod, nominal_looks, speckle_filter, speckle_method

__all__ = ["RadarProcessing", "refuse_unknown_incidence", "settled_processing"]

_CROSS = ("HV", "VH")
"""Where noise is a large part of power."""
_LOOKED_AT = 9
"""Lines, and samples, at which it is asked whether incidence is known at all."""
_ESTIMATING = threading.Lock()
"""Blocks are read by several threads; the first that needs a balance makes it for all."""


@dataclass(frozen=True)
class RadarProcessing:
    """What a run does to the power of a scene, the same for every block."""

    scene: RadarScene
    """What is read."""
    polarisations: tuple[str, ...]
    """Of the run."""
    window: Window | None = None
    """Part of the product that may be read; all of it where None."""
    speckle: SpeckleMethod | None = None
    """Filter before alignment."""
    balanced: tuple[str, ...] = ()
    """Polarisations whose thermal noise is balanced between sub-swaths."""
    incidence: ReferenceIncidence | None = None
    """Angle to which backscatter is brought."""
    nesz: bool = False
    """Whether the noise equivalent is among the variables."""

    @property
    def limits(self) -> Window:
        """Part of the product that may be read."""
        return self.window or Window.whole(self.scene.shape)

    @property
    def margin(self) -> int:
        """Source pixels that it looks at around each, in each direction."""
        return 0 if self.speckle is None else self.speckle.margin

    @property
    def attributes(self) -> dict[str, str]:
        """Attributes of a pair."""
        return {
            "speckle": "none" if self.speckle is None else str(self.speckle),
            "noise_balanced": ", ".join(self.balanced) or "none",
            "reference_incidence": "none" if self.incidence is None else str(self.incidence),
        }

    def read_power(self, polarisation: str, window: Window) -> tuple[Float32Array, ByteArray]:
        """Sigma nought of a window and its flags.

        Reads as much more as a filter looks at, so that no bit depends on the window.

        Parameters
        ----------
        polarisation : str
            One that the scene has.
        window : Window
            Inside what may be read.

        Raises
        ------
        DamagedFileError
            The numbers cannot be read.
        """
        scene = self.tabled
        read = window.grown(self.margin).intersection(self.limits)
        if polarisation in self.balanced and isinstance(scene, Sentinel1Scene):
            power, flags = read_balanced(scene, polarisation, read, self.balances[polarisation])
        else:
            power, flags = scene.read_sigma_nought(polarisation, read)
        if self.speckle is not None:
            wants_floor = self.speckle.needs_looks
            floor: AnyArray | float = scene.read_nesz(polarisation, read) if wants_floor else 0.0
            power = speckle_filter(power, self.speckle, floor=floor)
        inside = window.within(read)
        return power[inside], flags[inside]

    def read_nesz(self, polarisation: str, window: Window) -> Float32Array:
        """Noise equivalent sigma zero of a window; see `RadarScene.read_nesz`."""
        return self.tabled.read_nesz(polarisation, window)

    def selections(self) -> list[Selection]:
        """What all of this reads of the product's container, known beforehand."""
        scene, window = self.scene, self.limits
        if not isinstance(scene, Sentinel1Scene) or not scene.container.remote:
            return scene.selections(self.polarisations, window)
        plain = [name for name in self.polarisations if name not in self.balanced]
        selections = scene.selections(plain, window)
        for name in self.balanced:
            selections += balance_selections(scene, name) + [
                raster_selection(scene.container, raster, window)
                for raster in (f"Amplitude_{name}", "swathList")
            ]
        return selections

    @property
    def balances(self) -> Mapping[str, PowerBalance]:
        """What is left of noise in every balanced polarisation; read from all of the scene.

        Raises
        ------
        DamagedFileError
            The numbers cannot be read.
        """
        with _ESTIMATING:
            return self._balances

    @cached_property
    def _balances(self) -> Mapping[str, PowerBalance]:
        scene = self.tabled
        if not isinstance(scene, Sentinel1Scene):
            return {}
        return {name: balance_of_scene(scene, name) for name in self.balanced}

    @cached_property
    def tabled(self) -> RadarScene:
        """The scene; behind a network with the tables of all that is read, each read once."""
        scene = self.scene
        if not isinstance(scene, Sentinel1Scene) or not scene.container.remote:
            return scene
        plans = [
            plan
            for name in self.polarisations
            for plan in scene.plan_tables(
                [name], Window.whole(scene.shape) if name in self.balanced else self.limits
            )
        ]
        return scene.with_tables([read_table(plan) for plan in plans])

    def at_reference(self, polarisation: str, power: AnyArray, incidence: AnyArray) -> AnyArray:
        """Power of target pixels as if seen at the reference angle; as it is without one."""
        if self.incidence is None:
            return power
        law = self.incidence.law(polarisation)
        return normalised(power, incidence, law, self.incidence.angle_deg)


def refuse_unknown_incidence(processing: RadarProcessing, swath: Swath, window: Window) -> None:
    """Say what to do where backscatter is to be brought to one angle and none is known.

    Parameters
    ----------
    processing : RadarProcessing
        What a run does.
    swath : Swath
        Geolocation of the scene.
    window : Window
        Part of the scene that will be read.

    Raises
    ------
    UsageError
        The scene tells no angle of incidence anywhere in the window.
    """
    if processing.incidence is None:
        return
    lines = np.linspace(window.row_start, window.row_stop - 1, _LOOKED_AT)
    samples = np.linspace(window.column_start, window.column_stop - 1, _LOOKED_AT)
    if np.isnan(swath.incidence_angle(*np.meshgrid(lines, samples, indexing="ij"))).all():
        raise UsageError(
            f"--incidence needs the angle at which every pixel was seen, and "
            f"{processing.scene.product} tells none. A gridded scene tells it in a band of its "
            "own: name that with --s1-bands, for example HH,HV,incidence; or leave --incidence out."
        )


def settled_processing(
    scene: RadarScene,
    polarisations: Sequence[str],
    *,
    speckle: str | SpeckleMethod | None = None,
    balance: bool = False,
    incidence: str | float | ReferenceIncidence | None = None,
    nesz: bool = False,
) -> RadarProcessing:
    """What a run does to radar power, with all that it needs.

    Parameters
    ----------
    scene : RadarScene
        What will be read.
    polarisations : sequence of str
        Of the run.
    speckle : str, SpeckleMethod or None
        As `speckle_method` takes it; None for no filter.
    balance : bool
        Whether thermal noise is balanced between sub-swaths, in cross-polarisation.
    incidence : str, float, ReferenceIncidence or None
        As `reference_incidence` takes it; None to leave backscatter at its own angles.
    nesz : bool
        Whether the noise equivalent is wanted.

    Raises
    ------
    UsageError
        There is no such filter or law, or the scene lacks what one of them needs.
    """
    reference = None if incidence is None else reference_incidence(incidence)
    if reference is not None:
        for polarisation in polarisations:
            reference.law(polarisation)
    balanced = tuple(p for p in polarisations if p in _CROSS) if balance else ()
    if balance:
        _refuse_balance(scene, balanced)
    return RadarProcessing(
        scene,
        tuple(polarisations),
        speckle=_settled_filter(speckle, scene),
        balanced=balanced,
        incidence=reference,
        nesz=nesz,
    )


def _refuse_balance(scene: RadarScene, balanced: tuple[str, ...]) -> None:
    """Say why power cannot be balanced, where it cannot."""
    reason = None
    if not isinstance(scene, Sentinel1Scene):
        reason = "it lies on a grid already"
    elif len(scene.subswaths) < 2:
        reason = "it has no sub-swaths, or does not say where they meet"
    elif not balanced:
        reason = "no cross-polarisation (HV or VH) is read"
    elif any(scene.noise_status[name] != "table" for name in balanced):
        reason = "it brings no thermal noise to balance"
    if reason is not None:
        raise UsageError(
            f"--balance evens out what is left of thermal noise between sub-swaths; for "
            f"{scene.product} it cannot: {reason}. Leave it out."
        )


def _settled_filter(spelled: str | SpeckleMethod | None, scene: RadarScene) -> SpeckleMethod | None:
    """Filter with the number of looks that it needs."""
    if spelled is None:
        return None
    method = speckle_method(spelled)
    if method.looks is not None or not method.needs_looks:
        return method
    if not isinstance(scene, Sentinel1Scene):
        raise UsageError(
            f"{scene.product} lies on a grid already and does not tell its number of looks, which "
            f"{method.name!r} needs; say it: --speckle {method}:LOOKS."
        )
    return speckle_method(method, looks=nominal_looks(scene.mode, scene.product_type))

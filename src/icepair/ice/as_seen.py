"""Backscatter at the angles at which it was seen, out of a pair that was brought to one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from icepair._typing import AnyArray, Float32Array
from icepair.conventions import POLARISATIONS, sigma0_name
from icepair.radar.incidence import IncidenceLaw, reference_incidence

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["as_seen"]

_STATED = "reference_incidence"
_ANGLE = "s1_incidence_angle"


def as_seen(pair: xr.Dataset) -> xr.Dataset:
    """Pair whose backscatter is at its own angles: ice and water are known by how they fall.

    Parameters
    ----------
    pair : Dataset
        Of `icepair.plan`, of numpy or dask.

    Returns
    -------
    Dataset
        The pair itself where its attribute ``reference_incidence`` says that nothing was done, or
        is missing; else with ``s1_sigma0_*`` taken back, and the attribute ``none``.

    Raises
    ------
    UsageError
        The attribute cannot be read.
    """
    stated = str(pair.attrs.get(_STATED, "none"))
    if stated == "none" or _ANGLE not in pair:
        return pair
    reference = reference_incidence(stated)
    import xarray as xr

    names = {p: sigma0_name(p) for p in POLARISATIONS if sigma0_name(p) in pair}
    taken_back = {
        name: xr.apply_ufunc(
            partial(_taken_back, law=reference.law(polarisation), angle_deg=reference.angle_deg),
            pair[name],
            pair[_ANGLE],
            dask="parallelized",
            output_dtypes=[np.float32],
            keep_attrs=True,
        )
        for polarisation, name in names.items()
    }
    return pair.assign(taken_back).assign_attrs({_STATED: "none"})


def _taken_back(
    power: AnyArray, incidence: AnyArray, *, law: IncidenceLaw, angle_deg: float
) -> Float32Array:
    return np.asarray(power / law.gain(incidence, angle_deg), dtype=np.float32)

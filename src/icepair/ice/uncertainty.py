"""How far a stated concentration is off: one standard deviation of its error."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from icepair._typing import AnyArray
from icepair.ice.methods import DEFAULTS, Sensor

__all__ = ["COEFFICIENTS", "TERMS", "Evidence", "Trust", "standard_error", "trust_of"]

TERMS = ("floor", "ambiguous", "edges", "threshold", "one_class", "one_polarisation", "unsure")
"""Names of what makes a concentration uncertain; their variances add."""

COEFFICIENTS: Mapping[Sensor, Mapping[str, Mapping[str, float]]] = {
    "s1": {
        "automatic": {
            "floor": 0.0087, "ambiguous": 0.0348, "edges": 2.8262, "threshold": 0.0348,
            "one_class": 0.2155, "one_polarisation": 0.2278, "unsure": 0.0340,
        },
        "network": {
            "floor": 0.0020, "ambiguous": 0.7802, "edges": 0.0254, "threshold": 0.2923,
            "one_class": 0.0386, "one_polarisation": 0.1919, "unsure": 0.0778,
        },
        "taught": {
            "floor": 0.0020, "ambiguous": 0.1396, "edges": 0.0246, "threshold": 0.0132,
            "one_class": 0.0300, "one_polarisation": 0.0100, "unsure": 0.0039,
        },
        "threshold": {
            "floor": 0.0606, "ambiguous": 0.0352, "edges": 3.1415, "threshold": 0.0352,
            "one_class": 0.0352, "one_polarisation": 0.0606, "unsure": 0.0354,
        },
    },
    "s2": {
        "automatic": {
            "floor": 0.0020, "ambiguous": 0.0330, "edges": 0.5497, "threshold": 0.0330,
            "one_class": 0.0548, "one_polarisation": 0.0330, "unsure": 0.0107,
        },
        "spectral": {
            "floor": 0.0020, "ambiguous": 0.6981, "edges": 0.0097, "threshold": 0.0133,
            "one_class": 0.0300, "one_polarisation": 0.0389, "unsure": 0.1661,
        },
        "threshold": {
            "floor": 0.0020, "ambiguous": 0.0279, "edges": 0.9836, "threshold": 0.0279,
            "one_class": 0.0300, "one_polarisation": 0.0279, "unsure": 0.0057,
        },
    },
}  # fmt: skip
"""Error for a unit of each term, by sensor and method.

Fitted on 23 November 2026 to the battery: seeds 0-59 in memory and 17 pairs through products, each
thrice; the radar's ``automatic`` to the same in memory and 72 simulated pairs; ``taught``,
beside its held-out error, to the hidden halves of 84 pairs of `benchmarks/taught.py`."""

_MOST = 0.5
_USUAL_SEPARABILITY = 2.0
"""Ashman's D below which two classes are not told apart: taken where a method states none."""


@dataclass(frozen=True)
class Evidence:
    """What an area's probabilities tell of how sure its concentration is; numbers or arrays."""

    ambiguous: Any
    """Mean of p (1 - p): how much is neither ice nor water."""
    edges: Any
    """Share of neighbouring pixels on two sides of a border."""
    threshold: Any
    """Ice by votes above 0.3 less ice by votes above 0.7."""


@dataclass(frozen=True)
class Trust:
    """What the scene as a whole tells; it holds for every part of it."""

    one_class: bool = False
    """Ice alone or water alone was found, so that there was no contrast to learn."""
    one_polarisation: bool = False
    """The radar had one polarisation."""
    separability: float = _USUAL_SEPARABILITY
    """Ashman's D of water and ice."""
    method: str = ""
    """Name of the method; one that has no coefficients of its own has those of the default."""
    held_out: float = 0.0
    """Error that a taught radar made on parts of its lessons that it was not taught; it adds."""

    @property
    def overlaps(self) -> bool:
        """Whether water and ice lie so close that one is often taken for the other."""
        return not self.one_class and self.separability < _USUAL_SEPARABILITY


def trust_of(attributes: Mapping[Any, Any]) -> Trust:
    """Trust in a scene by the record that its method left.

    Parameters
    ----------
    attributes : mapping
        Of the probability or the mask; ``method`` is its name, ``rule`` JSON with ``method``
        (``two classes``, …), ``polarisations`` and ``separability``, each of which may be
        missing; that of a taught radar has ``taught`` with ``held_out_error`` and ``own_scene``.
    """
    record = json.loads(str(attributes.get("rule", "{}")))
    stated = record.get("separability")
    polarisations = record.get("polarisations")
    lessons = record.get("taught", {})
    method = str(attributes.get("method", "")).partition(":")[0]
    if lessons:
        # What was fitted holds for a pair's own lessons; others get the wider ones of the default.
        method = "taught" if lessons["own_scene"] else DEFAULTS["s1"]
    return Trust(
        one_class=str(record.get("method", "")) in ("all ice", "all water", "no pixels"),
        one_polarisation=polarisations is not None and len(polarisations) == 1,
        separability=_USUAL_SEPARABILITY if stated is None else float(stated),
        method=method,
        held_out=float(lessons.get("held_out_error", 0.0)),
    )


def terms(evidence: Evidence, trust: Trust) -> dict[str, Any]:
    """Size of each of `TERMS`, without unit."""
    return {
        "floor": 1.0,
        "ambiguous": evidence.ambiguous,
        "edges": evidence.edges,
        "threshold": evidence.threshold,
        "one_class": float(trust.one_class),
        "one_polarisation": float(trust.one_polarisation),
        "unsure": 1.0 / max(1.0, trust.separability) ** 2,
    }


def standard_error(sensor: Sensor, evidence: Evidence, trust: Trust) -> AnyArray:
    """One standard deviation of the error of a concentration.

    Parameters
    ----------
    sensor : {"s1", "s2"}
    evidence : Evidence
        Of the area: a scene, or arrays of cells.
    trust : Trust
        Of the scene.

    Returns
    -------
    array
        Shaped like the evidence, 0 to 0.5; about 68 % of the true values lie within it.

    Notes
    -----
    The coefficients were fitted to errors against known truth, by
    ``benchmarks/calibrate_uncertainty.py``; `docs/concepts/concentration-and-uncertainty.md` says
    on what. Noise of single pixels is left out: over 1,000 pixels nothing of it is left.
    """
    fitted = COEFFICIENTS[sensor]
    coefficients = fitted.get(trust.method, fitted[DEFAULTS[sensor]])
    variance: Any = trust.held_out**2
    for name, size in terms(evidence, trust).items():
        variance = variance + (coefficients[name] * size) ** 2
    return np.asarray(np.minimum(np.sqrt(variance), _MOST))

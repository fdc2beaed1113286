"""``summary.json``: everything that a run found out, as nested plain values."""

from __future__ import annotations

import datetime
import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata, resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from icepair.pair.values import iso_utc, plain_number, plan_values
from icepair.pipeline.ice import ice_notes
from icepair.pipeline.notes import notes_on
from icepair.write.failures import writing

if TYPE_CHECKING:
    from icepair.ice.concentration import Concentrations
    from icepair.pair.plan import Plan
    from icepair.pair.reasons import FlagCounts
    from icepair.pipeline.ice import IceNumbers
    from icepair.pipeline.recipe import Recipe

__all__ = ["Summary", "made_with", "provenance", "schema", "summary_values", "write_summary"]

_LIBRARIES = ("numpy", "scipy", "numba", "xarray", "dask", "h5netcdf", "rasterio", "pyproj")


@dataclass(frozen=True)
class Summary:
    """What a run found out; ``docs/reference/summary.md`` explains every key."""

    values: dict[str, Any]
    """Nested dictionaries of plain values."""
    folder: Path
    """Where the result lies."""

    def __getitem__(self, key: str) -> Any:
        """Value of a dotted key: ``summary["s1.ice_concentration"]``."""
        value: Any = self.values
        for part in key.split("."):
            value = value[part]
        return value


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of ``summary.json``."""
    text = (resources.files("icepair.pipeline") / "summary.schema.json").read_text("utf-8")
    return dict(json.loads(text))


def write_summary(values: dict[str, Any], path: Path) -> None:
    """Write ``summary.json``; NaN, which JSON does not know, is our own mistake.

    Raises
    ------
    OutputError
        The disk is full or not writable.
    """
    text = json.dumps(values, indent=2, allow_nan=False, ensure_ascii=False) + "\n"
    with writing(path):
        path.write_text(text, encoding="utf-8")


def summary_values(
    plan: Plan,
    recipe: Recipe,
    numbers: IceNumbers,
    flags: FlagCounts,
    *,
    timings: dict[str, float],
    files: Sequence[str],
    objects: Mapping[str, Any],
) -> dict[str, Any]:
    """Everything, in the order in which a person reads it."""
    values, shares = plan_values(plan), numbers.shares
    for side in ("s1", "s2"):
        values[side] |= {
            "ice_concentration": plain_number(getattr(shares, side)),
            "ice_concentration_uncertainty": plain_number(getattr(shares, f"{side}_uncertainty")),
            "ice_concentration_own_area": plain_number(getattr(shares, f"{side}_own_area")),
            "ice_concentration_own_area_uncertainty": plain_number(
                getattr(shares, f"{side}_own_area_uncertainty")
            ),
            "threshold_response": {
                str(threshold): plain_number(share)
                for threshold, share in getattr(shares, f"{side}_threshold_response").items()
            },
            "valid_fraction": plain_number(getattr(shares, f"{side}_valid_fraction")),
            "reasons": _reasons(flags, shares, side),
        }
    values["s1"]["power_balance"] = _balances(plan)
    values["s2"]["features"] = numbers.features
    values["difference"] = _difference(shares)
    values["agreement"] = _agreement(shares)
    values |= objects
    values["valid_fraction"] = plain_number(shares.valid_fraction)
    values["preset"] = recipe.preset
    values["notes"] = [*notes_on(plan), *ice_notes(shares, numbers.outside)]
    values["timings"] = timings
    values["files"] = list(files)
    values["provenance"] = provenance(recipe)
    return values


def _difference(shares: Concentrations) -> dict[str, Any] | None:
    """The optical sensor less the radar, and whether it is more than uncertainty."""
    found = shares.difference
    if found is None:
        return None
    return {
        "estimate": plain_number(found.estimate),
        "standard_error": plain_number(found.standard_error),
        "z": plain_number(found.z),
        "significant": found.significant,
        "words": found.words,
    }


def _agreement(shares: Concentrations) -> dict[str, Any] | None:
    """The masks of both sensors, pixel by pixel."""
    found = shares.agreement
    if found is None:
        return None
    return {
        "pixels": found.pixels,
        "both_ice": found.both_ice,
        "s1_only": found.s1_only,
        "s2_only": found.s2_only,
        "both_water": found.both_water,
        "overall": plain_number(found.overall),
        "iou": plain_number(found.iou),
        "kappa": plain_number(found.kappa),
    }


def _reasons(flags: FlagCounts, shares: Concentrations, side: str) -> dict[str, Any]:
    """Pixels under each flag of a sensor, and those with an answer in its mask."""
    share = float(getattr(shares, f"{side}_valid_fraction"))
    answered = {"pixels": round(share * shares.pixels), "share": plain_number(share)}
    counted = {
        name: {"pixels": count["pixels"], "share": plain_number(count["share"])}
        for name, count in flags.reasons(side).items()
    }
    return counted | {"answered": answered}


def _balances(plan: Plan) -> dict[str, Any]:
    """What was left of noise in each sub-swath, and the steps at their borders, by polarisation."""
    return {
        name: {
            "shares": list(balance.shares),
            "steps_before_db": plain_number(balance.before_db),
            "steps_after_db": plain_number(balance.after_db),
        }
        for name, balance in plan.processing.balances.items()
    }


def provenance(recipe: Recipe) -> dict[str, Any]:
    """With what, when and how a result was made."""
    return made_with() | {"recipe": recipe.to_dict()}


def made_with() -> dict[str, Any]:
    """With what and when a result was made."""
    return {
        "icepair": metadata.version("icepair"),
        "python": platform.python_version(),
        "libraries": {name: metadata.version(name) for name in _LIBRARIES},
        "created": iso_utc(datetime.datetime.now(datetime.UTC)),
    }

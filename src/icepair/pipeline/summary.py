"""``summary.json``: everything that a run found out, as nested plain values."""

from __future__ import annotations

import datetime
import json
import math
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata, resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from icepair.write.failures import writing

if TYPE_CHECKING:
    from icepair.pair.plan import Plan
    from icepair.pipeline.ice import IceNumbers
    from icepair.pipeline.recipe import Recipe

__all__ = ["Summary", "plan_values", "provenance", "schema", "summary_values"]

_S1_TIME_SOURCE = "azimuth time of the middle of what was read"
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


def plan_values(plan: Plan) -> dict[str, Any]:
    """What is known before anything is read: scenes, times, grid, windows, expected errors."""
    return {
        "s1": _scene(plan.s1, plan.s1_time, _S1_TIME_SOURCE)
        | {"polarisations": list(plan.polarisations)},
        "s2": _scene(plan.s2, plan.s2_time, plan.s2.time_source) | {"bands": list(plan.bands)},
        "time_difference_hours": plan.time_difference_hours,
        "grid": {
            "crs": plan.grid.crs_wkt,
            "epsg": plan.grid.epsg,
            "shape": list(plan.grid.shape),
            "transform": list(plan.grid.transform),
            "spacing_m": plan.grid.spacing_m,
        },
        "alignment": {
            "method": plan.method.name,
            "geolocation": plan.geolocation,
            "surface": plan.swath.surface.name,
            "position_error_m": _number(plan.budget.total_m),
            "position_error_budget_m": {
                name: _number(term) for name, term in plan.budget.terms_m.items()
            },
            "expected_drift_m": _number(plan.budget.drift_m),
            "window": {"s1": plan.s1_window.as_list(), "s2": plan.s2_window.as_list()},
        },
        "bytes_to_read": plan.bytes_to_read,
    }


def summary_values(
    plan: Plan,
    recipe: Recipe,
    numbers: IceNumbers,
    *,
    timings: dict[str, float],
    files: Sequence[str],
) -> dict[str, Any]:
    """Everything, in the order in which a person reads it."""
    values, shares = plan_values(plan), numbers.shares
    for side in ("s1", "s2"):
        values[side] |= {
            "ice_concentration": _number(getattr(shares, side)),
            "ice_concentration_uncertainty": None,
            "ice_concentration_own_area": _number(getattr(shares, f"{side}_own_area")),
            "ice_concentration_own_area_uncertainty": None,
            "valid_fraction": _number(getattr(shares, f"{side}_valid_fraction")),
        }
    values["s2"]["features"] = numbers.features
    values["valid_fraction"] = _number(shares.valid_fraction)
    values["preset"] = recipe.preset
    # Files only: nothing has travelled.
    values["streaming"] = {"bytes": 0, "requests": 0, "seconds": 0.0}
    values["timings"] = timings
    values["files"] = list(files)
    values["provenance"] = provenance(recipe)
    return values


def provenance(recipe: Recipe) -> dict[str, Any]:
    """With what, when and how a result was made."""
    return {
        "icepair": metadata.version("icepair"),
        "python": platform.python_version(),
        "libraries": {name: metadata.version(name) for name in _LIBRARIES},
        "created": _iso(datetime.datetime.now(datetime.UTC)),
        "recipe": recipe.to_dict(),
    }


def _scene(scene: Any, time: datetime.datetime, time_source: str) -> dict[str, Any]:
    return {
        "product": scene.product,
        "address": scene.address,
        "platform": scene.platform,
        "time": _iso(time),
        "time_source": time_source,
        "product_time": _iso(scene.time),
        "notes": list(scene.notes),
    }


def _iso(time: datetime.datetime) -> str:
    if time.tzinfo is not None:
        time = time.astimezone(datetime.UTC).replace(tzinfo=None)
    return time.isoformat(timespec="milliseconds") + "Z"


def _number(value: float | None) -> float | None:
    """The number, or None for what JSON cannot say."""
    return None if value is None or not math.isfinite(value) else float(value)

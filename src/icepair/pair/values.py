"""A plan as plain values: what is known before anything is aligned."""

from __future__ import annotations

import datetime
import math
from typing import TYPE_CHECKING, Any, SupportsFloat

from icepair.geo.swath_grid import SwathGrid

if TYPE_CHECKING:
    from icepair.geo.grid import Grid
    from icepair.pair.plan import Plan

__all__ = ["iso_utc", "plain_number", "plan_values"]


def plan_values(plan: Plan) -> dict[str, Any]:
    """What is known before anything is read: scenes, times, grid, windows, expected errors."""
    return {
        "s1": _scene(plan.s1, plan.s1_time, plan.s1.time_source)
        | {"polarisations": list(plan.polarisations)},
        "s2": _scene(plan.s2, plan.s2_time, plan.s2.time_source) | {"bands": list(plan.bands)},
        "time_difference_hours": plan.time_difference_hours,
        "grid": _grid(plan.grid),
        "alignment": {
            "method": plan.method.name,
            "speckle": _text(plan.processing.speckle),
            "noise_balanced": list(plan.processing.balanced),
            "reference_incidence": _text(plan.processing.incidence),
            "geolocation": plan.geolocation,
            "surface": plan.swath.surface.name,
            "position_error_m": plain_number(plan.budget.total_m),
            "position_error_budget_m": {
                name: plain_number(term) for name, term in plan.budget.terms_m.items()
            },
            "expected_drift_m": plain_number(plan.budget.drift_m),
            "expected_drift_source": plan.budget.drift_source,
            "window": {"s1": plan.s1_window.as_list(), "s2": plan.s2_window.as_list()},
        },
        "land": None if plan.land is None else plan.land.values(),
        "bytes_to_read": plan.bytes_to_read,
        "streaming": _traffic(plan),
    }


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _grid(target: Grid | SwathGrid) -> dict[str, Any]:
    """Pixels of the target; on the radar's own there is no plane, but a window of its image."""
    plane: dict[str, Any] = {"crs": None, "epsg": None, "transform": None, "radar_window": None}
    if isinstance(target, SwathGrid):
        plane["radar_window"] = target.window.as_list()
    else:
        plane |= {
            "crs": target.crs_wkt, "epsg": target.epsg, "transform": list(target.transform),
        }  # fmt: skip
    return plane | {"shape": list(target.shape), "spacing_m": target.spacing_m}


def _traffic(plan: Plan) -> dict[str, Any]:
    """What has travelled up to now, for both scenes, and what running the plan adds."""
    seen = [scene.container.traffic() for scene in (plan.s1, plan.s2)]
    to_come = plan.cost
    return {
        "bytes": sum(reading.bytes for reading in seen),
        "requests": sum(reading.requests for reading in seen),
        "seconds": round(sum(reading.seconds for reading in seen), 3),
        "bytes_to_come": to_come.bytes,
        "requests_to_come": to_come.requests,
    }


def _scene(scene: Any, time: datetime.datetime, time_source: str) -> dict[str, Any]:
    return {
        "product": scene.product,
        "address": scene.address,
        "platform": scene.platform,
        "time": iso_utc(time),
        "time_source": time_source,
        "product_time": iso_utc(scene.time),
        "notes": list(scene.notes),
    }


def iso_utc(time: datetime.datetime) -> str:
    """Time as ISO 8601 in UTC, to the millisecond; a time without a zone is taken as UTC."""
    if time.tzinfo is not None:
        time = time.astimezone(datetime.UTC).replace(tzinfo=None)
    return time.isoformat(timespec="milliseconds") + "Z"


def plain_number(value: SupportsFloat | None) -> float | None:
    """The number, or None for what JSON cannot say."""
    number = math.nan if value is None else float(value)
    return number if math.isfinite(number) else None

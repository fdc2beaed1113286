"""What methods say of pairs whose truth is known, and figures of many such answers."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

import icepair
from battery.toy import Made
from icepair.errors import IcepairError

Methods = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Answer:
    """What one method said of one sensor's pixels of one pair."""

    material: str
    seed: int
    sensor: str
    method: str
    truth: float
    estimate: float | None
    """None where there is no number; `words` says why."""
    uncertainty: float | None
    """One standard deviation as it is stated; None where none is."""
    seconds: float
    valid: float
    """Share of the grid with an answer of both sensors."""
    words: str = ""
    hidden: float = 0.0
    """Share of the ice that this sensor cannot tell from water, whatever the method."""
    even_brash: bool = False
    """Brash fills all the water alike, which looks like thin ice."""

    @property
    def error(self) -> float:
        """Estimate less truth; NaN without an estimate."""
        return math.nan if self.estimate is None else self.estimate - self.truth


def unanswered(material: str, seed: int, sensor: str, name: str, words: str) -> Answer:
    """No number, and why."""
    return Answer(material, seed, sensor, name, math.nan, None, None, 0.0, 0.0, words)


def answers(made: Made, methods: Methods, material: str, hidden: float = 0.0) -> list[Answer]:
    """Answers of methods by sensor, the tutorial's among them where it is named and possible.

    A method's truth is that of the pixels it speaks of; the tutorial speaks of the whole window.
    """
    result = []
    for sensor, names in methods.items():
        for name in names:
            if name == "tutorial":
                if sensor in made.tutorial:
                    result.append(_of_tutorial(made, sensor, material))
                continue
            lost = hidden if sensor == "s1" else 0.0
            result.append(_of_method(made, sensor, name, material, lost))
    return result


def _of_tutorial(made: Made, sensor: str, material: str) -> Answer:
    truth = float(np.nanmean(made.truth[sensor]))
    return Answer(
        material, made.case.seed, sensor, "tutorial", truth, made.tutorial[sensor], None, 0.0, 1.0
    )


def _of_method(made: Made, sensor: str, name: str, material: str, hidden: float) -> Answer:
    other = "s2" if sensor == "s1" else "s1"
    chosen = {f"{sensor}_mask": name, f"{other}_mask": _cheap(other)}
    start = time.perf_counter()
    try:
        ice = icepair.sea_ice(made.pair, **chosen)
    except IcepairError as error:
        return unanswered(material, made.case.seed, sensor, name, str(error))
    seconds = time.perf_counter() - start
    known = (ice["valid"].values == 1) & np.isfinite(made.truth[sensor])
    if not known.any():
        return unanswered(material, made.case.seed, sensor, name, "no pixel in common")
    estimate = float(ice[f"{sensor}_ice_probability"].values[known].mean(dtype=np.float64))
    truth = float(made.truth[sensor][known].mean(dtype=np.float64))
    stated = getattr(icepair.concentrations(ice), f"{sensor}_uncertainty", None)
    return Answer(
        material, made.case.seed, sensor, name, truth, estimate, stated, seconds,
        float(known.mean()), str(ice[f"{sensor}_ice"].attrs.get("rule", ""))[:200], hidden,
        bool(made.case.brash > 0.0 and getattr(made.case, "even_brash", False)),
    )  # fmt: skip


def _cheap(sensor: str) -> str:
    """Method of the sensor that is not asked about."""
    return "automatic" if sensor == "s1" else "threshold"


@dataclass(frozen=True)
class Figures:
    """Figures of many answers of one method; shares of area."""

    count: int
    unanswered: int
    bias: float
    mae: float
    rms: float
    worst: float
    """The error furthest from 0, with its sign."""
    worst_seed: int
    within_5: float
    """Share of pairs within 0.05 of the truth."""
    coverage: float
    """Share of pairs within the stated standard deviation; NaN where none is stated."""
    stated: float
    """Root of the mean square of what is stated; NaN where nothing is."""


def figures(given: Iterable[Answer]) -> Figures:
    """Figures of some answers, of one method as a rule."""
    every = list(given)
    known = [answer for answer in every if answer.estimate is not None]
    nothing = math.nan
    if not known:
        return Figures(0, len(every), *(nothing,) * 4, -1, *(nothing,) * 3)
    error = np.array([answer.error for answer in known])
    worst = int(np.argmax(np.abs(error)))
    pairs = [(abs(a.error), a.uncertainty) for a in known if a.uncertainty is not None]
    covered = float(np.mean([e <= u for e, u in pairs])) if pairs else nothing
    stated = float(np.sqrt(np.mean([u**2 for _, u in pairs]))) if pairs else nothing
    return Figures(
        len(known), len(every) - len(known), float(error.mean()), float(np.abs(error).mean()),
        float(np.sqrt(np.mean(error**2))), float(error[worst]), known[worst].seed,
        float(np.mean(np.abs(error) <= 0.05)), covered, stated,
    )  # fmt: skip


def as_record(answer: Answer) -> dict[str, object]:
    """For a line of JSON."""
    return {name: _plain(value) for name, value in asdict(answer).items()}


def _plain(value: object) -> object:
    if isinstance(value, float):
        return None if math.isnan(value) else round(value, 6)
    return value


def from_record(record: Mapping[str, object]) -> Answer:
    """Inverse of `as_record`."""
    values = dict(record)
    values["truth"] = math.nan if values["truth"] is None else values["truth"]
    return Answer(**values)  # type: ignore[arg-type]

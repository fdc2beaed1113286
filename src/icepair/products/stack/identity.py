"""Name, satellite and time of a gridded scene."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from icepair.errors import UsageError
from icepair.products.attributes import first_match, moment
from icepair.products.stack.files import Layer
from icepair.products.stack.told import Told

__all__ = ["Identity", "identity_of"]

_PRODUCTS = {
    "S1": re.compile(
        r"(?P<unit>S1[A-D])_(?:EW|IW|WV|S\d)_\w{4}_\w{4}_(?P<start>\d{8}T\d{6})_\d{8}T\d{6}(?:_[0-9A-F]+)*"
    ),
    "S2": re.compile(r"(?P<unit>S2[A-D])_MSIL(?:1C|2A)_(?P<start>\d{8}T\d{6})(?:_[A-Z0-9]+)*"),
}
_FILES = {
    # Images in SAFE, terrain-corrected products of HyP3, and those of OPERA.
    "S1": (
        re.compile(r"(?P<unit>S1[A-D])-(?:EW|IW|WV|S\d)-\w{3,4}-\w\w-(?P<start>\d{8}T\d{6})-"),
        re.compile(r"(?P<unit>S1[A-D])_(?:EW|IW|S\d)_(?P<start>\d{8}T\d{6})_"),
        re.compile(r"_RTC-S1\w*_T[^_]+_(?P<start>\d{8}T\d{6})Z_\d{8}T\d{6}Z_(?P<unit>S1[A-D])_"),
    ),
    # Images in SAFE, and exports of Earth Engine.
    "S2": (
        re.compile(r"(?P<unit>)T\d\d[A-Z]{3}_(?P<start>\d{8}T\d{6})"),
        re.compile(r"(?P<unit>)(?<!\d)(?P<start>\d{8}T\d{6})_\d{8}T\d{6}_T\d\d[A-Z]{3}"),
    ),
}
_TIME_TAGS = (
    "ACQUISITION_DATETIME", "ACQUISITIONDATETIME", "SENSING_TIME", "PRODUCT_START_TIME",
    "DATATAKE_1_DATATAKE_SENSING_START", "TIME_COVERAGE_START", "START_TIME", "DATETIME", "DATE",
)  # fmt: skip
_WRITTEN = "TIFFTAG_DATETIME"
_DAY = re.compile(r"\d{4}-?\d\d-?\d\d")


@dataclass(frozen=True)
class Identity:
    """Which scene it is, as far as its files tell."""

    product: str
    platform: str
    time: datetime
    time_source: str
    notes: tuple[str, ...] = ()


def identity_of(
    layers: Sequence[Layer], sensor: str, told: Told, address: str, fallback: str
) -> Identity:
    """Name, satellite and time: told, from tags, or from a product's name in files or tags.

    Raises
    ------
    UsageError
        Nobody says when the scene was seen.
    """
    texts = [text.upper() for text in _texts(layers)]
    product = first_match(_PRODUCTS[sensor], texts)
    files = (first_match(pattern, texts) for pattern in _FILES[sensor])
    named = product or next(filter(None, files), None)
    time, source, stated = _time(layers, named, told)
    if time is None:
        raise UsageError(
            f"{address} does not say when it was seen: there is no tag such as "
            "ACQUISITION_DATETIME and no product name with a date. Say time='2020-01-11T23:27:23' "
            f"(UTC), on the command line --{sensor.lower()}-time."
        )
    return Identity(
        product=product[0] if product else fallback,
        platform=(named["unit"] if named else "") or sensor,
        time=time,
        time_source=source,
        notes=tuple(_time_notes(source, stated)),
    )


def _time_notes(source: str, stated: str) -> Iterator[str]:
    if source == _WRITTEN:
        yield (
            f"The time is that of {_WRITTEN}, which many programs set to when they wrote the file."
        )
    if _DAY.fullmatch(stated.strip()):
        yield (
            f"Only the day is known ({stated.strip()}, {source}): 00:00 UTC is taken, so the time "
            "between the scenes, and the drift expected in it, may be off by that of a day."
        )


def _texts(layers: Sequence[Layer]) -> Iterable[str]:
    """Where a product's name may be written: file, folder, tags."""
    for layer in layers:
        path = Path(layer.path)
        yield from (path.name, path.parent.name, *layer.tags.values())


def _time(
    layers: Sequence[Layer], named: re.Match[str] | None, told: Told
) -> tuple[datetime | None, str, str]:
    """Time, where it comes from, and what is written there."""
    if told.moment is not None:
        return told.moment, "as told", str(told.time)
    tags = {key.upper(): text for layer in layers for key, text in layer.tags.items()}
    for key in _TIME_TAGS:
        time = moment(tags.get(key, "")) or moment(f"{tags.get(key, '')} 00:00:00")
        if time is not None:
            return time, f"tag {key}", tags[key]
    if named is not None:
        return moment(named["start"]), "start in the product's name", named["start"]
    written = re.sub(r"^(\d{4}):(\d\d):(\d\d)", r"\1-\2-\3", tags.get(_WRITTEN, ""))
    return moment(written), _WRITTEN, written

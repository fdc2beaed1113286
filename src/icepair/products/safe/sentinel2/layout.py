"""Where the files of a Sentinel-2 product lie, in the layout since 2016-12 and the one before."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from icepair.conventions import BANDS, band_name
from icepair.errors import DamagedFileError, UsageError
from icepair.products.safe.archive import SafeArchive

__all__ = ["Granule", "chosen_granule", "datastrip_metadata", "product_metadata"]

_PRODUCT_METADATA = re.compile(r"MTD_MSIL(1C|2A)\.xml|S2\w_\w+_MTD_SAFL(1C|2A)_\w+\.xml")
_TILE_METADATA = re.compile(r"MTD_TL\.xml|S2\w_\w+_MTD_L(1C|2A)_TL_\w+\.xml")
_DATASTRIP_METADATA = re.compile(r"MTD_DS\.xml|S2\w_\w+_MTD_L(1C|2A)_DS_\w+\.xml")
_IMAGE = re.compile(r"_(B\d\d|B8A|SCL|AOT|WVP)(?:_([126]0)m)?\.jp2$")
_LAYER = re.compile(r"(?:MSK_)?(?:\w+_)?(CLD|SNW)(?:PRB)?_([126]0)m\.jp2")
_BAND_MASK = re.compile(
    r"MSK_(DETFOO|QUALIT|NODATA|SATURA|DEFECT)_(?:\w+_)?(B\d\d|B8A)(?:_MSIL1C)?"
)
_CLOUD_MASK = re.compile(r"MSK_(CLASSI|CLOUDS)_(?:\w+_)?B00(?:_MSIL1C)?")
_NATIVE_M = {
    **dict.fromkeys(BANDS, 20),
    **dict.fromkeys(("B02", "B03", "B04", "B08"), 10),
    **dict.fromkeys(("B01", "B09", "B10"), 60),
}
"""Metres of a pixel as the instrument sees; L2A repeats bands coarser, and B01 finer."""


@dataclass(frozen=True)
class Granule:
    """Files of one tile."""

    name: str
    """Its folder, ``L1C_T45XWJ_A032624_20221130T085000``."""
    metadata: str
    """Member with the tile's metadata."""
    images: Mapping[str, tuple[str, int]] = field(repr=False)
    """Member and metres of a pixel, by band or raster (``B02``, ``SCL``, ``AOT``, ``WVP``)."""
    layers: Mapping[str, tuple[str, int]] = field(repr=False)
    """The same of probabilities: ``MSK_CLDPRB``, ``MSK_SNWPRB``."""
    clouds: str
    """Member with classes (a raster) or clouds (polygons); empty for none."""
    band_masks: Mapping[tuple[str, str], str] = field(repr=False)
    """Member by kind (``DETFOO``, ``QUALIT``, ``NODATA``, ``SATURA``, ``DEFECT``) and band."""


def product_metadata(archive: SafeArchive) -> str:
    """Member with the product's metadata.

    Raises
    ------
    DamagedFileError
        There is none.
    """
    found = [name for name in archive.members if _PRODUCT_METADATA.fullmatch(name)]
    if not found:
        raise DamagedFileError(
            f"{archive.address} has no MTD_MSIL1C.xml or MTD_MSIL2A.xml in its top folder, which "
            "says how numbers become reflectance. Fetch the product again."
        )
    return found[0]


def chosen_granule(archive: SafeArchive) -> Granule:
    """The product's tile, or that of several to which the address points.

    Raises
    ------
    UsageError
        Several tiles, and the address points to none of them.
    DamagedFileError
        No tile, or one without metadata.
    """
    names = sorted({name.split("/")[1] for name in archive.matching("GRANULE/*/*")})
    asked = archive.inside.split("/")[1:2] if archive.inside.startswith("GRANULE/") else []
    chosen = asked or names
    if not chosen:
        raise DamagedFileError(
            f"{archive.address} has no folder under GRANULE, so no image; fetch it again."
        )
    if len(chosen) > 1:
        tiles = ", ".join(_tile_in(name) for name in names)
        raise UsageError(
            f"{archive.address} holds {len(names)} tiles ({tiles}); give the folder of one of "
            f"them, such as {archive.address}/GRANULE/{names[0]} (of a zip: unpack it first)."
        )
    return _granule(archive, chosen[0])


def datastrip_metadata(archive: SafeArchive, identifier: str) -> str:
    """Member with the metadata of a tile's datastrip; empty where there is none."""
    found = [name for name in archive.members if _named(_DATASTRIP_METADATA, name)]
    own = [name for name in found if name.startswith("DATASTRIP/") and _folder(name) in identifier]
    return next(iter(own or (found if len(found) == 1 else ())), "")


def _tile_in(name: str) -> str:
    match = re.search(r"_T(\d{2}[A-Z]{3})", name)
    return match[1] if match else name


def _folder(member: str) -> str:
    return member.split("/")[1]


def _named(pattern: re.Pattern[str], member: str) -> bool:
    return pattern.fullmatch(member.rpartition("/")[2]) is not None


def _granule(archive: SafeArchive, name: str) -> Granule:
    members = [member for member in archive.members if member.startswith(f"GRANULE/{name}/")]
    metadata = [member for member in members if _named(_TILE_METADATA, member)]
    if not metadata:
        raise DamagedFileError(
            f"GRANULE/{name} of {archive.address} has no MTD_TL.xml, which says where the tile "
            "lies. Fetch the product again."
        )
    quality = [member for member in members if "/QI_DATA/" in member]
    return Granule(
        name=name,
        metadata=metadata[0],
        images=_images(member for member in members if "/IMG_DATA/" in member),
        layers=_layers(quality),
        clouds=_clouds(quality),
        band_masks=_band_masks(quality),
    )


def _images(members: Iterable[str]) -> dict[str, tuple[str, int]]:
    """By band the member nearest to the instrument's own resolution, finer ones first."""
    found: dict[str, tuple[str, int]] = {}
    for member in members:
        match = _IMAGE.search(member)
        if match is None:
            continue
        native = _NATIVE_M.get(match[1], 10)
        metres = int(match[2] or native)
        kept = found.get(match[1])
        if kept is None or abs(metres - native) < abs(kept[1] - native):
            found[match[1]] = member, metres
    return found


def _layers(members: Iterable[str]) -> dict[str, tuple[str, int]]:
    found: dict[str, tuple[str, int]] = {}
    for member in members:
        match = _LAYER.fullmatch(member.rpartition("/")[2])
        if match is None:
            continue
        name, metres = f"MSK_{match[1]}PRB", int(match[2])
        if name not in found or metres < found[name][1]:
            found[name] = member, metres
    return found


def _clouds(members: Iterable[str]) -> str:
    """Classes where there are both: they know snow too."""
    found = [member for member in members if _CLOUD_MASK.search(member)]
    return min(found, key=lambda member: "CLASSI" not in member, default="")


def _band_masks(members: Iterable[str]) -> dict[tuple[str, str], str]:
    matches = ((member, _BAND_MASK.search(member)) for member in members)
    return {(match[1], band_name(match[2])): member for member, match in matches if match}

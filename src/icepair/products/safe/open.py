"""Opening a product in the SAFE layout: which sensor made it."""

from __future__ import annotations

import os

from icepair.errors import UnsupportedProductError
from icepair.products.safe.archive import SafeArchive, open_archive
from icepair.products.sentinel1 import Sentinel1Scene
from icepair.products.sentinel2 import Sentinel2Scene

__all__ = ["open_safe"]


def open_safe(address: str | os.PathLike[str]) -> Sentinel1Scene | Sentinel2Scene:
    """Scene of a SAFE folder or zip; see `icepair.open_scene` for what is accepted and raised."""
    archive = open_archive(address)
    if _is_sentinel1(archive):
        from icepair.products.safe.sentinel1.open import open_sentinel1_safe

        return open_sentinel1_safe(archive)
    if _is_sentinel2(archive):
        from icepair.products.safe.sentinel2.open import open_sentinel2_safe

        return open_sentinel2_safe(archive)
    raise UnsupportedProductError(
        f"{archive.address} is no Sentinel-1 or Sentinel-2 product: it has neither annotation/ "
        f"nor GRANULE/ (its name is {archive.name})."
    )


def _is_sentinel1(archive: SafeArchive) -> bool:
    return archive.name.upper().startswith("S1") or bool(archive.matching("annotation/*.xml"))


def _is_sentinel2(archive: SafeArchive) -> bool:
    return bool(archive.matching("MTD_*.xml") or archive.matching("GRANULE/*"))

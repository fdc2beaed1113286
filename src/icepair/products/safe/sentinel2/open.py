"""Opening a Sentinel-2 product in the SAFE layout."""

from __future__ import annotations

from icepair.errors import UnsupportedProductError
from icepair.products.safe.archive import SafeArchive
from icepair.products.sentinel2 import Sentinel2Scene

__all__ = ["open_sentinel2_safe"]


def open_sentinel2_safe(archive: SafeArchive) -> Sentinel2Scene:
    """Scene of a Sentinel-2 product in the SAFE layout."""
    raise UnsupportedProductError(
        f"{archive.address} is a SAFE product of Sentinel-2, which icepair does not read yet; "
        "take the NetCDF-4 product of the same scene."
    )

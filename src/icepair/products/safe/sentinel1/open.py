"""Opening a Sentinel-1 GRD product in the SAFE layout."""

from __future__ import annotations

from icepair.errors import UnsupportedProductError
from icepair.products.safe.archive import SafeArchive
from icepair.products.sentinel1 import Sentinel1Scene

__all__ = ["open_sentinel1_safe"]


def open_sentinel1_safe(archive: SafeArchive) -> Sentinel1Scene:
    """Scene of a Sentinel-1 GRD product in the SAFE layout."""
    raise UnsupportedProductError(
        f"{archive.address} is a SAFE product of Sentinel-1, which icepair does not read yet; "
        "take the NetCDF-4 product of the same scene."
    )

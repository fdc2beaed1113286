"""Opening a product: recognise it by what is in it."""

from __future__ import annotations

import os
from pathlib import Path

from icepair.dap.address import is_address
from icepair.errors import IcepairError, UnsupportedProductError
from icepair.products.container import Container
from icepair.products.netcdf import NetcdfContainer
from icepair.products.safe.archive import holds_safe
from icepair.products.safe.open import open_safe
from icepair.products.sentinel1 import Sentinel1Scene
from icepair.products.sentinel1_nbs import is_sentinel1, open_sentinel1
from icepair.products.sentinel2 import Sentinel2Scene
from icepair.products.sentinel2_nbs import is_sentinel2, open_sentinel2

__all__ = ["open_scene", "scene_of"]


def open_scene(address: str | os.PathLike[str]) -> Sentinel1Scene | Sentinel2Scene:
    """Scene of a product, recognised by its content whatever its name.

    Only metadata and a few probe pixels are read; numbers come by window when they are asked for.

    Parameters
    ----------
    address : str or path
        A product as the Copernicus archives hand it out: a ``.SAFE`` folder, its
        ``manifest.safe``, or the zip of it. Or a NetCDF-4 file in the layout of the Norwegian
        ground segment (NBS), or the OPeNDAP address of one
        (``https://server/thredds/dodsC/….nc``). Sentinel-1 GRD (EW, IW or stripmap) or
        Sentinel-2 L1C or L2A, of any satellite.

    Returns
    -------
    Sentinel1Scene or Sentinel2Scene
        ``notes`` say what was odd about the file and what was done about it.

    Raises
    ------
    UnsupportedProductError
        Something else: SLC, another archive, another format.
    DamagedFileError
        The file is missing, cut short, unreadable, or lacks what its kind must have.
    ContradictionError
        Parts of the product cannot both be true.
    RemoteError
        The server, or the way to it, failed.

    Examples
    --------
    >>> scene = open_scene("S2A_MSIL1C_….nc")  # doctest: +SKIP
    >>> scene.sensor, scene.grid.epsg, scene.bands[:3]  # doctest: +SKIP
    ('S2', 32639, ('B01', 'B02', 'B03'))
    """
    text = os.fspath(address)
    if not is_address(text) and holds_safe(text):
        return open_safe(text)
    container = _container(text)
    try:
        return scene_of(container)
    except IcepairError:
        container.close()
        raise


def _container(address: str) -> Container:
    if is_address(address):
        from icepair.dap.container import DapContainer

        return DapContainer(address)
    return NetcdfContainer(str(Path(address).expanduser()))


def scene_of(container: Container) -> Sentinel1Scene | Sentinel2Scene:
    """Scene of whatever a container holds; see `open_scene`."""
    if is_sentinel1(container):
        return open_sentinel1(container)
    if is_sentinel2(container):
        return open_sentinel2(container)
    shown = ", ".join(container.names[:6]) or "none"
    raise UnsupportedProductError(
        f"{container.address} is NetCDF-4 but no Sentinel-1 GRD or Sentinel-2 product that "
        f"icepair knows: neither Amplitude_HH and its like nor B2, x and y are among its "
        f"variables ({shown}{', …' if len(container.names) > 6 else ''})."
    )

"""Opening a product: recognise it by what is in it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

from icepair.dap.address import is_address
from icepair.errors import (
    DamagedFileError,
    IcepairError,
    UnsupportedProductError,
    UsageError,
)
from icepair.products.container import Container
from icepair.products.merged import merge_scenes
from icepair.products.netcdf import NetcdfContainer
from icepair.products.safe.archive import holds_safe
from icepair.products.safe.open import open_safe
from icepair.products.sentinel1 import Sentinel1Scene
from icepair.products.sentinel1_nbs import is_sentinel1, open_sentinel1
from icepair.products.sentinel2 import Sentinel2Scene
from icepair.products.sentinel2_nbs import is_sentinel2, open_sentinel2
from icepair.products.stack.open import holds_stack, open_stack
from icepair.products.stack.scenes import GriddedOpticalScene, GriddedRadarScene
from icepair.products.stack.told import Told

__all__ = ["open_scene", "scene_of"]


Opened = Sentinel1Scene | Sentinel2Scene | GriddedRadarScene | GriddedOpticalScene


def open_scene(
    address: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    *,
    roles: Sequence[str] | str | None = None,
    units: str | None = None,
    offset: float | None = None,
    quantification: float | None = None,
    time: str | datetime | None = None,
) -> Opened:
    """Scene of a product, recognised by its content whatever its name.

    Only metadata and a few probe pixels are read; numbers come by window when they are asked for.

    Parameters
    ----------
    address : str, path, or sequence of paths
        A product as the Copernicus archives hand it out: a ``.SAFE`` folder, its
        ``manifest.safe``, or the zip of it. Or a NetCDF-4 file in the layout of the Norwegian
        ground segment (NBS), or the OPeNDAP address of one
        (``https://server/thredds/dodsC/….nc``). Sentinel-1 GRD (EW, IW or stripmap) or
        Sentinel-2 L1C or L2A, of any satellite. Or a scene that lies on a grid already: a GeoTIFF,
        a folder of them, or a list, all on one grid. A list of Sentinel-2 products of one tile and
        day is merged; see `icepair.products.merged.merge_scenes`.
    roles : str with commas, or sequence of str, optional
        Of a gridded scene: what its bands are, in their order (``VV,VH``, ``B02,-,B04``; ``-``
        leaves one out), where files do not say it.
    units : str, optional
        Of a gridded scene: ``linear`` or ``db`` of radar, ``dn`` or ``reflectance`` of optical
        bands, where they do not say it.
    offset, quantification : float, optional
        Of gridded optical digital numbers: what is added (-1000 or 0) and what they are divided by
        (10,000 unless the file says otherwise).
    time : str or datetime, optional
        Of a gridded scene: when it was seen, UTC, where it does not say it.

    Returns
    -------
    Sentinel1Scene, Sentinel2Scene, GriddedRadarScene or GriddedOpticalScene
        ``notes`` say what was odd about the file and what was done about it.

    Raises
    ------
    UsageError
        What a gridded scene does not say itself was not said, or said of another kind of product.
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
    told = Told(roles, units, offset, quantification, time)
    if not isinstance(address, str | os.PathLike):
        several = [os.fspath(each) for each in address]
        _refuse_absent(*several)
        if not several or any(not is_address(each) and holds_stack(each) for each in several):
            _refuse_mixed(several)
            return open_stack(several[0] if len(several) == 1 else several, told)
        return _open_merged(several, told)
    text = os.fspath(address)
    _refuse_absent(text)
    is_local = not is_address(text)
    is_safe = is_local and holds_safe(text)
    if is_local and not is_safe and holds_stack(text):
        return open_stack(text, told)
    if not told.is_empty:
        raise _told_of_product(text)
    if is_safe:
        return open_safe(text)
    container = _container(text)
    try:
        return scene_of(container)
    except IcepairError:
        container.close()
        raise


def _refuse_absent(*addresses: str) -> None:
    """Refuse paths of nothing: too long, with odd characters, of an unknown user among them."""
    for address in addresses:
        if is_address(address):
            continue
        try:
            Path(address).expanduser().stat()
        except (OSError, ValueError, RuntimeError) as error:
            reason = getattr(error, "strerror", None) or error
            raise DamagedFileError(
                f"There is no file or folder {address} ({reason}). Check the spelling."
            ) from error


def _refuse_mixed(addresses: Sequence[str]) -> None:
    """Refuse products, addresses and folders in a list of GeoTIFFs."""
    for address in addresses if len(addresses) > 1 else ():
        path = Path(address).expanduser()
        is_netcdf = path.suffix.lower() == ".nc"
        if is_address(address) or path.is_dir() or is_netcdf or holds_safe(address):
            raise UsageError(
                f"{address} stands in a list with GeoTIFFs and is no such file. A scene is a list "
                "of GeoTIFFs, one folder of them, or products of one tile; open each by itself."
            )


def _open_merged(addresses: Sequence[str], told: Told) -> Sentinel2Scene:
    """Scene of several products of one tile and day."""
    if not told.is_empty:
        raise _told_of_product(", ".join(addresses))
    with ExitStack() as opened:
        scenes = []
        for address in addresses:
            scenes.append(open_scene(address))
            opened.callback(scenes[-1].container.close)
        merged = merge_scenes(scenes)
        opened.pop_all()
        return merged


def _container(address: str) -> Container:
    if is_address(address):
        from icepair.dap.container import DapContainer

        return DapContainer(address)
    return NetcdfContainer(str(Path(address).expanduser()))


def _told_of_product(address: str) -> UsageError:
    return UsageError(
        f"{address} is no GeoTIFF: roles, units, offset, quantification and time belong to "
        "gridded scenes; products say all of it themselves."
    )


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

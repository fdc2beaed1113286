"""Zips of product folders, as archives hand them out."""

from __future__ import annotations

import zipfile
from pathlib import Path

__all__ = ["zip_product"]


def zip_product(
    safe: Path, *, top: str | None = None, name: str | None = None, deflate: bool = True
) -> Path:
    """Zip of a product beside its folder.

    Parameters
    ----------
    safe
        The ``.SAFE`` folder.
    top
        Folder in the zip; its own name where None, none where empty.
    name
        File's name; the product's with ``.zip`` where None.
    deflate
        Whether members are compressed: zips of either kind are handed out.
    """
    path = safe.parent / (name or f"{safe.name.removesuffix('.SAFE')}.zip")
    prefix = Path(safe.name if top is None else top)
    kind = zipfile.ZIP_DEFLATED if deflate else zipfile.ZIP_STORED
    with zipfile.ZipFile(path, "w", kind) as archive:
        for file in sorted(safe.rglob("*")):
            if file.is_file():
                archive.write(file, (prefix / file.relative_to(safe)).as_posix())
    return path

"""Floes on real pixels: a picture to look at, not figures to believe.

    python benchmarks/real_floes.py [FOLDER]

Terra and Aqua over drift ice north-east of Greenland, hours apart, from ``../shared/data``; the
picture goes into FOLDER (default docs/pictures). No truth is known for these pixels.
"""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import numpy as np
import rasterio
import xarray as xr
from matplotlib import pyplot

import icepair
from icepair.conventions import NO_ANSWER

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data" / "modis_seaice_negreenland_20220914"
WINDOW = rasterio.windows.Window(470, 40, 240, 345)
# Bytes of bands 7, 2 and 1 as the archive stretches them.
CLOUD_ABOVE, ICE_ABOVE = 110, 150


def read(name: str) -> tuple[np.ndarray, rasterio.Affine]:
    """Bytes of an image in the window, and where it lies."""
    with rasterio.open(DATA / name) as file:
        return file.read(window=WINDOW), file.window_transform(WINDOW)


def mask_of(satellite: str) -> xr.DataArray:
    """Ice where band 1 is bright; no answer on land and where band 7 tells cloud."""
    bands, place = read(f"20220914.{satellite}.reflectance.250m.tiff")
    land, _ = read("landmask.tiff")
    mask = (bands[2] > ICE_ABOVE).astype(np.uint8)
    mask[(bands[0] > CLOUD_ABOVE) | (land[0] > 0)] = NO_ANSWER
    rows, columns = mask.shape
    # 255.9 by 255.8 m: the mean is square, less than 15 m off at the window's far corner.
    pixel = 0.5 * (place.a - place.e)
    return xr.DataArray(
        mask,
        dims=("y", "x"),
        coords={
            "y": place.f - pixel * (np.arange(rows) + 0.5),
            "x": place.c + pixel * (np.arange(columns) + 0.5),
        },
    )


def main() -> None:
    """Draw both scenes with their floes."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures"
    figure, axes = pyplot.subplots(1, 4, figsize=(13, 5.2), layout="constrained")
    for number, satellite in enumerate(("terra", "aqua")):
        mask = mask_of(satellite)
        found = icepair.floes(mask)
        sizes = icepair.size_distribution(found)
        sys.stdout.write(f"{satellite}: {len(found.table)} floes, {sizes.cut_floes} cut\n")
        sys.stdout.write(f"  {sizes.power_law} {sizes.note}\n")
        colour, _ = read(f"20220914.{satellite}.truecolor.250m.tiff")
        labels = found.labels.values
        shades = np.random.default_rng(3).uniform(0.35, 1.0, (labels.max() + 1, 3))
        painted = shades[labels]
        painted[labels == 0] = (0.04, 0.15, 0.27)
        painted[mask.values == NO_ANSWER] = (0.5, 0.5, 0.5)
        image, map_ = axes[2 * number], axes[2 * number + 1]
        image.imshow(np.moveaxis(colour, 0, -1))
        image.set_title(f"{satellite.title()}, true colour", fontsize=9)
        map_.imshow(painted, interpolation="nearest")
        map_.set_title(f"{len(found.table)} floes of {found.smallest_m:.0f} m or more", fontsize=9)
    for axis in axes:
        axis.axis("off")
    figure.supxlabel(
        "NASA Worldview, MODIS on Terra and Aqua, 14 September 2022. Each floe its own colour; "
        "dark water and what is smaller, grey land and cloud.",
        fontsize=7,
    )
    figure.savefig(folder / "floes-drift.jpg", dpi=90, pil_kwargs={"quality": 85})
    pyplot.close(figure)


if __name__ == "__main__":
    main()

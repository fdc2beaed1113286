"""Optical methods side by side on real pixels: pictures to look at, not figures to believe.

    python benchmarks/real_pixels.py [FOLDER]

Writes one picture for each data set of ``../shared/data`` that is there into FOLDER (default
docs/pictures). No truth is known for these pixels, so nothing is measured.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import numpy as np
import rasterio
import xarray as xr
from matplotlib import pyplot
from matplotlib.colors import ListedColormap

from icepair.conventions import BANDS, NO_ANSWER, reflectance_name
from icepair.ice.methods import method_of
from icepair.ice.optical.classes import surface_classes

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data"
METHODS = ("threshold", "automatic", "spectral")
CLASS_COLOURS = ListedColormap(["#0b2545", "#7d8ca3", "#4fb0c6", "#f4f7fb"])
COPERNICUS = "Contains modified Copernicus Sentinel data {}"
OFFSET = 1000
# Bytes of the archive's true colour and the reflectance, of 255 for 1.1, that they stand for.
STRETCHED, LINEAR = (0, 110, 160, 210, 240, 255), (0, 30, 60, 120, 190, 255)


def terramind(tile: str) -> dict[str, np.ndarray]:
    """All bands of one small Sentinel-2 image."""
    with rasterio.open(DATA / "s1s2_terramind" / "S2L1C" / f"{tile}.tif") as file:
        numbers = file.read().astype(np.float32)
    return dict(zip(BANDS, (numbers - OFFSET) / 10000, strict=True))


def ponds() -> dict[str, np.ndarray]:
    """Blue and red of meltwater on an ice sheet, corrected for the atmosphere."""
    folder = DATA / "s2_ice_ponds_22wev_20190723"
    bands = {}
    for band, colour in (("B02", "blue"), ("B04", "red")):
        with rasterio.open(folder / f"S2_22WEV_20190723_{band}_{colour}.tif") as file:
            bands[band] = file.read(1).astype(np.float32) / 10000
    return bands


def modis() -> dict[str, np.ndarray]:
    """True colour of drift ice and cloud north-east of Greenland, its stretch undone."""
    folder = DATA / "modis_seaice_negreenland_20220914"
    with rasterio.open(folder / "20220914.aqua.truecolor.250m.tiff") as file:
        linear = np.interp(file.read(), STRETCHED, LINEAR) / 255 * 1.1
    return dict(zip(("B04", "B03", "B02"), linear.astype(np.float32), strict=True))


PICTURES: dict[str, tuple[Callable[[], dict[str, np.ndarray]], str]] = {
    "optical-coast": (lambda: terramind("282D_485L_3_3"), COPERNICUS.format("2018-2023")),
    "optical-snow": (lambda: terramind("609U_541L_3_0"), COPERNICUS.format("2018-2023")),
    "optical-ponds": (ponds, COPERNICUS.format(2019)),
    "optical-drift": (modis, "NASA Worldview, MODIS on Aqua, 14 September 2022"),
}


def aligned(bands: dict[str, np.ndarray]) -> xr.Dataset:
    """Bands as the variables of a pair."""
    rows, columns = next(iter(bands.values())).shape
    return xr.Dataset(
        {reflectance_name(band): (("y", "x"), values) for band, values in bands.items()},
        coords={"y": -10.0 * np.arange(rows), "x": 10.0 * np.arange(columns)},
    )


def share_of_ice(pair: xr.Dataset, method: str) -> np.ndarray:
    """Probability of ice by a method's name."""
    rule = method_of("s2", method)(pair)
    return rule.probability({name: pair[name].values for name in rule.variables})


def true_colour(bands: dict[str, np.ndarray]) -> np.ndarray:
    """Red, green and blue; green is between the two where it is missing."""
    green = bands.get("B03", 0.5 * (bands["B02"] + bands["B04"]))
    colour = np.dstack([bands["B04"], green, bands["B02"]])
    return np.clip(colour / max(0.2, float(np.percentile(colour, 99))), 0, 1) ** 0.7


def draw(bands: dict[str, np.ndarray], credit: str, path: Path) -> None:
    """True colour, the share of ice by every method, and the classes."""
    pair = aligned(bands)
    panels = [("true colour", true_colour(bands), None)]
    for name in METHODS:
        share = share_of_ice(pair, name)
        panels.append((f"{name}: {np.nanmean(share):.1%} ice", share, "gray"))
    classes = surface_classes(pair).values
    panels.append(("classes", np.where(classes == NO_ANSWER, 0, classes), CLASS_COLOURS))
    wide = classes.shape[1] > 1.5 * classes.shape[0]
    layout, size = ((len(panels), 1), (6.4, 14)) if wide else ((1, len(panels)), (13, 3.1))
    figure, axes = pyplot.subplots(*layout, figsize=size, layout="constrained")
    for axis, (title, image, colours) in zip(axes.flat, panels, strict=True):
        limits = {"vmin": 0, "vmax": 3 if colours is CLASS_COLOURS else 1}
        axis.imshow(image, cmap=colours, **limits)
        axis.set_title(title, fontsize=9)
        axis.axis("off")
    figure.supxlabel(
        f"{credit}.  Classes: dark open water, grey thin, blue bare or ponded, white snow-covered",
        fontsize=7,
    )
    figure.savefig(path, dpi=72, pil_kwargs={"quality": 82})
    pyplot.close(figure)


def main() -> None:
    """Draw every data set that is there."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures"
    for name, (read, credit) in PICTURES.items():
        try:
            bands = read()
        except rasterio.errors.RasterioIOError:
            sys.stdout.write(f"{name}: data not there, skipped\n")
            continue
        draw(bands, credit, folder / f"{name}.jpg")
        sys.stdout.write(f"{folder / name}.jpg\n")


if __name__ == "__main__":
    main()

"""Methods of both sensors side by side on real pixels: pictures to look at, not figures to believe.

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

from icepair.conventions import BANDS, NO_ANSWER, reflectance_name, sigma0_name
from icepair.ice.methods import Sensor, method_of
from icepair.ice.optical.classes import surface_classes

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data"
METHODS = ("threshold", "automatic", "spectral")
RADAR_METHODS = ("threshold", "automatic", "network")
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


# Quick-look bytes have no calibration: the median of the image is set to a usual level of winter
# ice at 30 degrees, and the byte taken for amplitude.
QUICK_LOOK_MEDIAN_DB = {"HH": -12.5, "HV": -22.5}
QUICK_LOOK_ANGLES = (18.9, 46.4)
QUICK_LOOK_SPACING_M = 820.0


def terramind_radar(tile: str) -> xr.Dataset:
    """VV and VH of one small Sentinel-1 image, flattened by its terrain; no angle is known."""
    with rasterio.open(DATA / "s1s2_terramind" / "S1RTC" / f"{tile}.tif") as file:
        power = 10 ** (file.read().astype(np.float32) / 10)
    return radar_pair(dict(zip(("VV", "VH"), power, strict=True)), 10.0)


def quick_look() -> xr.Dataset:
    """HH and HV of a quick-look of winter pack ice and islands, in the radar's own geometry."""
    with rasterio.open(DATA / "s1_ew_grdm_kara_20221130" / "quick-look.png") as file:
        amplitude = file.read([1, 2]).astype(np.float32)
    amplitude[:, (amplitude == 0).any(axis=0)] = np.nan
    powers = {}
    for name, values in zip(("HH", "HV"), amplitude, strict=True):
        usual = 10 ** (QUICK_LOOK_MEDIAN_DB[name] / 10)
        powers[name] = (values / np.nanmedian(values)) ** 2 * np.float32(usual)
    pair = radar_pair(powers, QUICK_LOOK_SPACING_M)
    angles = np.linspace(*QUICK_LOOK_ANGLES, pair.sizes["x"], dtype=np.float32)
    pair["s1_incidence_angle"] = ("y", "x"), np.broadcast_to(angles, amplitude.shape[1:]).copy()
    return pair


RADAR_PICTURES: dict[str, tuple[Callable[[], xr.Dataset], str]] = {
    "radar-coast": (lambda: terramind_radar("282D_485L_3_3"), COPERNICUS.format("2018-2023")),
    "radar-snow": (lambda: terramind_radar("609U_541L_3_0"), COPERNICUS.format("2018-2023")),
    "radar-pack": (quick_look, COPERNICUS.format(2022)),
}


def radar_pair(powers: dict[str, np.ndarray], spacing_m: float) -> xr.Dataset:
    """Powers by polarisation as the variables of a pair."""
    rows, columns = next(iter(powers.values())).shape
    return xr.Dataset(
        {sigma0_name(name): (("y", "x"), values) for name, values in powers.items()},
        coords={"y": -spacing_m * np.arange(rows), "x": spacing_m * np.arange(columns)},
        attrs={"grid_spacing_m": spacing_m, "s1_spacing_m": [spacing_m, spacing_m]},
    )


def aligned(bands: dict[str, np.ndarray]) -> xr.Dataset:
    """Bands as the variables of a pair."""
    rows, columns = next(iter(bands.values())).shape
    return xr.Dataset(
        {reflectance_name(band): (("y", "x"), values) for band, values in bands.items()},
        coords={"y": -10.0 * np.arange(rows), "x": 10.0 * np.arange(columns)},
    )


def share_of_ice(pair: xr.Dataset, method: str, sensor: Sensor = "s2") -> np.ndarray:
    """Probability of ice by a method's name."""
    rule = method_of(sensor, method)(pair)
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


def draw_radar(pair: xr.Dataset, credit: str, path: Path) -> None:
    """Backscatter in both polarisations, and the share of ice by every method."""
    panels = []
    for name in (name for name in pair if str(name).startswith("s1_sigma0")):
        decibels = 10 * np.log10(np.maximum(pair[name].values, 1e-5))
        panels.append((str(name)[-2:].upper(), decibels, np.nanpercentile(decibels, [2, 98])))
    for method in RADAR_METHODS:
        share = share_of_ice(pair, method, "s1")
        panels.append((f"{method}: {np.nanmean(share):.1%} ice", share, (0, 1)))
    figure, axes = pyplot.subplots(1, len(panels), figsize=(13, 3.1), layout="constrained")
    greys = pyplot.get_cmap("gray").with_extremes(bad="#c98f5a")
    for axis, (title, image, (low, high)) in zip(axes.flat, panels, strict=True):
        axis.imshow(image, cmap=greys, vmin=low, vmax=high)
        axis.set_title(title, fontsize=9)
        axis.axis("off")
    figure.supxlabel(f"{credit}.  White is ice, black water, brown no answer", fontsize=7)
    figure.savefig(path, dpi=72, pil_kwargs={"quality": 82})
    pyplot.close(figure)


def main() -> None:
    """Draw every data set that is there."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures"
    optical = [(*each, draw) for each in PICTURES.items()]
    radar = [(*each, draw_radar) for each in RADAR_PICTURES.items()]
    for name, (read, credit), drawn in optical + radar:
        try:
            pixels = read()
        except rasterio.errors.RasterioIOError:
            sys.stdout.write(f"{name}: data not there, skipped\n")
            continue
        drawn(pixels, credit, folder / f"{name}.jpg")
        sys.stdout.write(f"{folder / name}.jpg\n")


if __name__ == "__main__":
    main()

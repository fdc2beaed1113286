"""How fast floes are labelled and measured, beside scipy and scikit-image.

``make bench`` runs it and prints the table of docs/concepts/floes.md. The mask is a window of the
simulator's ice, mirrored to the size of a tile; compiled and warm.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable, Mapping

import numpy as np
import xarray as xr
from scipy import ndimage
from skimage.feature import peak_local_max
from skimage.measure import label, regionprops_table
from skimage.segmentation import watershed
from table import markdown_lines
from timing import best

import icepair
from icepair._typing import AnyArray, ByteArray
from icepair.simulate.field import IceField
from icepair.simulate.settings import PairSettings

PART, TIMES, PIXEL_M = 2745, 4, 10.0
MEASURES = (
    "area", "centroid", "bbox", "axis_major_length", "axis_minor_length", "orientation",
    "perimeter_crofton",
)  # fmt: skip
_HEAD = ("work", "pixels", "by", "time", "of icepair's")


def simulated_mask() -> ByteArray:
    """Ice of the simulator, 1 where it fills half of a pixel or more."""
    places = PIXEL_M * np.arange(PART)
    easting, northing = np.meshgrid(places, places)
    field = IceField(PairSettings(seed=46), 0.7)
    return np.asarray(field.ice_share(field.shares(easting, northing, PIXEL_M)) > 0.5, np.uint8)


def tile_of(part: ByteArray) -> ByteArray:
    """The part and its mirror images side by side."""
    pair = np.vstack([part, part[::-1]])
    return np.tile(np.hstack([pair, pair[:, ::-1]]), (TIMES // 2, TIMES // 2))


def placed(mask: ByteArray) -> xr.DataArray:
    """Mask with the places of its pixels."""
    rows, columns = mask.shape
    coords = {"y": -PIXEL_M * np.arange(rows), "x": PIXEL_M * np.arange(columns)}
    return xr.DataArray(mask, dims=("y", "x"), coords=coords)


def by_scipy(mask: ByteArray) -> object:
    """Labels and boxes alone."""
    return ndimage.find_objects(ndimage.label(mask)[0])


def measured_by_scipy(mask: ByteArray) -> object:
    """Labels, boxes, areas, centroids and second moments."""
    labels, count = ndimage.label(mask)
    row, column = (at.astype(float) for at in np.indices(mask.shape, sparse=True))
    ones = np.ones(mask.shape)
    sums = (ones, row * ones, column * ones, row**2 * ones, column**2 * ones, row * column)
    index = np.arange(1, count + 1)
    return ndimage.find_objects(labels), [ndimage.sum_labels(s, labels, index) for s in sums]


def by_skimage(mask: ByteArray) -> object:
    """Labels and measures."""
    return regionprops_table(label(mask, connectivity=1), properties=MEASURES)


def parted_by_skimage(mask: ByteArray) -> object:
    """Floes parted from the peaks of the distance, and measured."""
    distance = ndimage.distance_transform_edt(mask)
    peaks = peak_local_max(distance, min_distance=3, labels=mask)
    markers: AnyArray = np.zeros(mask.shape, dtype=np.int32)
    markers[tuple(peaks.T)] = np.arange(len(peaks)) + 1
    return regionprops_table(watershed(-distance, markers, mask=mask), properties=MEASURES)


def rows(
    work: str, mask: ByteArray, ways: Mapping[str, Callable[[], object]]
) -> list[tuple[str, ...]]:
    """Times of one piece of work."""
    seconds = best(ways)
    first = next(iter(seconds.values()))
    size = f"{mask.shape[0]} x {mask.shape[1]}"
    return [
        (work, size, by, f"{time:.2f} s", f"{time / first:.1f}") for by, time in seconds.items()
    ]


def main() -> None:
    """Print the table."""
    part = simulated_mask()
    whole = tile_of(part)
    small, large = placed(part), placed(whole)
    for separate in (False, True):
        icepair.floes(small[:99, :99], separate=separate)
    parting: dict[str, Callable[[], object]] = {"icepair": lambda: icepair.floes(large)}
    cells = rows("label, measure, part", whole, parting)
    peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    cells += rows("label, measure", whole, {
        "icepair": lambda: icepair.floes(large, separate=False),
        "scipy.ndimage: labels and boxes alone": lambda: by_scipy(whole),
    })  # fmt: skip
    cells += rows("label, measure", part, {
        "icepair": lambda: icepair.floes(small, separate=False),
        "scipy.ndimage: labels and boxes alone": lambda: by_scipy(part),
        "scipy.ndimage: and areas, centroids, axes": lambda: measured_by_scipy(part),
        "scikit-image": lambda: by_skimage(part),
    })  # fmt: skip
    cells += rows("label, measure, part", part, {
        "icepair": lambda: icepair.floes(small),
        "scipy's distance, scikit-image's watershed": lambda: parted_by_skimage(part),
    })  # fmt: skip
    sys.stdout.write(f"Most memory with the tile parted: {peak_gb:.2f} GB.\n\n")
    sys.stdout.write(f"{markdown_lines(_HEAD, cells)}\n")


if __name__ == "__main__":
    main()

"""Floes that drift, turn and break between two looks, each look with faults of its own.

It shares nothing with `icepair.simulate`: floes are polygons, painted one by one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from icepair._typing import AnyArray, BoolArray, FloatArray, IntArray

__all__ = ["LabelledFloes", "Look", "MovingFloes", "TwoLooks", "labelled", "two_looks"]


@dataclass(frozen=True)
class LabelledFloes:
    """Labels and their table, as `icepair.floes` has them; ``floe`` is the truth."""

    labels: Any
    """int32 DataArray (y, x)."""
    table: Any
    """pandas DataFrame, one row per label."""
    floe: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """By label from 0: row of the true floe that covers most of it, -1 for none."""


@dataclass(frozen=True)
class Look:
    """What a sensor makes of the floes."""

    pixel_m: float = 10.0
    """Pixels of its grid."""
    blur_m: float = 0.0
    """Standard deviation of what it averages over; small floes are lost with it."""
    edge_noise: float = 0.0
    """Noise on the share of ice before it is halved into a mask: speckle."""
    grown_m: float = 0.0
    """Metres by which its floes come out too large."""
    brash: float = 0.0
    """Noise of frozen brash between the floes that it takes for ice."""
    lost: float = 0.0
    """Share of floes that it misses altogether."""


@dataclass(frozen=True)
class MovingFloes:
    """Settings of a scene; the same give the same floes."""

    seed: int
    """Another number, another scene."""
    extent_m: float = 40_000.0
    """Side of the square."""
    drift_m: tuple[float, float] = (-7_000.0, 4_000.0)
    """Mean way of the ice, x and y."""
    gradient: float = 0.05
    """Change of the way per distance: shear, divergence and turning of the field."""
    own_way_m: float = 150.0
    """Standard deviation of a floe's own way beside that of the field."""
    turn_deg: float = 15.0
    """Standard deviation of a floe's own rotation."""
    concentration: float = 0.4
    """Share of ice, roughly."""
    largest_m: float = 6_000.0
    """Diameter of the largest floes."""
    smallest_m: float = 300.0
    """Diameter of the smallest floes."""
    broken: float = 0.1
    """Share of floes that break in two between the looks."""
    first: Look = Look(40.0, 45.0, 0.12, 20.0, 0.30, 0.05)
    """The radar."""
    second: Look = Look(10.0, 5.0, 0.03, 0.0, 0.15, 0.03)
    """The optical sensor."""


@dataclass(frozen=True)
class TwoLooks:
    """Both looks, and what is true."""

    first: LabelledFloes
    second: LabelledFloes
    truth: Any
    """DataFrame by floe: ``label_first``, ``label_second`` (0 where it has none of its own),
    ``dx``, ``dy``, ``rotation``, ``diameter``, ``whole``."""


def two_looks(settings: MovingFloes) -> TwoLooks:
    """A scene seen twice."""
    import pandas as pd

    random = np.random.default_rng([settings.seed, 7])
    polygons, centres = _placed(settings, random)
    ways = _ways(settings, random, centres)
    turns = np.deg2rad(settings.turn_deg) * random.standard_normal(len(polygons))
    broken = random.random(len(polygons)) < settings.broken
    moved = [
        (_turned(polygon, turn) + centre + way)
        for polygon, centre, way, turn in zip(polygons, centres, ways, turns, strict=True)
    ]
    before = [polygon + centre for polygon, centre in zip(polygons, centres, strict=True)]
    seen = [
        _look(look, settings.extent_m, floes, parted, random)
        for look, floes, parted in (
            (settings.first, before, np.zeros_like(broken)),
            (settings.second, moved, broken),
        )
    ]
    truth = pd.DataFrame({
        "label_first": seen[0][1], "label_second": seen[1][1],
        "dx": ways[:, 0], "dy": ways[:, 1], "rotation": np.rad2deg(turns),
        "diameter": [2 * np.sqrt(_area(p) / np.pi) for p in polygons], "whole": ~broken,
        "x": centres[:, 0], "y": centres[:, 1],
    })  # fmt: skip
    return TwoLooks(seen[0][0], seen[1][0], truth)


def labelled(mask: BoolArray, pixel_m: float, origin: tuple[float, float]) -> LabelledFloes:
    """Connected pixels of a mask as floes, with the columns that matching reads."""
    import pandas as pd
    import xarray as xr
    from scipy import ndimage

    labels, count = ndimage.label(mask, np.ones((3, 3)))
    labels = labels.astype(np.int32)
    boxes = ndimage.find_objects(labels)
    index = np.arange(1, count + 1)
    x = origin[0] + pixel_m * (np.arange(mask.shape[1]) + 0.5)
    y = origin[1] - pixel_m * (np.arange(mask.shape[0]) + 0.5)
    middle = np.array(ndimage.center_of_mass(mask, labels, index)).reshape(-1, 2)
    ends = np.array([[r.start, r.stop, c.start, c.stop] for r, c in boxes]).reshape(-1, 4)
    edges = np.array([0, mask.shape[0], 0, mask.shape[1]])
    table = pd.DataFrame({
        "x": origin[0] + pixel_m * (middle[:, 1] + 0.5),
        "y": origin[1] - pixel_m * (middle[:, 0] + 0.5),
        "area": pixel_m**2 * np.bincount(labels.ravel(), minlength=count + 1)[1:],
        "cut": (ends == edges).any(axis=1),
        **dict(zip(("row0", "row1", "column0", "column1"), ends.T, strict=True)),
    }, index=pd.Index(index, name="label"))  # fmt: skip
    grid = xr.DataArray(labels, dims=("y", "x"), coords={"y": y, "x": x})
    return LabelledFloes(grid, table)


def _placed(
    settings: MovingFloes, random: np.random.Generator
) -> tuple[list[FloatArray], FloatArray]:
    """Polygons about their centroids, large ones first, and places where they do not touch."""
    side = settings.extent_m + 2 * np.abs(settings.drift_m).max()
    low, high = settings.smallest_m, settings.largest_m
    wanted, covered = settings.concentration * side**2, 0.0
    diameters = []
    while covered < wanted:
        # Number above a diameter falls with its power 1.6.
        share = random.random()
        diameter = (low**-1.6 - share * (low**-1.6 - high**-1.6)) ** (-1 / 1.6)
        diameters.append(diameter)
        covered += np.pi / 4 * diameter**2
    polygons: list[FloatArray] = []
    centres, radii = np.empty((len(diameters), 2)), np.empty(len(diameters))
    for diameter in sorted(diameters, reverse=True):
        polygon, count = _polygon(diameter, random), len(polygons)
        reach = np.hypot(*polygon.T).max()
        tries = random.uniform(-0.5 * side, 0.5 * side, (40, 1, 2))
        apart = np.hypot(*np.moveaxis(tries - centres[:count], -1, 0))
        gap = 0.5 * low * random.random()
        free = np.flatnonzero((apart > 0.85 * (radii[:count] + reach) + gap).all(axis=1))
        if free.size:
            polygons.append(polygon)
            centres[count], radii[count] = tries[free[0], 0], reach
    return polygons, centres[: len(polygons)] + 0.5 * settings.extent_m


def _polygon(diameter: float, random: np.random.Generator) -> FloatArray:
    """Five to fourteen corners, longish or not, relative to the centroid."""
    corners = random.integers(5, 15)
    angle = 2 * np.pi * (np.arange(corners) + random.uniform(-0.35, 0.35, corners)) / corners
    radius = random.uniform(0.75, 1.15, corners)
    x, y = radius * np.cos(angle), radius * np.sin(angle)
    points = np.column_stack([x * random.uniform(1.0, 1.8), y])
    points *= 0.5 * diameter * np.sqrt(np.pi / 4) / np.sqrt(0.25 * _area(points))
    return _turned(points - _centroid(points), random.uniform(0, 2 * np.pi))


def _area(points: FloatArray) -> float:
    x, y = points.T
    return float(0.5 * np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))


def _centroid(points: FloatArray) -> FloatArray:
    after = np.roll(points, -1, axis=0)
    cross = points[:, 0] * after[:, 1] - after[:, 0] * points[:, 1]
    return np.asarray(((points + after) * cross[:, None]).sum(axis=0) / (3 * cross.sum()))


def _turned(points: FloatArray, angle: float) -> FloatArray:
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.asarray(points @ np.array([[cosine, sine], [-sine, cosine]]))


def _ways(settings: MovingFloes, random: np.random.Generator, centres: FloatArray) -> FloatArray:
    """Mean drift, a wave of shear and divergence over 40 to 80 km, and a way of each floe's own."""
    waves = np.zeros_like(centres)
    for _ in range(2):
        number = 2 * np.pi / random.uniform(40e3, 80e3)
        towards = random.uniform(0, 2 * np.pi)
        along = centres @ np.array([np.cos(towards), np.sin(towards)])
        push = random.uniform(0, 2 * np.pi)
        wave = np.sin(number * along + random.uniform(0, 6)) * settings.gradient / number
        waves += 0.7 * wave[:, None] * np.array([np.cos(push), np.sin(push)])
    own = settings.own_way_m * random.standard_normal(centres.shape)
    return np.asarray(np.array(settings.drift_m) + waves + own)


def _look(
    look: Look, extent_m: float, floes: list[FloatArray], parted: BoolArray,
    random: np.random.Generator,
) -> tuple[LabelledFloes, IntArray]:  # fmt: skip
    """Floes as a sensor labels them, and for each floe its label or 0."""
    size = round(extent_m / 10.0)
    identity = _painted(floes, parted, size)
    identity[np.isin(identity, 1 + np.flatnonzero(random.random(len(floes)) < look.lost))] = 0
    mask = _mask(look, identity > 0, random)
    found = labelled(mask, look.pixel_m, (0.0, extent_m))
    step = round(look.pixel_m / 10.0)
    true = identity[step // 2 :: step, step // 2 :: step][: mask.shape[0], : mask.shape[1]]
    shared = _shared(true, np.asarray(found.labels), len(floes))
    covers = np.where(shared[1:].max(axis=0) > 0, shared[1:].argmax(axis=0), -1)
    covers[0] = -1
    return replace(found, floe=covers), _own_labels(shared, found.table["cut"])


def _painted(floes: list[FloatArray], parted: BoolArray, size: int) -> AnyArray:
    """Number of the floe, from 1, at every 10 m; a broken one has a gap of 100 m across."""
    from rasterio.features import rasterize
    from rasterio.transform import Affine
    from shapely.geometry import LineString, Polygon

    shapes = []
    for number, (floe, is_parted) in enumerate(zip(floes, parted, strict=True), 1):
        shape = Polygon(floe)
        if is_parted:
            half = len(floe) // 2
            shape = shape.difference(LineString([floe[0], floe[half]]).buffer(50.0))
        if not shape.is_empty:
            shapes.append((shape, number))
    transform = Affine(10.0, 0.0, 0.0, 0.0, -10.0, 10.0 * size)
    painted: AnyArray = rasterize(
        shapes, (size, size), transform=transform, dtype="int32"
    )  # fmt: skip
    return painted


def _mask(look: Look, ice: BoolArray, random: np.random.Generator) -> BoolArray:
    """Share of ice, blurred, with noise and brash, halved."""
    from scipy import ndimage

    if look.grown_m:
        grow = ndimage.distance_transform_edt(~ice) * 10.0 <= look.grown_m
        ice = grow if look.grown_m > 0 else ice
    share = ice.astype(np.float32)
    if look.blur_m:
        share = ndimage.gaussian_filter(share, look.blur_m / 10.0)
    step = round(look.pixel_m / 10.0)
    size = ice.shape[0] // step
    share = share[: size * step, : size * step].reshape(size, step, size, step).mean(axis=(1, 3))
    noise = random.standard_normal(share.shape).astype(np.float32)
    share += look.edge_noise * ndimage.gaussian_filter(noise, 0.7) * 2.5
    patches = random.standard_normal(share.shape).astype(np.float32)
    patches = ndimage.gaussian_filter(patches, 150.0 / look.pixel_m)
    share += look.brash * np.clip(patches / patches.std() - 1.0, 0, 1.5)
    mask = ndimage.binary_opening(share > 0.5, np.ones((3, 3), dtype=bool))
    return np.asarray(ndimage.binary_fill_holes(mask))


def _shared(true: AnyArray, labels: AnyArray, count: int) -> IntArray:
    """(floes + 1, labels + 1) pixels that a floe and a label have in common; row 0 is no floe."""
    width = int(labels.max()) + 1
    keys = true.ravel().astype(np.int64) * width + labels.ravel()
    return np.bincount(keys, minlength=(count + 1) * width).reshape(count + 1, width)


def _own_labels(shared: IntArray, cut: Any) -> IntArray:
    """Label of each floe that is most of it and of which it is most, else 0."""
    whole = np.maximum(shared.sum(axis=1)[:, None], shared.sum(axis=0))
    most = shared > 0.75 * whole
    most[:, 0] = False
    own: IntArray = np.where(most.any(axis=1), most.argmax(axis=1), 0)[1:]
    is_cut = np.append(False, np.asarray(cut))
    return np.where(is_cut[own], 0, own)

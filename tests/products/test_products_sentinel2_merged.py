"""Products of one tile and day as one scene."""

from __future__ import annotations

import dataclasses
import pickle
from pathlib import Path

import numpy as np
import pytest

import icepair as ip
from icepair.errors import UsageError
from icepair.products.merged import merge_scenes
from icepair.products.sentinel2 import Sentinel2Scene
from icepair.products.valid import valid_footprint
from icepair.testing.safe.sentinel2 import SafeTile, write_tile

SIDE = 240
WHOLE = ip.Window(0, SIDE, 0, SIDE)


def tile(seed: int, *, right: bool, **more: object) -> SafeTile:
    """Half of a tile, with two columns more than half, in bands of 10 and 60 m."""
    rng = np.random.default_rng(seed)
    bands = {}
    for band, factor in (("B02", 1), ("B01", 6)):
        side = SIDE // factor
        values = rng.integers(1000, 9000, (side, side)).astype(np.uint16)
        values[:, : side // 2 - 2] *= not right
        values[:, side // 2 + 2 :] *= right
        values[0, side // 2 : side // 2 + 2] = 65_535
        bands[band] = values
    classes = np.full((3, SIDE // 6, SIDE // 6), right, dtype=np.uint8)
    return SafeTile(bands, classes=classes, **more)  # type: ignore[arg-type]


LATER = {"start": "20221130T092444", "sensed": "2022-11-30T09:36:00.000Z", "orbit": "032625"}


def opened(folder: Path, made: SafeTile) -> Sentinel2Scene:
    scene = ip.open_scene(write_tile(folder, made))
    assert isinstance(scene, Sentinel2Scene)
    return scene


def test_pixels_of_the_first_that_has_them(tmp_path: Path) -> None:
    one, other = tile(1, right=False), tile(2, right=True, **LATER)
    paths = [write_tile(tmp_path, each) for each in (one, other)]
    scene = ip.open_scene(paths)
    assert isinstance(scene, Sentinel2Scene)
    for band, factor in (("B02", 1), ("B01", 6)):
        merged = np.where(one.bands[band] > 0, one.bands[band], other.bands[band])
        expected = np.kron(merged, np.ones((factor, factor), dtype=np.uint16))
        assert (expected > 0).all()
        np.testing.assert_array_equal(scene.read_digital_numbers(band, WHOLE), expected)
        window = ip.Window(7, 200, 101, 188)
        np.testing.assert_array_equal(
            scene.read_digital_numbers(band, window), expected[window.slices]
        )
    opaque = scene.read_mask("MSK_OPAQUE", WHOLE)
    seam = SIDE // 2 + 12  # the first product's B01 ends here
    assert not opaque[:, :seam].any()
    assert opaque[:, seam:].all()
    assert scene.time.minute == 56
    assert scene.time_source == "sensing time of the tile, of the first of 2 merged products"
    assert scene.notes[0] == (
        "2 products are merged, each pixel from the first that has it: "
        f"{one.name} (2022-11-30T08:56:23Z, sensing time of the tile); "
        f"{other.name} (2022-11-30T09:36:00Z, sensing time of the tile)."
    )
    assert "seen 40 minutes apart" in scene.notes[1]
    assert valid_footprint(scene).cells.all()
    again = pickle.loads(pickle.dumps(scene))
    np.testing.assert_array_equal(
        again.read_digital_numbers("B02", WHOLE), scene.read_digital_numbers("B02", WHOLE)
    )


def test_of_one_datatake_the_newest_comes_first(tmp_path: Path) -> None:
    old = opened(
        tmp_path, dataclasses.replace(tile(1, right=False), baseline="02.08", classes=None)
    )
    new = opened(tmp_path, tile(2, right=True, baseline="05.00", generated="20230605T131150"))
    for order in ([old, new], [new, old]):
        scene = merge_scenes(order)
        assert (scene.product, scene.baseline) == (new.product, "05.00")
        assert scene.offsets == {"B01": -1000, "B02": -1000}
        # The old one's numbers are 1000 too low for the common offset; saturated ones stay.
        raw = scene.read_digital_numbers("B02", WHOLE)
        first = new.read_digital_numbers("B02", WHOLE)
        second = old.read_digital_numbers("B02", WHOLE)
        from_old = first == 0
        lifted = np.where(second == 65_535, 65_535, second + np.uint16(1000))
        np.testing.assert_array_equal(raw, np.where(from_old, lifted, first))
        values, _ = scene.read_reflectance("B02", WHOLE)
        expected, _ = old.read_reflectance("B02", WHOLE)
        np.testing.assert_array_equal(values[from_old], expected[from_old])


def test_a_merge_of_one_is_the_one(tmp_path: Path) -> None:
    path = write_tile(tmp_path, tile(1, right=False))
    assert ip.open_scene([path]) == ip.open_scene(path)


def test_bands_that_not_all_have_are_left_out(tmp_path: Path) -> None:
    one, other = tile(1, right=False), tile(2, right=True, **LATER)
    other = dataclasses.replace(other, bands={"B02": other.bands["B02"]})
    scene = merge_scenes([opened(tmp_path, one), opened(tmp_path, other)])
    assert scene.bands == ("B02",)
    assert scene.notes[-1] == "Left out, since not all merged products have them: B01."
    with pytest.raises(UsageError, match="has no band 'B01'; it has B02"):
        scene.read_digital_numbers("B01", WHOLE)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tile": "45XWK"}, r"their tile differs \(45XWJ, 45XWK\)"),
        ({"left": 463_200.0}, "their grid differs"),
        (
            {"start": "20221201T081444", "sensed": "2022-12-01T08:26:00.000Z"},
            r"not of one day \(2022-11-30 08:56, 2022-12-01 08:26\)",
        ),
        ({}, "is given twice"),
    ],
)
def test_what_cannot_be_merged(tmp_path: Path, change: dict[str, object], message: str) -> None:
    one = opened(tmp_path / "a", tile(1, right=False))
    other = opened(tmp_path / "b", dataclasses.replace(tile(2, right=True), **change))
    with pytest.raises(UsageError, match=message):
        merge_scenes([one, other])


def test_levels_and_sensors_do_not_mix(tmp_path: Path) -> None:
    one = opened(tmp_path, tile(1, right=False))
    twenty = dataclasses.replace(tile(2, right=True), level="L2A", classes=None)
    with pytest.raises(UsageError, match=r"their level differs \(L1C, L2A\)"):
        merge_scenes([one, opened(tmp_path, twenty)])
    with pytest.raises(UsageError, match="are merged if all are Sentinel-2 L1C or L2A"):
        merge_scenes([])

"""Flags of cloud in windows of a scene: who tells, where, and that blocks do not show."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import util
from types import SimpleNamespace

import numpy as np
import pytest

from icepair.conventions import S2_UNANSWERED, S2Flag
from icepair.errors import UsageError
from icepair.geo.grid import Grid
from icepair.geo.window import Window
from icepair.optical.clouds import LEARNED_BANDS
from icepair.optical.sun import sun_angles
from icepair.pair.clouds import settled_clouds
from icepair.pair.plan import plan
from icepair.products.open import open_scene
from icepair.simulate import PairSettings
from icepair.simulate.pair import build_scenes

SHAPE = (402, 350)
GRID = Grid.from_crs("EPSG:32639", left=399960.0, top=9100020.0, spacing_m=10.0, shape=SHAPE)
WHOLE = Window(0, SHAPE[0], 0, SHAPE[1])
DAY = datetime(2020, 6, 20, 12, tzinfo=UTC)
CLOUD = (slice(100, 201), slice(60, 143))


class Scene:
    """Snow under a bar of cloud of drops, and its shadow 600 m below."""

    product = "MADE_UP"
    grid = GRID
    container = SimpleNamespace(remote=False)

    def __init__(self, bands=("B02", "B03", "B11"), masks=(), time=DAY) -> None:
        self.bands, self.masks, self.time = bands, masks, time
        places = GRID.longitude_latitude(np.array([200.0]), np.array([175.0]))
        zenith, azimuth = np.deg2rad(sun_angles(time, *(float(x[0]) for x in places)))
        reach = 600.0 * np.tan(zenith) / 10.0
        rows, columns = round(reach * np.cos(azimuth)), round(-reach * np.sin(azimuth))
        self.values = {"B02": np.full(SHAPE, 0.8), "B03": np.full(SHAPE, 0.85)}
        self.values |= {"B11": np.full(SHAPE, 0.08), "B10": np.full(SHAPE, 0.003)}
        self.shadow = np.zeros(SHAPE, dtype=bool)
        self.shadow[100 + rows : 201 + rows, 60 + columns : 143 + columns] = True
        for values in self.values.values():
            values[self.shadow] *= 0.5
        self.values["B11"][CLOUD] = 0.4
        self.shadow[CLOUD] = False

    def read_reflectance(self, band, window):
        return self.values[band][window.slices].astype(np.float32), np.zeros(window.shape, np.uint8)

    def read_mask(self, name, window):
        mask = np.zeros(SHAPE, np.uint8)
        mask[:50, :50] = name == "MSK_OPAQUE"
        return mask[window.slices]


def flags(scene, choice="auto", window=WHOLE, **options):
    return settled_clouds(scene, WHOLE, choice, ("B02",), **options).flags(window)


def test_cloud_and_its_shadow_lie_where_they_are() -> None:
    scene = Scene()
    found = flags(scene)
    cloud = (found & S2Flag.OPAQUE_CLOUD) != 0
    assert cloud[CLOUD].mean() > 0.98
    assert cloud.sum() < 1.15 * cloud[CLOUD].size
    shadow = (found & S2Flag.SHADOW) != 0
    assert (shadow & scene.shadow).sum() > 0.95 * (scene.shadow & ~cloud).sum()
    assert shadow.sum() < 1.4 * scene.shadow.sum()


def test_windows_read_in_any_order_are_parts_of_the_whole() -> None:
    clouds = settled_clouds(Scene(), WHOLE, "auto", ())
    whole = flags(Scene())
    for edges in ((97, 203, 55, 61), (0, 402, 349, 350), (401, 402, 0, 350), (118, 119, 0, 200)):
        window = Window(*edges)
        np.testing.assert_array_equal(clouds.flags(window), whole[window.slices])


def test_a_scene_read_in_strips_is_tested_as_one() -> None:
    from icepair.pair import clouds

    strips = flags(Scene())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clouds, "_STRIP", 10_000)
        np.testing.assert_array_equal(flags(Scene()), strips)


def test_only_the_part_that_may_be_read_is_looked_at() -> None:
    scene = Scene()
    scene.values["B11"][:90] = np.inf
    part = Window(90, 402, 10, 350)
    found = settled_clouds(scene, part, "tests", ()).flags(Window(95, 300, 30, 300))
    assert (found[10:, 35:110] & S2Flag.OPAQUE_CLOUD).any()
    assert not (found[:, 200:] & S2Flag.OPAQUE_CLOUD).any()


def test_what_has_no_value_is_no_cloud_and_does_not_spread() -> None:
    scene = Scene()
    for values in scene.values.values():
        values[250:] = np.nan
        values[150, 100] = np.nan
    found = flags(scene)
    assert not (found[250:] & S2Flag.OPAQUE_CLOUD).any()
    cloud = (found[CLOUD] & S2Flag.OPAQUE_CLOUD) != 0
    assert cloud.mean() > 0.98


def test_specks_are_no_cloud() -> None:
    scene = Scene()
    scene.values["B11"][:] = 0.08
    scene.values["B11"][40:44, 40:52] = 0.4
    assert not (flags(scene) & S2Flag.OPAQUE_CLOUD).any()


@pytest.mark.parametrize(
    ("choice", "by_mask", "by_tests", "said"),
    [
        ("auto", True, True, "product and tests on B03, B11"),
        ("product", True, False, "product"),
        ("tests", False, True, "tests on B03, B11, B10"),
        ("none", False, False, "none"),
    ],
)
def test_who_tells_is_as_asked(choice, by_mask, by_tests, said) -> None:
    scene = Scene(("B02", "B03", "B10", "B11"), ("MSK_OPAQUE",))
    clouds = settled_clouds(scene, WHOLE, choice, ("B02",))
    assert str(clouds) == said
    found = clouds.flags(WHOLE)
    assert bool((found[10, 10] & S2Flag.OPAQUE_CLOUD) != 0) == by_mask
    assert bool((found[150, 100] & S2Flag.OPAQUE_CLOUD) != 0) == by_tests


def test_b10_is_tested_where_it_is_read_anyway_and_tells_cirrus() -> None:
    scene = Scene(("B02", "B03", "B10", "B11"))
    scene.values["B10"][300:340] = 0.03
    assert str(settled_clouds(scene, WHOLE, "auto", ("B10",))) == "tests on B03, B11, B10"
    found = flags(scene, "tests")
    assert ((found[304:336] & S2Flag.CIRRUS) != 0).all()
    assert not (found[304:336] & S2Flag.OPAQUE_CLOUD).any()


def test_the_tutorial_tests_nothing() -> None:
    assert str(settled_clouds(Scene(), WHOLE, "auto", (), preset="tutorial")) == "none"


def test_what_cannot_tell_says_what_could() -> None:
    with pytest.raises(UsageError, match=r"clouds is one of auto.*not 'snow'"):
        settled_clouds(Scene(), WHOLE, "snow", ())
    with pytest.raises(UsageError, match="need B03 and B11; MADE_UP has B02, B04"):
        settled_clouds(Scene(("B02", "B04")), WHOLE, "tests", ())
    with pytest.raises(UsageError, match=r"no cloud mask of its own\. Take clouds auto"):
        settled_clouds(Scene(), WHOLE, "product", ())
    assert str(settled_clouds(Scene(("B02", "B04")), WHOLE, "auto", ())) == "none"


def test_under_a_sun_too_low_there_is_no_answer() -> None:
    dusk = datetime(2020, 10, 4, 12, tzinfo=UTC)
    low = flags(Scene(("B02", "B04"), time=dusk))
    assert ((low & S2Flag.SUN_LOW) != 0).all()
    assert S2_UNANSWERED & S2Flag.SUN_LOW
    assert not (flags(Scene(("B02", "B04"))) & S2Flag.SUN_LOW).any()


def test_a_time_at_night_is_not_believed_of_a_scene_that_is_lit() -> None:
    night = datetime(2020, 11, 20, 12, tzinfo=UTC)
    assert not (flags(Scene(("B02", "B04"), time=night)) & S2Flag.SUN_LOW).any()


def test_a_plan_counts_the_band_that_only_the_tests_read(toy_pair) -> None:
    scenes = open_scene(str(toy_pair.s1)), open_scene(str(toy_pair.s2))
    plans = {
        clouds: plan(*scenes, surface="ellipsoid", clouds=clouds) for clouds in ("auto", "none")
    }
    tested = plans["auto"].clouds.bands
    extra = 2 * len(set(tested) - set(plans["none"].bands))
    extra += len(plans["auto"].clouds.masks)
    more = plans["auto"].bytes_to_read - plans["none"].bytes_to_read
    assert more == extra * plans["auto"].s2_window.size


@pytest.mark.parametrize("seed", [4, 9])
def test_simulated_cloud_is_found_and_ice_beside_it_kept(seed) -> None:
    settings = PairSettings(
        seed=seed, cloud_cover=0.3, cloud_variety=True, optical_shape=(480, 500), nodata_share=0.0
    )
    image = build_scenes(settings)[1]
    block = image.block(slice(0, 480))
    scene = SimpleNamespace(
        grid=image.grid, time=image.time.astype("datetime64[us]").item(), product="SIMULATED",
        bands=("B03", "B11"), masks=(),
    )  # fmt: skip
    number = {"B03": 2, "B11": 11}
    scene.read_reflectance = lambda band, window: (
        block.reflectance[number[band]][window.slices], np.zeros(window.shape, np.uint8)
    )  # fmt: skip
    window = Window(0, 480, 0, 500)
    found = settled_clouds(scene, window, "auto", ()).flags(window)
    cloud = (found & S2Flag.OPAQUE_CLOUD) != 0
    ice = (block.ice_share > 0.5) & ~block.cloud
    # Truth counts as cloud what covers a fifth of the ground: its thin edges.
    assert cloud[block.cloud].mean() >= 0.9
    assert 1.0 - cloud[ice].mean() >= 0.97


def test_s2cloudless_says_which_bands_it_lacks() -> None:
    with pytest.raises(UsageError, match=r"lacks B01, B04, B05, B08, B8A, B09, B10, B12\."):
        settled_clouds(Scene(), WHOLE, "s2cloudless", ())


@pytest.mark.skipif(util.find_spec("s2cloudless") is not None, reason="s2cloudless is there")
def test_s2cloudless_says_how_it_is_installed() -> None:
    with pytest.raises(UsageError, match=r"pip install 'icepair\[clouds\]'"):
        settled_clouds(Scene(LEARNED_BANDS), WHOLE, "s2cloudless", ())


def test_s2cloudless_tells_cloud_of_drops_from_the_sea() -> None:
    pytest.importorskip("s2cloudless", reason="heavy: pip install 'icepair[clouds]'")
    scene = Scene(LEARNED_BANDS)
    # Water vapour above low cloud darkens B09; without that the classifier takes it for ground.
    levels = (0.45, 0.42, 0.42, 0.43, 0.44, 0.44, 0.2, 0.01, 0.35, 0.25)
    cloud = dict(zip(LEARNED_BANDS, levels, strict=True))
    for band in LEARNED_BANDS:
        scene.values[band] = np.full(SHAPE, 0.02 if band != "B10" else 0.001)
        scene.values[band][CLOUD] = cloud[band]
    scene.values["B02"][5] = np.nan
    clouds = settled_clouds(scene, WHOLE, "s2cloudless", ())
    assert str(clouds).startswith("s2cloudless on B01, B02")
    told = clouds.flags(WHOLE) & int(S2Flag.OPAQUE_CLOUD) > 0
    inside = np.zeros(SHAPE, bool)
    inside[CLOUD] = True
    assert told[inside].mean() > 0.95
    assert told[~inside].mean() < 0.02

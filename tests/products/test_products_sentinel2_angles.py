"""Angles of pixels: against one pixel at a time, and on the real grids of two tiles."""

from __future__ import annotations

import math
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

import icepair as ip
from icepair.conventions import BANDS
from icepair.errors import DamagedFileError, UnsupportedProductError, UsageError
from icepair.products.safe.sentinel2.angle_grids import tile_angles
from icepair.products.sentinel2 import Sentinel2Scene
from icepair.products.tile_angles import AngleGrid, TileAngles, angles_at
from icepair.testing.safe.sentinel2 import DrawnMask, SafeTile, ViewGrid, write_tile

SIDE = 1200
LEFT, TOP = 463_140.0, 8_877_720.0


def vector(zenith: float, azimuth: float) -> np.ndarray:
    z, a = math.radians(zenith), math.radians(azimuth)
    return np.array([math.sin(z) * math.sin(a), math.sin(z) * math.cos(a), math.cos(z)])


def slow(zenith: np.ndarray, azimuth: np.ndarray, row: int, column: int) -> tuple[float, float]:
    """Zenith and azimuth at the centre of one 10 m pixel, from its four nodes 5 km apart."""
    down, right = (row + 0.5) / 500, (column + 0.5) / 500
    i, j = int(down), int(right)
    total = np.zeros(3)
    for di in (0, 1):
        for dj in (0, 1):
            weight = abs(1 - di - (down - i)) * abs(1 - dj - (right - j))
            total += weight * vector(zenith[i + di, j + dj], azimuth[i + di, j + dj])
    level = math.hypot(total[0], total[1])
    zenith_here = math.degrees(math.atan2(level, total[2]))
    return zenith_here, math.degrees(math.atan2(total[0], total[1])) % 360


def test_each_pixel_as_worked_out_by_hand() -> None:
    rng = np.random.default_rng(1)
    zenith = rng.uniform(60, 80, (4, 4))
    azimuth = rng.uniform(-8, 8, (4, 4)) % 360  # over north
    sun = AngleGrid(zenith, azimuth, (5000.0, 5000.0))
    window = ip.Window(455, 540, 950, 1050)
    found = angles_at(TileAngles(sun, {}), "B02", window, None)
    assert np.isnan(found.view_zenith).all()
    for row, column in ((455, 950), (499, 999), (500, 1000), (539, 1049), (470, 1013)):
        at = row - window.row_start, column - window.column_start
        expected = slow(zenith, azimuth, row, column)
        assert found.sun_zenith[at] == pytest.approx(expected[0], abs=1e-4)
        assert found.sun_azimuth[at] == pytest.approx(expected[1], abs=1e-3)


def smooth(rows: np.ndarray, columns: np.ndarray, turn: float) -> tuple[np.ndarray, np.ndarray]:
    """Zenith and azimuth of a detector whose vectors lie on a plane, near enough."""
    east = 0.10 + 0.004 * columns + 0.001 * rows + turn
    north = 0.02 - 0.001 * columns + 0.002 * rows
    zenith = np.degrees(np.arcsin(np.hypot(east, north)))
    return zenith, np.degrees(np.arctan2(east, north)) % 360


def two_detectors() -> list[ViewGrid]:
    """Detector 4 sees the left, 5 the right of a tile; both are known at the middle node."""
    rows, columns = np.indices((4, 4)).astype(float)
    left, right = smooth(rows, columns, 0.0), smooth(rows, columns, 0.03)
    return [
        ViewGrid("B02", 4, *(np.where(columns <= 1, part, np.nan) for part in left)),
        ViewGrid("B02", 5, *(np.where(columns >= 1, part, np.nan) for part in right)),
    ]


SUN = np.full((4, 4), 70.0), np.full((4, 4), 180.0)


def opened(folder: Path, **more: object) -> Sentinel2Scene:
    bands = {"B02": np.ones((SIDE, SIDE), dtype=np.uint16)}
    tile = SafeTile(bands, sun=SUN, views=two_detectors(), **more)  # type: ignore[arg-type]
    scene = ip.open_scene(write_tile(folder, tile))
    assert isinstance(scene, Sentinel2Scene)
    return scene


def truth(window: ip.Window, turn: float) -> tuple[np.ndarray, np.ndarray]:
    rows, columns = np.mgrid[window.slices]
    return smooth((rows + 0.5) / 500, (columns + 0.5) / 500, turn)


def test_footprints_decide_where_one_detector_takes_over(tmp_path: Path) -> None:
    detectors = np.where(np.arange(SIDE // 6) < 120, 4, 5)[None, :].repeat(SIDE // 6, axis=0)
    detectors[:, :3] = 0
    scene = opened(tmp_path, detectors={"B02": detectors})
    window = ip.Window(300, 500, 0, 1200)
    found = scene.read_angles(window, "b2")
    np.testing.assert_allclose(found.sun_zenith, 70.0, atol=1e-3)
    np.testing.assert_allclose(found.sun_azimuth, 180.0, atol=1e-3)
    assert np.isnan(found.view_zenith[:, :18]).all()
    # Detector 4 is known up to 5 km and saw up to 7.2 km: there its plane goes on.
    for columns, turn in ((slice(18, 720), 0.0), (slice(720, 1200), 0.03)):
        zenith, azimuth = truth(window, turn)
        np.testing.assert_allclose(found.view_zenith[:, columns], zenith[:, columns], atol=5e-3)
        np.testing.assert_allclose(found.view_azimuth[:, columns], azimuth[:, columns], atol=2e-2)


def test_footprints_drawn_as_polygons_do_the_same(tmp_path: Path) -> None:
    feet = [
        DrawnMask(
            "DETECTOR_FOOTPRINT",
            [(LEFT + a, TOP), (LEFT + b, TOP), (LEFT + b, TOP - 12_000), (LEFT + a, TOP - 12_000)],
            (),
            f"detector_footprint-B02-0{number}-0",
        )
        for number, a, b in ((4, 0, 7200), (5, 7200, 12_000))
    ]
    scene = opened(tmp_path, baseline="02.09", drawn={"DETFOO_B02": feet})
    found = scene.read_angles(ip.Window(600, 601, 710, 730), "B02").view_zenith[0]
    before, after = (truth(ip.Window(600, 601, 710, 730), turn)[0][0] for turn in (0.0, 0.03))
    np.testing.assert_allclose(found[:10], before[:10], atol=5e-3)
    np.testing.assert_allclose(found[10:], after[10:], atol=5e-3)


def test_without_footprints_both_are_averaged_where_both_are_known(tmp_path: Path) -> None:
    scene = opened(tmp_path)
    window = ip.Window(600, 601, 0, 1200)
    found = scene.read_angles(window, "B02").view_zenith[0]
    ends = [truth(window, turn)[0][0] for turn in (0.0, 0.03)]
    # The nearest node is the middle one from 2.5 to 7.5 km.
    np.testing.assert_allclose(found[:250], ends[0][:250], atol=5e-3)
    np.testing.assert_allclose(found[250:750], np.mean(ends, axis=0)[250:750], atol=5e-3)
    np.testing.assert_allclose(found[750:], ends[1][750:], atol=5e-3)


def test_what_cannot_be_asked(tmp_path: Path) -> None:
    scene = opened(tmp_path)
    with pytest.raises(UsageError, match="has no band 'B03'; it has B02"):
        scene.read_angles(ip.Window(0, 5, 0, 5), "B03")
    with pytest.raises(UsageError, match="is not inside B02 of 1200 x 1200"):
        scene.read_angles(ip.Window(0, 5, 1195, 1201), "B02")
    bands = {"B02": np.ones((60, 60), dtype=np.uint16)}
    bare = ip.open_scene(write_tile(tmp_path / "bare", SafeTile(bands)))
    assert isinstance(bare, Sentinel2Scene)
    with pytest.raises(UnsupportedProductError, match="has no grids of angles by detector"):
        bare.read_angles(ip.Window(0, 5, 0, 5), "B02")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("<VALUES>70.000000 ", "<VALUES>", "no rectangle of numbers|zeniths"),
        ("<VALUES>70.000000 ", "<VALUES>high ", "no rectangle of numbers"),
        (">5000<", ">0<", "steps of"),
        ('detectorId="4"', 'detectorId="left"', "angles of band '1', detector 'left'"),
        ("<Azimuth>", "<Other>", "no well-formed XML"),
    ],
)
def test_damaged_grids(tmp_path: Path, old: str, new: str, message: str) -> None:
    bands = {"B02": np.ones((60, 60), dtype=np.uint16)}
    safe = write_tile(tmp_path, SafeTile(bands, sun=SUN, views=two_detectors()))
    (path,) = safe.rglob("MTD_TL.xml")
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(DamagedFileError, match=message):
        ip.open_scene(safe)


@pytest.mark.parametrize("tile", ["T30UVU", "T30UWU"])
def test_real_grids_leave_one_node_out(shared_data: Path, tile: str) -> None:
    path = shared_data / "s2_l1c_n0509_meta" / tile / "MTD_TL.xml"
    angles = tile_angles(ElementTree.parse(path).getroot(), str(path))
    assert angles is not None
    assert angles.sun.zenith.shape == (23, 23)
    assert tuple(angles.views) == BANDS
    worst = 0.0
    for detector, grid in angles.views["B03"].items():
        known = np.argwhere(np.isfinite(grid.zenith))
        for i, j in known[:: max(1, len(known) // 12)]:
            zenith, azimuth = grid.zenith.copy(), grid.azimuth.copy()
            zenith[i, j] = azimuth[i, j] = np.nan
            without = AngleGrid(zenith, azimuth, grid.step_m)
            # The four pixels around a node, whose mean is the node's.
            row, column = max(1, 500 * i), max(1, 500 * j)
            window = ip.Window(row - 1, row + 1, column - 1, column + 1)
            seen = angles_at(
                TileAngles(angles.sun, {"B03": {detector: without}}),
                "B03",
                window,
                np.full((2, 2), detector),
            )
            missed = vector(seen.view_zenith.mean(), seen.view_azimuth.mean()) - vector(
                grid.zenith[i, j], grid.azimuth[i, j]
            )
            worst = max(worst, math.degrees(np.linalg.norm(missed)))
    assert worst < 0.01


def test_real_angles_agree_with_the_stated_means(shared_data: Path) -> None:
    path = shared_data / "s2_l1c_n0509_meta" / "T30UVU" / "MTD_TL.xml"
    root = ElementTree.parse(path).getroot()
    angles = tile_angles(root, str(path))
    assert angles is not None
    whole = [
        angles_at(angles, "B03", ip.Window(row, row + 1, 0, 10980), None)
        for row in range(5, 10980, 549)
    ]
    stated = {
        mean.get("bandId"): [float(part.text or "") for part in mean]
        for mean in root.iter("Mean_Viewing_Incidence_Angle")
    }["2"]
    zenith = np.nanmean(np.concatenate([part.view_zenith for part in whole]))
    # Theirs is over the pixels with values, ours over the tile.
    assert zenith == pytest.approx(stated[0], abs=0.2)
    sun = [float(part.text or "") for part in next(root.iter("Mean_Sun_Angle"))]
    assert np.mean([part.sun_zenith for part in whole]) == pytest.approx(sun[0], abs=0.1)

"""Sentinel-2 SAFE products: small ones in the real layout, whole and with one fault each."""

from __future__ import annotations

import dataclasses
import hashlib
import pickle
import re
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

import icepair as ip
from icepair.conventions import BANDS, S2Flag
from icepair.errors import (
    ContradictionError,
    DamagedFileError,
    UnsupportedProductError,
    UsageError,
)
from icepair.products.sentinel2 import Sentinel2Scene
from icepair.products.valid import valid_footprint
from icepair.testing.safe.sentinel2 import DrawnMask, SafeTile, write_tile

SIDE = 600
LEFT, TOP = 463_140.0, 8_877_720.0
FACTORS = {
    **dict.fromkeys(BANDS, 2),
    **dict.fromkeys(("B02", "B03", "B04", "B08"), 1),
    **dict.fromkeys(("B01", "B09", "B10"), 6),
}
WHOLE = ip.Window(0, SIDE, 0, SIDE)


def numbers(band: str) -> np.ndarray:
    """Digital numbers of a band, different everywhere, with a gap and a saturated pixel."""
    side = SIDE // FACTORS[band]
    seed = BANDS.index(band)
    values = np.random.default_rng(seed).integers(900, 12_000, (side, side)).astype(np.uint16)
    values[: side // 5, : side // 4] = 0
    values[side // 2, side // 2] = 65_535
    return values


@pytest.fixture(scope="module")
def tile() -> SafeTile:
    sixty = np.random.default_rng(99).integers(0, 2, (3, SIDE // 6, SIDE // 6))
    quality = np.zeros((8, SIDE // 6, SIDE // 6), dtype=np.uint8)
    quality[7, 3, 4] = quality[4, 5, 6] = quality[5, 7, 8] = 1
    detectors = np.repeat(np.arange(1, 5), SIDE // 24)[None, :] * np.ones((SIDE // 6, 1))
    return SafeTile(
        {band: numbers(band) for band in BANDS},
        classes=sixty,
        quality={"B02": quality},
        detectors={"B02": detectors},
    )


@pytest.fixture(scope="module")
def safe(tile: SafeTile, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tile(tmp_path_factory.mktemp("safe"), tile)


@pytest.fixture
def copy(safe: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(safe, tmp_path / safe.name))


def opened(path: Path) -> Sentinel2Scene:
    scene = ip.open_scene(path)
    assert isinstance(scene, Sentinel2Scene)
    return scene


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def only(folder: Path, pattern: str) -> Path:
    (found,) = folder.rglob(pattern)
    return found


def test_what_a_product_says(safe: Path, tile: SafeTile) -> None:
    scene = opened(safe)
    assert scene.product == tile.name
    assert scene.time == datetime(2022, 11, 30, 8, 56, 23, 421279, tzinfo=UTC)
    assert scene.time_source == "sensing time of the tile"
    assert (scene.platform, scene.sensor, scene.level, scene.tile) == ("S2B", "S2", "L1C", "45XWJ")
    assert (scene.baseline, scene.quantification) == ("05.09", 10_000)
    assert scene.datatake == "S2B_20221130T084444_032624"
    assert scene.bands == BANDS
    assert scene.offsets == dict.fromkeys(BANDS, -1000)
    assert scene.is_refined is True
    assert scene.notes == ()
    assert scene.grid.epsg == 32645
    assert scene.grid.transform == (10.0, 0.0, LEFT, 0.0, -10.0, TOP)
    assert scene.shape == scene.grid.shape == (SIDE, SIDE)


def test_every_way_to_name_a_product(safe: Path, tmp_path: Path) -> None:
    zipped = Path(shutil.make_archive(str(tmp_path / "product"), "zip", safe.parent, safe.name))
    nameless = zipped.rename(tmp_path / "download")
    ways = [
        safe / "MTD_MSIL1C.xml", safe / "manifest.safe", only(safe, "L1C_*"), nameless,
    ]  # fmt: skip
    expected = opened(safe)
    window = ip.Window(100, 220, 340, 470)
    for way in ways:
        scene = opened(way)
        assert dataclasses.replace(scene, address=expected.address) == expected
        for band in ("B02", "B05", "B10"):
            np.testing.assert_array_equal(
                scene.read_digital_numbers(band, window),
                expected.read_digital_numbers(band, window),
            )


@pytest.mark.parametrize("band", ["B02", "B8A", "B11", "B01", "B10"])
@pytest.mark.parametrize(
    "window",
    [WHOLE, ip.Window(0, 1, 0, 1), ip.Window(595, 600, 1, 12), ip.Window(101, 240, 301, 308)],
)
def test_coarse_pixels_cover_what_they_cover(safe: Path, band: str, window: ip.Window) -> None:
    factor = FACTORS[band]
    expected = np.kron(numbers(band), np.ones((factor, factor), dtype=np.uint16))
    found = opened(safe).read_digital_numbers(band, window)
    assert found.dtype == np.uint16
    np.testing.assert_array_equal(found, expected[window.slices])


def test_strided_reads_are_the_same_pixels(safe: Path) -> None:
    container = opened(safe).container
    part = (slice(3, 590, 7), slice(0, 600, 13))
    for band in ("B03", "B05", "B01"):
        np.testing.assert_array_equal(container.read(band, part), container.read(band)[part])
    opaque = container.read("MSK_OPAQUE", part)
    np.testing.assert_array_equal(opaque, container.read("MSK_OPAQUE")[part])


def test_gaps_and_saturated_pixels_become_flags(safe: Path) -> None:
    values, flags = opened(safe).read_reflectance("B05", WHOLE)
    raw = np.kron(numbers("B05"), np.ones((2, 2), dtype=np.uint16))
    gap, saturated = raw == 0, raw == 65_535
    np.testing.assert_array_equal(flags == int(S2Flag.NODATA), gap)
    np.testing.assert_array_equal(flags == int(S2Flag.SATURATED), saturated)
    np.testing.assert_array_equal(np.isnan(values), gap | saturated)
    expected = (raw.astype(float) - 1000) / 10_000
    np.testing.assert_allclose(values[~gap & ~saturated], expected[~gap & ~saturated], atol=1e-7)


def test_raster_masks(safe: Path, tile: SafeTile) -> None:
    scene = opened(safe)
    assert tile.classes is not None
    for name, layer in zip(("MSK_OPAQUE", "MSK_CIRRUS", "MSK_SNOICE"), tile.classes, strict=True):
        np.testing.assert_array_equal(
            scene.read_mask(name, WHOLE), np.kron(layer, np.ones((6, 6), dtype=np.uint8))
        )
    for name, row, column in (("SATURA", 3, 4), ("DEFECT", 5, 6), ("NODATA", 7, 8)):
        mask = scene.read_mask(f"MSK_{name}_B02", WHOLE)
        assert mask.sum() == 36
        assert mask[row * 6 : row * 6 + 6, column * 6 : column * 6 + 6].all()
    assert np.unique(scene.read_mask("MSK_DETFOO_B02", WHOLE)).tolist() == [1, 2, 3, 4]
    with pytest.raises(UsageError, match="has no mask 'SCL'; it has MSK_OPAQUE, MSK_CIRRUS"):
        scene.read_mask("SCL", WHOLE)


def test_polygon_masks_hold_the_centres_that_they_hold(tmp_path: Path) -> None:
    import shapely

    outline = [(LEFT + 61, TOP - 33), (LEFT + 3017, TOP - 1204), (LEFT + 400, TOP - 4400)]
    hole = [(LEFT + 703, TOP - 902), (LEFT + 1311, TOP - 1107), (LEFT + 798, TOP - 1493)]
    clouds = [
        DrawnMask("OPAQUE", [*outline, outline[0]], [[*hole, hole[0]]]),
        DrawnMask("CIRRUS", [*hole, hole[0]]),
    ]
    half = [(LEFT, TOP), (LEFT + 2003, TOP), (LEFT + 1003, TOP - 6000), (LEFT, TOP - 6000)]
    feet = [DrawnMask("DETECTOR_FOOTPRINT", [*half, half[0]], (), "detector_footprint-B02-07-0")]
    tile = SafeTile(
        {"B02": numbers("B02")},
        baseline="02.08",
        drawn={
            "CLOUDS_B00": clouds,
            "DETFOO_B02": feet,
            "SATURA_B02": [],
            "NODATA_B02": [DrawnMask("QT_NODATA_PIXELS", [*hole, hole[0]])],
        },
    )
    scene = opened(write_tile(tmp_path, tile))
    eastings, northings = np.meshgrid(scene.grid.eastings(), scene.grid.northings())
    expected = {
        "MSK_OPAQUE": shapely.contains_xy(shapely.Polygon(outline, [hole]), eastings, northings),
        "MSK_CIRRUS": shapely.contains_xy(shapely.Polygon(hole), eastings, northings),
        "MSK_NODATA_B02": shapely.contains_xy(shapely.Polygon(hole), eastings, northings),
        "MSK_SATURA_B02": np.zeros((SIDE, SIDE), dtype=bool),
        "MSK_DETFOO_B02": 7 * shapely.contains_xy(shapely.Polygon(half), eastings, northings),
    }
    assert set(scene.masks) == set(expected)
    window = ip.Window(50, 380, 10, 333)
    for name, values in expected.items():
        np.testing.assert_array_equal(scene.read_mask(name, WHOLE), values)
        np.testing.assert_array_equal(scene.read_mask(name, window), values[window.slices])
    assert scene.offsets == {"B02": 0}


def test_level_2a(tmp_path: Path) -> None:
    twenty = np.random.default_rng(5).integers(0, 12, (SIDE // 2, SIDE // 2)).astype(np.uint8)
    bands = {band: numbers(band) for band in BANDS if band != "B10"}
    layers = {"SCL": twenty, "CLDPRB": twenty * 8, "SNWPRB": twenty * 5}
    tile = SafeTile(bands, level="L2A", baseline="05.10", layers=layers)
    safe = write_tile(tmp_path, tile)
    coarse = safe / "GRANULE" / tile.granule / "IMG_DATA" / "R60m"
    # The same band at other resolutions is there too, and is not taken.
    from icepair.testing.safe.sentinel2 import write_image

    for band, side in (("B02", 100), ("B05", 100), ("B01", 300)):
        name = f"T{tile.tile}_{tile.start}_{band}_{6000 // side}m.jp2"
        folder = coarse if side == 100 else coarse.with_name("R20m")
        write_image(folder / name, np.ones((side, side), dtype=np.uint16))
    scene = opened(safe)
    assert scene.level == "L2A"
    assert scene.reflectance_attributes == {"standard_name": "surface_bidirectional_reflectance"}
    assert scene.bands == tuple(bands)
    assert scene.offsets == dict.fromkeys(bands, -1000)
    assert scene.masks == ("SCL", "MSK_CLDPRB", "MSK_SNWPRB")
    for band in ("B02", "B05", "B01"):
        factor = FACTORS[band]
        expected = np.kron(numbers(band), np.ones((factor, factor), dtype=np.uint16))
        np.testing.assert_array_equal(scene.read_digital_numbers(band, WHOLE), expected)
    doubled = np.kron(twenty, np.ones((2, 2), dtype=np.uint8))
    np.testing.assert_array_equal(scene.read_mask("SCL", WHOLE), doubled)
    np.testing.assert_array_equal(scene.read_mask("MSK_SNWPRB", WHOLE), doubled * 5)


def test_level_2a_of_early_processors(tmp_path: Path) -> None:
    bands = {band: numbers(band) for band in ("B02", "B05", "B09")}
    safe = write_tile(tmp_path, SafeTile(bands, level="L2A", baseline="02.06", unit="S2A"))
    product, tile = safe / "MTD_MSIL2A.xml", only(safe, "MTD_TL.xml")
    name = safe.name.removesuffix(".SAFE")
    edit(
        product,
        "<PRODUCT_URI>",
        f"<PRODUCT_URI_1C>{name.replace('L2A', 'L1C')}</PRODUCT_URI_1C><P>",
    )
    edit(product, f"<P>{name}.SAFE</PRODUCT_URI>", f"<PRODUCT_URI_2A>{name}.SAFE</PRODUCT_URI_2A>")
    edit(product, ">Level-2A<", ">Level-2Ap<")
    edit(product, "BOA_QUANTIFICATION_VALUE", "L2A_BOA_QUANTIFICATION_VALUE")
    edit(product, ">10000<", ">1000<")
    edit(tile, "TILE_ID", "TILE_ID_2A")
    for image in safe.rglob("T45*.jp2"):
        image.rename(image.with_name(f"L2A_{image.name}"))
    scene = opened(safe)
    assert (scene.product, scene.level, scene.tile) == (name, "L2A", "45XWJ")
    assert (scene.offsets, scene.quantification) == (dict.fromkeys(bands, 0), 1000)
    expected = np.kron(numbers("B09"), np.ones((6, 6), dtype=np.uint16))
    np.testing.assert_array_equal(scene.read_digital_numbers("B09", WHOLE), expected)


@pytest.mark.parametrize(
    ("baseline", "start", "offset"),
    [
        ("02.04", "20151204T105422", 0), ("02.08", "20190827T122429", 0),
        ("04.00", "20220615T101559", -1000), ("05.00", "20160229T105022", -1000),
        ("05.11", "20250102T105441", -1000),
    ],
)  # fmt: skip
def test_the_baseline_decides_and_not_the_date(
    tmp_path: Path, baseline: str, start: str, offset: int
) -> None:
    seen = f"{datetime.fromisoformat(start):%Y-%m-%dT%H:%M:%S}Z"
    tile = SafeTile({"B02": numbers("B02")}, baseline=baseline, start=start, sensed=seen)
    scene = opened(write_tile(tmp_path, tile))
    assert scene.offsets == {"B02": offset}
    assert scene.notes == ()


def test_each_band_has_an_offset_of_its_own(tmp_path: Path) -> None:
    offsets = {band: -1000 - index for index, band in enumerate(BANDS)}
    bands = {band: numbers(band) for band in ("B02", "B8A", "B10")}
    scene = opened(write_tile(tmp_path, SafeTile(bands, offsets=offsets)))
    assert scene.offsets == {"B02": -1001, "B8A": -1008, "B10": -1010}


def test_a_baseline_of_the_future_is_read_and_noted(tmp_path: Path) -> None:
    safe = write_tile(tmp_path, SafeTile({"B02": numbers("B02")}, baseline="06.01"))
    scene = opened(safe)
    assert scene.offsets == {"B02": -1000}
    assert "baseline 06.01 is newer than those known (02.04 to 05.11)" in scene.notes[0]


@pytest.mark.parametrize(
    ("flag", "refined"), [("REFINED", True), ("NOT_REFINED", False), (None, None)]
)
def test_image_refining(tmp_path: Path, flag: str | None, refined: bool | None) -> None:
    tile = SafeTile({"B02": numbers("B02")}, refining=flag)
    assert opened(write_tile(tmp_path, tile)).is_refined is refined


def test_a_datastrip_is_searched_and_never_parsed(copy: Path) -> None:
    edit(only(copy, "MTD_DS.xml"), "?>", '?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hosts">]>')
    assert opened(copy).is_refined is True
    edit(only(copy, "MTD_DS.xml"), 'flag="REFINED"', "")
    assert opened(copy).is_refined is None


def test_probes_decode_no_band(tile: SafeTile, tmp_path: Path) -> None:
    bands = {"B02": numbers("B02")}
    bands["B02"][:, 300:] = 0
    safe = write_tile(tmp_path, SafeTile(bands))
    footprint = valid_footprint(opened(safe))
    held = footprint.holds(np.array([300.0, 300.0]), np.array([100.0, 500.0]))
    assert held.tolist() == [True, False]


def test_threads_and_pickles_read_the_same(safe: Path) -> None:
    scene = opened(safe)
    windows = [ip.Window(k, k + 60, k, k + 90) for k in range(0, 480, 20)]
    expected = [scene.read_digital_numbers("B02", window) for window in windows]
    again = pickle.loads(pickle.dumps(scene))
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda w: again.read_digital_numbers("B02", w), windows))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_several_tiles_and_how_to_choose(tmp_path: Path) -> None:
    one = SafeTile({"B02": numbers("B02")}, baseline="02.04", tile="45XWJ")
    safe = write_tile(tmp_path, one)
    other = dataclasses.replace(one, tile="45XWK", left=LEFT + 6000, refining=None)
    write_tile(tmp_path / "more", other)
    shutil.copytree(only(tmp_path / "more", other.granule), safe / "GRANULE" / other.granule)
    with pytest.raises(UsageError, match=r"holds 2 tiles \(45XWJ, 45XWK\); give the folder of one"):
        ip.open_scene(safe)
    assert opened(safe / "GRANULE" / one.granule).tile == "45XWJ"
    assert opened(safe / "GRANULE" / other.granule / "MTD_TL.xml").grid.left == LEFT + 6000


def test_the_long_names_before_december_2016(tmp_path: Path) -> None:
    clouds = [DrawnMask("CIRRUS", [(LEFT, TOP), (LEFT + 62, TOP), (LEFT, TOP - 62), (LEFT, TOP)])]
    tile = SafeTile(
        {"B02": numbers("B02")}, baseline="02.04", unit="S2A", drawn={"CLOUDS_B00": clouds}
    )
    safe = write_tile(tmp_path, tile)
    stem = "EPAE_20160922T195522_A004712_T45XWJ"
    granule = safe / "GRANULE" / f"S2A_OPER_MSI_L1C_TL_{stem}_N02.04"
    (safe / "GRANULE" / tile.granule).rename(granule)
    (safe / "MTD_MSIL1C.xml").rename(safe / "S2A_OPER_MTD_SAFL1C_PDMC_20160922T195522_R051.xml")
    (granule / "MTD_TL.xml").rename(granule / f"S2A_OPER_MTD_L1C_TL_{stem}.xml")
    only(granule, "T*_B02.jp2").rename(granule / "IMG_DATA" / f"S2A_OPER_MSI_L1C_TL_{stem}_B02.jp2")
    only(granule, "MSK_CLOUDS_B00.gml").rename(
        granule / "QI_DATA" / f"S2A_OPER_MSK_CLOUDS_{stem}_B00_MSIL1C.gml"
    )
    strip = only(safe, "MTD_DS.xml")
    strip.rename(strip.with_name("S2A_OPER_MTD_L1C_DS_EPAE_20160922T195522_S20160922T105022.xml"))
    old = safe.rename(tmp_path / "S2A_OPER_PRD_MSIL1C_PDMC_20160922T195522_R051_V2016.SAFE")
    scene = opened(old)
    assert (scene.tile, scene.bands, scene.is_refined) == ("45XWJ", ("B02",), True)
    assert scene.masks == ("MSK_OPAQUE", "MSK_CIRRUS")
    np.testing.assert_array_equal(scene.read_digital_numbers("B02", WHOLE), numbers("B02"))
    assert scene.read_mask("MSK_CIRRUS", WHOLE).sum() == 21


def without(pattern: str) -> Callable[[Path], None]:
    def remove(safe: Path) -> None:
        only(safe, pattern).unlink()

    return remove


def changed(pattern: str, old: str, new: str) -> Callable[[Path], None]:
    return lambda safe: edit(only(safe, pattern), old, new)


@pytest.mark.parametrize(
    ("fault", "error", "message"),
    [
        (without("MTD_MSIL1C.xml"), DamagedFileError, "no MTD_MSIL1C.xml or MTD_MSIL2A.xml"),
        (without("MTD_TL.xml"), DamagedFileError, "no MTD_TL.xml, which says where the tile lies"),
        (
            lambda safe: shutil.rmtree(only(safe, "IMG_DATA")),
            DamagedFileError,
            "has no band under IMG_DATA",
        ),
        (lambda safe: shutil.rmtree(safe / "GRANULE"), DamagedFileError, "no folder under GRANULE"),
        (
            changed("MTD_MSIL1C.xml", "Level-1C<", "Level-1B<"),
            UnsupportedProductError,
            "of level 'Level-1B'; icepair reads L1C and L2A",
        ),
        (
            changed("MTD_MSIL1C.xml", ">05.09<", ">02.09<"),
            ContradictionError,
            r"baseline 02.09, where .* do not carry an offset, but lists offsets of \[-1000\]",
        ),
        (
            changed("MTD_MSIL1C.xml", "RADIO_ADD_OFFSET", "OTHER"),
            ContradictionError,
            "baseline 05.09, where digital numbers carry an offset, but lists no offsets",
        ),
        (
            changed("MTD_MSIL1C.xml", 'band_id="4">-1000', 'band_id="40">-1000'),
            DamagedFileError,
            "an offset '-1000' of band_id '40'",
        ),
        (
            changed("MTD_MSIL1C.xml", '<RADIO_ADD_OFFSET band_id="4">-1000</RADIO_ADD_OFFSET>', ""),
            DamagedFileError,
            "lists no offset for B05",
        ),
        (changed("MTD_TL.xml", "SENSING_TIME", "OTHER"), DamagedFileError, "has no SENSING_TIME"),
        (
            changed("MTD_TL.xml", "EPSG:32645", ""),
            DamagedFileError,
            "HORIZONTAL_CS_CODE is missing; EPSG:326nn",
        ),
        (
            changed("MTD_TL.xml", 'Geoposition resolution="10"', 'Geoposition resolution="11"'),
            DamagedFileError,
            "Tile_Geocoding has no size and corner of the 10 m raster",
        ),
        (
            changed("MTD_TL.xml", "<ULX>463140</ULX>", "<ULX>west</ULX>"),
            DamagedFileError,
            "no number in Geoposition/ULX",
        ),
        (
            changed("MTD_TL.xml", "<NROWS>300</NROWS>", "<NROWS>299</NROWS>"),
            ContradictionError,
            "do not cover the same ground",
        ),
        (
            changed("MTD_TL.xml", "<XDIM>10</XDIM>", "<XDIM>15</XDIM>"),
            ContradictionError,
            "pixels of 15 m by -10 m for the raster of 10 m",
        ),
        (
            changed("MTD_TL.xml", "</n1:Level-1C_Tile_ID>", ""),
            DamagedFileError,
            "no well-formed XML",
        ),
        (
            changed("MTD_TL.xml", "?>", '?><!DOCTYPE x [<!ENTITY a "b">]>'),
            DamagedFileError,
            "declares a document type",
        ),
    ],
)  # fmt: skip
def test_faults_that_end_opening(
    copy: Path, fault: Callable[[Path], None], error: type[Exception], message: str
) -> None:
    fault(copy)
    with pytest.raises(error, match=message):
        ip.open_scene(copy)


def test_metadata_are_proven_by_the_manifest(copy: Path) -> None:
    metadata, manifest = only(copy, "MTD_TL.xml"), copy / "manifest.safe"
    checksum = hashlib.sha3_256(metadata.read_bytes()).hexdigest().upper()
    entry = f'href="./{metadata.relative_to(copy).as_posix()}" locatorType="URL"/>'
    edit(manifest, entry, f'{entry}<checksum checksumName="SHA3-256">{checksum}</checksum>')
    assert opened(copy).tile == "45XWJ"
    edit(metadata, "2022-11-30T08:56", "2022-11-30T08:57")
    with pytest.raises(DamagedFileError, match=r"MTD_TL\.xml .* is not the file that the manifest"):
        ip.open_scene(copy)
    manifest.unlink()
    assert opened(copy).time.minute == 57


def test_a_band_that_is_missing_is_told_and_the_others_are_read(copy: Path) -> None:
    only(copy, "T*_B05.jp2").unlink()
    scene = opened(copy)
    assert scene.notes == (
        "Images that the metadata name are missing: T45XWJ_20221130T084444_B05.",
    )
    with pytest.raises(UsageError, match="has no band 'B05'; it has B01, B02"):
        scene.read_digital_numbers("B05", WHOLE)
    assert scene.read_digital_numbers("B06", WHOLE).any()


def test_a_divisor_that_is_not_stated_is_noted_and_one_that_is_none_refused(copy: Path) -> None:
    stated = '<QUANTIFICATION_VALUE unit="none">10000</QUANTIFICATION_VALUE>'
    metadata = only(copy, "MTD_MSIL1C.xml")
    edit(metadata, stated, stated.replace("10000", "12500"))
    assert opened(copy).quantification == 12_500
    for wrong in ("0", "ten thousand", "inf"):
        text = metadata.read_text()
        metadata.write_text(
            re.sub(r'(<QUANTIFICATION_VALUE unit="none">)[^<]*', rf"\g<1>{wrong}", text)
        )
        with pytest.raises(DamagedFileError, match=f"states '{wrong}' as QUANTIFICATION_VALUE"):
            opened(copy)
    text = metadata.read_text()
    metadata.write_text(re.sub(r"<QUANTIFICATION_VALUE.*?</QUANTIFICATION_VALUE>", "", text))
    scene = opened(copy)
    assert scene.quantification == 10_000
    assert any("do not state QUANTIFICATION_VALUE" in note for note in scene.notes)


@pytest.mark.parametrize(
    ("sensed", "is_noted"),
    [
        ("2022-11-30T09:05:00Z", False),
        ("2022-11-30T08:40:00Z", True),
        ("2023-06-05T11:17:58Z", True),
    ],
)
def test_a_tile_seen_outside_its_datatake_is_noted(
    tmp_path: Path, sensed: str, is_noted: bool
) -> None:
    tile = SafeTile({"B02": numbers("B02")}, sensed=sensed)
    scene = opened(write_tile(tmp_path, tile))
    assert scene.time == datetime.fromisoformat(sensed)
    assert any("does not lie in its datatake" in note for note in scene.notes) == is_noted


@pytest.mark.parametrize("share", [0.3, 0.7, 0.99])
def test_a_jp2_cut_short_never_gives_pixels_that_are_wrong(copy: Path, share: float) -> None:
    band = only(copy, "T*_B02.jp2")
    band.write_bytes(band.read_bytes()[: int(band.stat().st_size * share)])
    scene = opened(copy)
    with pytest.raises(DamagedFileError, match=r"_B02\.jp2.* cannot be .*cut short"):
        scene.read_digital_numbers("B02", WHOLE)
    assert scene.read_digital_numbers("B03", WHOLE).any()


def test_bytes_overwritten_between_the_tiles_of_a_jp2(copy: Path) -> None:
    band = only(copy, "T*_B02.jp2")
    data = bytearray(band.read_bytes())
    # The fourth start of a tile part, and what follows it.
    start = -1
    for _ in range(4):
        start = data.index(b"\xff\x90\x00\x0a", start + 1)
    data[start : start + 200] = bytes(200)
    band.write_bytes(data)
    with pytest.raises(DamagedFileError, match=r"_B02\.jp2.* cannot be .*fetch the product again"):
        opened(copy).read_digital_numbers("B02", WHOLE)


def test_images_that_are_none_or_of_another_size(copy: Path) -> None:
    b02, b03, b05 = (only(copy, f"T*_B0{k}.jp2") for k in (2, 3, 5))
    shutil.copy(b05, b02)
    b03.write_text("<VRTDataset rasterXSize='1' rasterYSize='1'></VRTDataset>")
    shutil.copy(b05, only(copy, "T*_B11.jp2"))
    scene = opened(copy)
    # 20 m instead of 10 m nests, so it can be read; a third of the tile cannot.
    assert scene.read_digital_numbers("B02", WHOLE).any()
    with pytest.raises(DamagedFileError, match=r"B03\.jp2 .* cannot be opened as an image"):
        scene.read_digital_numbers("B03", WHOLE)
    from icepair.testing.safe.sentinel2 import write_image

    write_image(b02, np.ones((200, 200), dtype=np.uint16))
    with pytest.raises(ContradictionError, match=r"B02\.jp2 .* has 200 x 200 pixels; the tile has"):
        opened(copy).read_digital_numbers("B02", WHOLE)


@pytest.mark.parametrize(
    ("old", "new", "error", "message"),
    [
        ("EPSG::32645", "EPSG::32644", ContradictionError, "drawn in EPSG:32644, but the tile"),
        ('srsDimension="2"', 'srsDimension="5"', DamagedFileError, "numbers in 5 dimensions"),
        ("463140 8877720", "west north", DamagedFileError, "something else than numbers"),
        ("gml:exterior", "gml:other", DamagedFileError, "a polygon with 0 outlines"),
    ],
)
def test_damaged_polygons(
    tmp_path: Path, old: str, new: str, error: type[Exception], message: str
) -> None:
    ring = [(LEFT, TOP), (LEFT + 60, TOP), (LEFT, TOP - 60), (LEFT, TOP)]
    tile = SafeTile(
        {"B02": numbers("B02")},
        baseline="02.09",
        drawn={"CLOUDS_B00": [DrawnMask("OPAQUE", ring)]},
    )
    safe = write_tile(tmp_path, tile)
    edit(only(safe, "MSK_CLOUDS_B00.gml"), old, new)
    with pytest.raises(error, match=message):
        opened(safe).read_mask("MSK_OPAQUE", WHOLE)

"""Files of a gridded scene: one grid, and each kind of broken file by one error."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.control import GroundControlPoint
from rasterio.transform import Affine
from stack_files import LEFT, TIME, TOP, decibels, geotiff, numbers

import icepair as ip
from icepair.errors import (
    ContradictionError,
    DamagedFileError,
    UnsupportedProductError,
    UsageError,
)
from icepair.products.container import Container
from icepair.products.stack.open import holds_stack

RNG = np.random.default_rng(11)


def radar(path: Path, **options: object) -> Path:
    return geotiff(path, decibels(RNG, (1, 30, 40)), descriptions=("VV",), tags=TIME, **options)


def test_a_folder_a_list_and_one_file_hold_the_same_scene(tmp_path: Path) -> None:
    values = numbers(RNG, (3, 50, 60))
    names = ("B02", "B03", "B8A")
    one = geotiff(tmp_path / "one.tif", values, descriptions=names, tags=TIME)
    folder = tmp_path / "S2B_MSIL1C_20220403T120000_N0400_R001_T39XVL_20220403T130000"
    folder.mkdir()
    (folder / "readme.txt").write_text("not a band")
    several = [
        geotiff(folder / f"{name}.tif", values[[i]], tags=TIME) for i, name in enumerate(names)
    ]
    window = ip.Window(3, 44, 5, 59)
    for address, options in ((one, {"offset": -1000}), (folder, {}), (several[::-1], {})):
        scene = ip.open_scene(address, **options)
        assert (scene.sensor, scene.bands, scene.shape) == ("S2", names, (50, 60))
        assert isinstance(scene.container, Container)
        for band, stored in zip(names, values, strict=True):
            found, flags = scene.read_reflectance(band, window)
            expected = (stored[window.slices].astype(float) - 1000) / 10000
            np.testing.assert_array_equal(found, expected.astype("f4"))
            assert not flags.any()
        scene.container.close()
    assert scene.product.startswith("S2B_MSIL1C_20220403T120000_N0400")
    assert scene.platform == "S2B"


def test_a_list_with_something_else_in_it_is_refused(tmp_path: Path) -> None:
    file = geotiff(tmp_path / "VV.tif", decibels(RNG, (1, 40, 50)), tags=TIME)
    (tmp_path / "S2.SAFE").mkdir()
    (tmp_path / "S2.nc").touch()
    for other in (tmp_path / "S2.SAFE", tmp_path / "S2.nc", "https://server/dodsC/S2"):
        with pytest.raises(UsageError, match=r"stands in a list with GeoTIFFs and is no such file"):
            ip.open_scene([file, other])
    assert ip.open_scene([tmp_path]).polarisations == ip.open_scene(tmp_path).polarisations


def test_files_on_different_grids_are_a_contradiction(tmp_path: Path) -> None:
    first = geotiff(tmp_path / "B02.tif", numbers(RNG, (1, 20, 20)), tags=TIME)
    coarse = geotiff(tmp_path / "B11.tif", numbers(RNG, (1, 10, 10)), spacing_m=20.0)
    moved = geotiff(
        tmp_path / "B03.tif",
        numbers(RNG, (1, 20, 20)),
        transform=Affine(10, 0, LEFT + 5, 0, -10, TOP),
    )
    zone = geotiff(tmp_path / "B04.tif", numbers(RNG, (1, 20, 20)), crs="EPSG:32640")
    for other in (coarse, moved, zone):
        with pytest.raises(ContradictionError, match=r"different grids .*gdalwarp"):
            ip.open_scene([first, other], offset=0)


def test_bands_of_no_role_may_lie_elsewhere(tmp_path: Path) -> None:
    geotiff(tmp_path / "B02.tif", numbers(RNG, (1, 20, 20)), tags=TIME)
    geotiff(tmp_path / "SCL.tif", np.ones((1, 10, 10), np.uint8), spacing_m=20.0)
    scene = ip.open_scene(tmp_path, offset=0)
    assert scene.bands == ("B02",)
    assert scene.notes == ("Left out, of no known role: SCL.tif.",)


def test_bands_of_different_kinds_are_a_contradiction(tmp_path: Path) -> None:
    counts = geotiff(tmp_path / "B02.tif", numbers(RNG, (1, 20, 20)), tags=TIME)
    floats = geotiff(tmp_path / "B03.tif", np.full((1, 20, 20), 0.3, np.float32))
    scaled = geotiff(tmp_path / "B04.tif", numbers(RNG, (1, 20, 20)), scales=(1e-4,))
    for other in (floats, scaled):
        with pytest.raises(ContradictionError, match="same kind of numbers"):
            ip.open_scene([counts, other], offset=0)


def test_grids_that_cannot_be_used(tmp_path: Path) -> None:
    turned = Affine(10, 1, LEFT, 1, -10, TOP)
    oblong = Affine(10, 0, LEFT, 0, -20, TOP)
    south_up = Affine(10, 0, LEFT, 0, 10, TOP)
    for transform in (turned, oblong, south_up):
        with pytest.raises(UnsupportedProductError, match=r"north-up with square pixels.*gdalwarp"):
            ip.open_scene(radar(tmp_path / "x.tif", transform=transform))
    degrees = Affine(1e-4, 0, 51.0, 0, -1e-4, 81.0)
    with pytest.raises(UnsupportedProductError, match=r"projected in metres.*gdalwarp -t_srs"):
        ip.open_scene(radar(tmp_path / "x.tif", transform=degrees, crs="EPSG:4326"))


def test_rounding_of_another_program_is_no_other_grid(tmp_path: Path) -> None:
    rough = Affine(10.00000000001, 0, LEFT, 0, -9.99999999999, TOP)
    assert ip.open_scene(radar(tmp_path / "x.tif", transform=rough)).shape == (30, 40)


def test_no_coordinate_system(tmp_path: Path) -> None:
    with pytest.warns(rasterio.errors.NotGeoreferencedWarning):
        plain = radar(tmp_path / "x.tif", crs=None, transform=Affine.identity())
    with pytest.raises(DamagedFileError, match=r"no coordinate system.*gdal_edit"):
        ip.open_scene(plain)
    points = [GroundControlPoint(0, 0, 51.0, 81.0), GroundControlPoint(29, 39, 52.0, 80.0)]
    with rasterio.open(
        tmp_path / "y.tif", "w", driver="GTiff", count=1, height=30, width=40, dtype="uint16",
        gcps=points, crs="EPSG:4326",
    ) as file:  # fmt: skip
        file.write(numbers(RNG, (1, 30, 40)))
    with pytest.raises(DamagedFileError, match=r"control points.*open the \.SAFE folder"):
        ip.open_scene(tmp_path / "y.tif", roles="HH")


def test_files_that_are_cut_short_or_gone(tmp_path: Path) -> None:
    values = decibels(RNG, (1, 400, 400))
    whole = geotiff(tmp_path / "VV.tif", values, tags=TIME, blockysize=16)
    content = whole.read_bytes()
    (tmp_path / "head.tif").write_bytes(content[:6])
    with pytest.raises(DamagedFileError, match=r"cannot be read as a GeoTIFF.*fetch it again"):
        ip.open_scene(tmp_path / "head.tif")
    scene = ip.open_scene(whole)
    cut = tmp_path / "cut" / "VV.tif"
    cut.parent.mkdir()
    cut.write_bytes(content[: len(content) // 2])
    with pytest.raises(DamagedFileError, match=r"VV.tif cannot be read"):
        ip.open_scene(cut)
    with pytest.raises(DamagedFileError, match="There is no file"):
        ip.open_scene([tmp_path / "none.tif"])
    assert scene.shape == (400, 400)


@pytest.mark.parametrize("options", [{}, {"bigtiff": "yes"}, {"ENDIANNESS": "BIG"}])
def test_tags_cut_off_are_not_left_out_in_silence(tmp_path: Path, options: dict[str, str]) -> None:
    values = numbers(RNG, (1, 40, 50))
    tags = TIME | {"PROCESSING_BASELINE": "05.09"}
    file = geotiff(tmp_path / "B03.tif", values, tags=tags, nodata=12345, **options)
    whole = file.read_bytes()
    assert ip.open_scene(file).scaling.offset == -1000
    for missing in (1, 5, 40):
        file.write_bytes(whole[:-missing])
        with pytest.raises(DamagedFileError, match="was cut short: its tag"):
            ip.open_scene(file, time="2022-04-03T12:00", offset=0)


def test_another_format_by_the_name_of_a_tiff_is_not_opened(tmp_path: Path) -> None:
    secret = radar(tmp_path / "secret.tif")
    vrt = tmp_path / "VV.tif"
    vrt.write_text(
        f'<VRTDataset rasterXSize="40" rasterYSize="30"><VRTRasterBand dataType="Float32" band="1">'
        f"<SimpleSource><SourceFilename>{secret}</SourceFilename></SimpleSource></VRTRasterBand>"
        "</VRTDataset>"
    )
    assert not holds_stack(str(vrt))
    with pytest.raises(DamagedFileError, match="cannot be read as a GeoTIFF"):
        ip.open_scene([secret, vrt])


def test_what_is_said_of_another_kind_of_product_is_refused(toy_pair: object) -> None:
    with pytest.raises(UsageError, match=r"no GeoTIFF: roles, units.*belong to gridded scenes"):
        ip.open_scene(toy_pair.s2, offset=-1000)  # type: ignore[attr-defined]


def test_windows_are_the_same_from_many_threads_and_after_pickling(tmp_path: Path) -> None:
    values = decibels(RNG, (2, 300, 310))
    file = geotiff(
        tmp_path / "x.tif", values, descriptions=("VV", "VH"), tags=TIME,
        tiled=True, blockxsize=64, blockysize=64, compress="deflate",
    )  # fmt: skip
    scene = pickle.loads(pickle.dumps(ip.open_scene(file)))
    windows = [ip.Window(r, r + 71, c, c + 53) for r in range(0, 229, 19) for c in (0, 111, 257)]
    expected = (10 ** (values.astype(float) / 10)).astype("f4")

    def agrees(window: ip.Window) -> bool:
        return all(
            np.array_equal(scene.read_sigma_nought(name, window)[0], expected[i][window.slices])
            for i, name in enumerate(scene.polarisations)
        )

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(agrees, windows))
    part = scene.container.read("VH", (slice(3, 290, 41), slice(7, 300, 13)))
    np.testing.assert_array_equal(part, values[1, 3:290:41, 7:300:13])
    scene.container.close()


def test_windows_outside_and_bands_that_are_not_there(tmp_path: Path) -> None:
    scene = ip.open_scene(radar(tmp_path / "x.tif"))
    with pytest.raises(UsageError, match="not inside VV of 30 x 40"):
        scene.read_sigma_nought("VV", ip.Window(0, 31, 0, 40))
    with pytest.raises(UsageError, match="no polarisation 'VH'; it has VV"):
        scene.read_sigma_nought("VH", ip.Window(0, 3, 0, 4))
    with pytest.raises(DamagedFileError, match="no band B02; it has VV"):
        scene.container.read("B02")


def test_a_large_scene_is_probed_in_its_overviews(tmp_path: Path) -> None:
    values = np.full((1, 2100, 2050), -12.0, np.float32)
    values[0, :700, 900:] = np.nan
    options = {"tiled": True, "blockxsize": 256, "blockysize": 256, "compress": "deflate"}
    file = geotiff(tmp_path / "VV.tif", values, tags=TIME, nodata=np.nan, **options)
    rows, columns = (part.ravel() for part in np.mgrid[0:2100:69, 0:2050:67])
    expected = np.isfinite(values[0, rows, columns])
    np.testing.assert_array_equal(ip.open_scene(file).holds_values(rows, columns), expected)
    with rasterio.open(file, "r+") as edited:
        edited.build_overviews([2, 8, 32])
    held = ip.open_scene(file).holds_values(rows, columns)
    from_edge = np.minimum(np.abs(rows - 700), np.abs(columns - 900))
    assert held[from_edge > 8].tolist() == expected[from_edge > 8].tolist()

"""Opening optical products: the archive's own header, and files with one fault each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import netCDF4
import numpy as np
import pyproj
import pytest
from nbs_files import Header, create, read_header

import icepair as ip
from icepair.errors import (
    ContradictionError,
    DamagedFileError,
    UnsupportedProductError,
    UsageError,
)

LEFT, TOP = 399_960, 5_400_000
NAME = "S2B_MSIL1C_20230605T110619_N0509_R137_T30UVU_20230605T131150"


@pytest.fixture(scope="session")
def header(shared_data: Path) -> Header:
    return read_header(shared_data / "nbs_converter_output" / "s2_l1c_n0509.cdl")


@pytest.fixture
def tile(header: Header, tmp_path: Path) -> Path:
    path = tmp_path / "no name.dat"
    with create(path, header) as dataset:
        dataset["time"][:] = [1338807979]
        dataset["x"][:] = LEFT + 10 * np.arange(10980)
        dataset["y"][:] = TOP - 10 * np.arange(10980)
        dataset["B3"][0, 100:110, 200:220] = np.arange(200).reshape(10, 20) + 40_000
        dataset["MSK_OPAQUE"][0, 100:110, 200:220] = 1
    return path


def change(path: Path, edit: Callable[[netCDF4.Dataset], None]) -> Path:
    with netCDF4.Dataset(path, "a") as dataset:
        dataset.set_auto_maskandscale(False)
        edit(dataset)
    return path


def unnamed(dataset: netCDF4.Dataset) -> None:
    for key in ("title", "PRODUCT_URI", "DATATAKE_1_ID"):
        dataset.delncattr(key)


def test_the_archives_own_header(tile: Path) -> None:
    scene = ip.open_scene(tile)
    assert isinstance(scene, ip.Sentinel2Scene)
    assert scene.product == NAME
    assert scene.time == datetime(2023, 6, 5, 11, 6, 19, tzinfo=UTC)
    assert scene.time_source == "start of the datatake (the product's time)"
    assert (scene.platform, scene.sensor, scene.level) == ("S2B", "S2", "L1C")
    assert (scene.tile, scene.baseline) == ("30UVU", "05.09")
    assert scene.shape == (10980, 10980)
    assert scene.bands == (
        "B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12",
    )  # fmt: skip
    assert scene.offsets == dict.fromkeys(scene.bands, -1000)
    assert scene.quantification == 10_000
    assert scene.masks == ("MSK_OPAQUE", "MSK_CIRRUS", "MSK_SNOICE")
    assert len(scene.notes) == 1
    assert scene.notes[0].startswith("B01, B09, B10 (60 m)")
    assert scene.grid.epsg == 32630
    assert scene.grid.transform == (10.0, 0.0, LEFT, 0.0, -10.0, TOP)
    assert scene.grid.shape == (10980, 10980)


def test_a_pixels_place_is_its_centre(tile: Path) -> None:
    scene = ip.open_scene(tile)
    assert scene.grid.eastings()[0] == LEFT + 5.0
    assert scene.grid.northings()[-1] == TOP - 109_795.0


def test_reads_windows_of_bands_and_masks(tile: Path) -> None:
    scene = ip.open_scene(tile)
    window = ip.Window(99, 102, 198, 203)
    expected = np.zeros((3, 5), dtype=np.uint16)
    expected[1:, 2:] = [[40_000, 40_001, 40_002], [40_020, 40_021, 40_022]]
    for spelling in ("B03", "B3", "b3", "3"):
        numbers = scene.read_digital_numbers(spelling, window)
        assert numbers.dtype == np.uint16
        np.testing.assert_array_equal(numbers, expected)
    mask = scene.read_mask("MSK_OPAQUE", window)
    assert mask.dtype == np.uint8
    np.testing.assert_array_equal(mask, expected > 0)


def test_sixty_metre_bands_are_put_back_where_they_belong(tile: Path) -> None:
    source = np.random.default_rng(0).integers(1, 60_000, (4, 1830)).astype(np.uint16)
    # The archive's zoom: 10 m pixel i shows 60 m pixel rint(i * 1829 / 10979).
    places = np.rint(np.arange(10_980) * (1829 / 10_979)).astype(int)

    def enlarged(dataset: netCDF4.Dataset) -> None:
        dataset["B10"][0, :15] = source[np.ix_(places[:15], places)]

    scene = ip.open_scene(change(tile, enlarged))
    window = ip.Window(2, 12, 3000, 10_980)
    expected = np.kron(source, np.ones((6, 6), dtype=np.uint16))[window.slices]
    np.testing.assert_array_equal(scene.read_digital_numbers("B10", window), expected)


def test_what_a_caller_may_ask_wrongly(tile: Path) -> None:
    scene = ip.open_scene(tile)
    window = ip.Window(0, 5, 0, 5)
    with pytest.raises(UsageError, match="has no band 'B13'; it has B01, B02"):
        scene.read_digital_numbers("B13", window)
    with pytest.raises(UsageError, match="has no mask 'SCL'; it has MSK_OPAQUE, MSK_CIRRUS"):
        scene.read_mask("SCL", window)
    with pytest.raises(UsageError, match="is not inside B3 of 10980 x 10980 pixels"):
        scene.read_digital_numbers("B03", ip.Window(10_975, 10_981, 0, 5))


def test_shorts_flagged_unsigned(tile: Path) -> None:
    def shorts(dataset: netCDF4.Dataset) -> None:
        dataset.renameVariable("B3", "old")
        band = dataset.createVariable(
            "B3", "i2", ("time", "y", "x"), zlib=True, chunksizes=(1, 90, 90)
        )
        band.set_auto_maskandscale(False)
        band._Unsigned = "true"
        band[0, 0, :2] = [-1, -25536]

    numbers = ip.open_scene(change(tile, shorts)).read_digital_numbers("B3", ip.Window(0, 1, 0, 2))
    assert numbers.tolist() == [[65535, 40000]]


@pytest.mark.parametrize(
    ("baseline", "offset"),
    [("02.08", 0), ("03.01", 0), ("04.00", -1000), ("05.09", -1000), ("05.10", -1000)],
)
@pytest.mark.parametrize("source", ["attribute", "name", "datatake", "all"])
def test_offset_by_baseline(tile: Path, baseline: str, offset: int, source: str) -> None:
    number = baseline.replace(".", "")

    def set_baseline(dataset: netCDF4.Dataset) -> None:
        title = dataset.title.replace("N0509", f"N{number}")
        unnamed(dataset)
        dataset.delncattr("PROCESSING_BASELINE")
        if source in ("attribute", "all"):
            dataset.PROCESSING_BASELINE = baseline
        if source in ("name", "all"):
            dataset.title = title
        if source in ("datatake", "all"):
            dataset.DATATAKE_1_ID = f"GS2B_20230605T110619_032624_N{baseline}"

    scene = ip.open_scene(change(tile, set_baseline))
    assert set(scene.offsets.values()) == {offset}
    assert scene.baseline == baseline


def test_offset_that_cannot_be_decided(tile: Path) -> None:
    def forget(dataset: netCDF4.Dataset) -> None:
        unnamed(dataset)
        dataset.delncattr("PROCESSING_BASELINE")

    with pytest.raises(DamagedFileError, match=r"offset of .* cannot be decided"):
        ip.open_scene(change(tile, forget))


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        (
            {"PROCESSING_BASELINE": "02.09"},
            r"02.09\) means 0, the product name \(05.09\) means -1000",
        ),
        ({"RADIO_ADD_OFFSET": "0"}, r"RADIO_ADD_OFFSET or BOA_ADD_OFFSET means 0"),
    ],
)
def test_offsets_that_contradict(tile: Path, attributes: dict[str, str], message: str) -> None:
    with pytest.raises(ContradictionError, match=message):
        ip.open_scene(change(tile, lambda dataset: dataset.setncatts(attributes)))


def test_written_offset_alone_is_enough(tile: Path) -> None:
    def only_offset(dataset: netCDF4.Dataset) -> None:
        unnamed(dataset)
        dataset.delncattr("PROCESSING_BASELINE")
        dataset.RADIO_ADD_OFFSET = "-1000"

    scene = ip.open_scene(change(tile, only_offset))
    assert (scene.baseline, scene.offsets["B02"]) == ("", -1000)
    assert (scene.tile, scene.platform, scene.product) == ("", "S2B", "no name.dat")


def test_centres_are_told_from_corners_by_the_tiles_origin(tile: Path) -> None:
    def centres(dataset: netCDF4.Dataset) -> None:
        dataset["x"][:] += 5
        dataset["y"][:] -= 5

    scene = ip.open_scene(change(tile, centres))
    assert scene.grid.transform == (10.0, 0.0, LEFT, 0.0, -10.0, TOP)
    assert "centres of pixels" in scene.notes[0]


@pytest.mark.parametrize("shift", [5.0, 0.0, 300.0], ids=["corners", "centres", "elsewhere"])
def test_old_files_with_places_of_every_pixel(header: Header, tmp_path: Path, shift: float) -> None:
    """``lat`` and ``lon`` are at pixel centres; what ``x`` and ``y`` are follows from them."""
    size = 120
    old = Header(
        {**header.dimensions, "x": size, "y": size},
        {
            **{name: header.variables[name] for name in ("time", "x", "y", "B3", "UTM_projection")},
            "lat": ("f4", ("y", "x")),
            "lon": ("f4", ("y", "x")),
        },
        {name: header.attributes.get(name, {}) for name in ("", "time", "x", "y", "UTM_projection")}
        | {"B3": {"grid_mapping": "UTM_projection"}, "lat": {}, "lon": {}},
    )
    old.attributes["x"] = old.attributes["y"] = {"units": "m"}
    path = tmp_path / "old.nc"
    easting, northing = LEFT + 10.0 * np.arange(size), TOP - 10.0 * np.arange(size)
    to_degrees = pyproj.Transformer.from_crs("EPSG:32630", "EPSG:4326", always_xy=True)
    longitude, latitude = to_degrees.transform(*np.meshgrid(easting + shift, northing - shift))
    with create(path, old) as dataset:
        dataset["time"][:] = [1338807979]
        dataset["x"][:], dataset["y"][:] = easting, northing
        dataset["lon"][:], dataset["lat"][:] = longitude, latitude
    if shift == 300.0:
        with pytest.raises(ContradictionError, match=r"x and y contradict lat and lon by 4[12]"):
            ip.open_scene(path)
        return
    scene = ip.open_scene(path)
    assert (scene.grid.left, scene.grid.top) == (LEFT - 5.0 + shift, TOP + 5.0 - shift)


@pytest.mark.parametrize(
    ("variable", "values", "message"),
    [
        ("x", LEFT + 20 * np.arange(10980), "coordinate x .* steps by 20 to 20 m; 10 m throughout"),
        ("y", TOP + 10 * np.arange(10980), "coordinate y .* steps by 10 to 10 m; -10 m throughout"),
    ],
)
def test_coordinates_that_are_no_grid(
    tile: Path, variable: str, values: np.ndarray, message: str
) -> None:
    with pytest.raises(ContradictionError, match=message):
        ip.open_scene(change(tile, lambda d: d[variable].__setitem__(slice(None), values)))


@pytest.mark.parametrize("kept", ["crs_wkt", "epsg_code", "proj4_string", None])
def test_any_statement_of_the_coordinate_system_will_do(tile: Path, kept: str | None) -> None:
    def strip(dataset: netCDF4.Dataset) -> None:
        for key in {"crs_wkt", "epsg_code", "proj4_string"} - {kept}:
            dataset["UTM_projection"].delncattr(key)

    scene = ip.open_scene(change(tile, strip))
    assert scene.grid.epsg == 32630
    assert ("taken from the tile 30UVU" in scene.notes[0]) == (kept is None)


def test_no_coordinate_system_at_all(tile: Path) -> None:
    def strip(dataset: netCDF4.Dataset) -> None:
        unnamed(dataset)
        dataset.renameVariable("UTM_projection", "other")

    with pytest.raises(DamagedFileError, match="does not say its coordinate system"):
        ip.open_scene(change(tile, strip))


@pytest.mark.parametrize(
    ("tile_name", "epsg", "odd"), [("T30UVU", "32631", True), ("T58CEU", "32758", False)]
)
def test_the_files_own_zone_prevails(tile: Path, tile_name: str, epsg: str, odd: bool) -> None:
    def move(dataset: netCDF4.Dataset) -> None:
        dataset.title = NAME.replace("T30UVU", tile_name)
        for key in ("crs_wkt", "proj4_string"):
            dataset["UTM_projection"].delncattr(key)
        dataset["UTM_projection"].epsg_code = epsg

    scene = ip.open_scene(change(tile, move))
    assert scene.grid.epsg == int(epsg)
    assert ("is not of UTM zone 31N" in scene.notes[0]) == odd


def test_zones_that_contradict(tile: Path) -> None:
    def move(dataset: netCDF4.Dataset) -> None:
        dataset["UTM_projection"].epsg_code = "32631"

    with pytest.raises(ContradictionError, match="crs_wkt means 30N, epsg_code means 31N"):
        ip.open_scene(change(tile, move))


def test_level_2a(tile: Path) -> None:
    def corrected(dataset: netCDF4.Dataset) -> None:
        dataset.title = NAME.replace("L1C", "L2A")
        dataset.renameVariable("B10", "old")
        dataset.renameVariable("MSK_OPAQUE", "SCL")

    scene = ip.open_scene(change(tile, corrected))
    assert scene.level == "L2A"
    assert "B10" not in scene.bands
    assert scene.masks == ("MSK_CIRRUS", "MSK_SNOICE", "SCL")


def test_level_0_is_refused(tile: Path) -> None:
    def raw(dataset: netCDF4.Dataset) -> None:
        unnamed(dataset)
        for key in ("PROCESSING_LEVEL", "product_type", "processing_level"):
            dataset.setncattr(key, "Level-0")

    with pytest.raises(UnsupportedProductError, match="of level 'Level-0'"):
        ip.open_scene(change(tile, raw))


def test_time_from_elsewhere(tile: Path) -> None:
    scene = ip.open_scene(change(tile, lambda d: d.renameVariable("time", "when")))
    assert scene.time == datetime(2023, 6, 5, 11, 6, 19, 24000, tzinfo=UTC)
    assert scene.time_source == "start of the datatake (attribute)"


def test_bands_of_other_shapes(tile: Path) -> None:
    def coarse(dataset: netCDF4.Dataset) -> None:
        dataset.renameVariable("B11", "old")
        dataset.createVariable("B11", "u2", ("time", "ya", "xa"))

    with pytest.raises(ContradictionError, match=r"differ in shape: .*B11 22 x 22"):
        ip.open_scene(change(tile, coarse))

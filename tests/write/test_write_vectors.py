"""Outlines of objects, read back by GDAL, shapely and pyarrow."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
import xarray as xr
from pyarrow import parquet
from rasterio.features import rasterize
from rasterio.transform import Affine
from shapely.geometry import shape

from icepair.errors import UsageError
from icepair.write import vectors
from icepair.write.vectors import outlines, write_geojson, write_geoparquet


@dataclass
class Objects:
    """As `icepair.floes` gives them."""

    labels: xr.DataArray
    table: pd.DataFrame


def objects(
    labels: np.ndarray, crs: str = "EPSG:32633", left: float = 4e5, top: float = 9e6
) -> Objects:
    rows, columns = labels.shape
    array = xr.DataArray(
        labels.astype(np.int32),
        dims=("y", "x"),
        coords={
            "y": top - 10 * (np.arange(rows) + 0.5),
            "x": left + 10 * (np.arange(columns) + 0.5),
            "spatial_ref": ((), 0, {"crs_wkt": pyproj.CRS(crs).to_wkt()}),
        },
    )
    found = np.unique(labels[labels > 0])
    table = pd.DataFrame(
        {"area": [100.0 * (labels == label).sum() for label in found], "cut": found % 2 == 0},
        index=pd.Index(found, name="label"),
    )
    return Objects(array, table)


def some_labels() -> np.ndarray:
    """A block with a hole, two that touch over sides, one in two parts over a corner, a comb."""
    labels = np.zeros((40, 50), dtype=np.int32)
    labels[2:20, 2:20] = 1
    labels[8:11, 8:11] = 0
    labels[2:20, 20:30] = 2
    labels[25:30, 5:10] = labels[30:35, 10:15] = 3
    labels[25:38, 25:45] = 4
    labels[26:29, 26:44:2] = 0
    # A ring that touches itself at a corner from inside.
    labels[31:33, 30:32] = labels[33:35, 32:34] = 0
    labels[35:38, 34] = 0
    labels[35, 34] = 0
    return labels


def test_outlines_follow_the_sides_of_pixels() -> None:
    labels = some_labels()
    found = objects(labels)
    shapes = outlines(found)
    assert all(outline.is_valid for outline in shapes)
    np.testing.assert_allclose([outline.area for outline in shapes], found.table["area"])
    transform = Affine(10.0, 0.0, 4e5, 0.0, -10.0, 9e6)
    back = rasterize(zip(shapes, found.table.index, strict=True), labels.shape, transform=transform)
    np.testing.assert_array_equal(back, labels)
    assert shapes[2].geom_type == "MultiPolygon"


def test_outlines_hold_where_north_is_down() -> None:
    found = objects(some_labels())
    turned = Objects(found.labels[::-1], found.table)
    for first, second in zip(outlines(found), outlines(turned), strict=True):
        assert first.equals(second)


def geojson(found: Objects, folder: Path) -> dict:
    write_geojson(found, outlines(found), folder / "floes.geojson")
    return json.loads((folder / "floes.geojson").read_text())


def test_geojson_is_that_of_the_standard(tmp_path: Path) -> None:
    found = objects(some_labels())
    read = geojson(found, tmp_path)
    assert set(read) == {"type", "features"}
    to_plane = pyproj.Transformer.from_crs(4326, 32633, always_xy=True)
    for feature, (label, row) in zip(read["features"], found.table.iterrows(), strict=True):
        assert feature["type"] == "Feature"
        assert feature["id"] == feature["properties"]["label"] == label
        assert feature["properties"]["area"] == row["area"]
        assert feature["properties"]["cut"] is bool(row["cut"])
        outline = shape(feature["geometry"])
        assert outline.is_valid
        for part in shapely.get_parts(outline):
            assert part.exterior.is_ccw
            assert not any(hole.is_ccw for hole in part.interiors)
        flat = shapely.transform(outline, lambda at: np.column_stack(to_plane.transform(*at.T)))
        assert flat.area == pytest.approx(row["area"], rel=1e-4)


def test_long_straight_edges_stay_straight_on_the_ground(tmp_path: Path) -> None:
    found = objects(np.ones((3, 8000), dtype=np.int32), top=9.3e6)
    outline = shape(geojson(found, tmp_path)["features"][0]["geometry"])
    to_plane = pyproj.Transformer.from_crs(4326, 32633, always_xy=True)
    # Halfway between the corners, too, of what a reader takes for straight lines.
    fine = shapely.segmentize(outline, 0.001)
    flat = shapely.transform(fine, lambda at: np.column_stack(to_plane.transform(*at.T)))
    assert shapely.hausdorff_distance(flat, shapely.box(4e5, 9.3e6 - 30, 4.8e5, 9.3e6)) < 0.2


def test_objects_are_cut_at_180_degrees(tmp_path: Path) -> None:
    labels = np.zeros((40, 60), dtype=np.int32)
    labels[10:30, 10:50] = 1
    labels[33:38, 2:5] = 2
    labels[33:38, 55:58] = 3
    to_plane = pyproj.Transformer.from_crs(4326, 3413, always_xy=True)
    x, y = to_plane.transform(180.0, 80.0)
    found = objects(labels, "EPSG:3413", x - 300, y + 200)
    read = geojson(found, tmp_path)
    shapes = [shape(feature["geometry"]) for feature in read["features"]]
    assert [each.geom_type for each in shapes] == ["MultiPolygon", "Polygon", "Polygon"]
    total = 0.0
    for part in shapely.get_parts(shapes[0]):
        west, _, east, _ = part.bounds
        assert east - west < 1
        assert part.exterior.is_ccw
        flat = shapely.transform(part, lambda at: np.column_stack(to_plane.transform(*at.T)))
        total += flat.area
    assert total == pytest.approx(found.table.loc[1, "area"], rel=1e-4)
    assert shapes[1].bounds[0] * shapes[2].bounds[0] < 0


def test_objects_over_a_pole_are_refused_as_geojson_alone(tmp_path: Path) -> None:
    found = objects(np.ones((40, 40), dtype=np.int32), "EPSG:3413", -200.0, 200.0)
    with pytest.raises(UsageError, match="holds a pole"):
        write_geojson(found, outlines(found), tmp_path / "floes.geojson")
    write_geoparquet(found, outlines(found), tmp_path / "floes.parquet")


def test_geoparquet_has_the_metadata_of_1_1(tmp_path: Path) -> None:
    found = objects(some_labels())
    write_geoparquet(found, outlines(found), tmp_path / "floes.parquet")
    table = parquet.read_table(tmp_path / "floes.parquet")
    assert table.column_names == ["label", "area", "cut", "geometry"]
    words = json.loads(table.schema.metadata[b"geo"])
    assert (words["version"], words["primary_column"]) == ("1.1.0", "geometry")
    column = words["columns"]["geometry"]
    assert column["encoding"] == "WKB"
    assert column["geometry_types"] == ["MultiPolygon", "Polygon"]
    assert column["orientation"] == "counterclockwise"
    assert pyproj.CRS.from_json_dict(column["crs"]) == pyproj.CRS(32633)
    shapes = shapely.from_wkb(table["geometry"].to_numpy())
    assert list(shapely.area(shapes)) == table["area"].to_pylist()
    np.testing.assert_allclose(column["bbox"], shapely.total_bounds(shapes))


def test_nothing_is_written_as_empty_files(tmp_path: Path) -> None:
    found = objects(np.zeros((5, 5), dtype=np.int32))
    assert geojson(found, tmp_path)["features"] == []
    write_geoparquet(found, outlines(found), tmp_path / "floes.parquet")
    assert parquet.read_table(tmp_path / "floes.parquet").num_rows == 0


def test_labels_without_a_place_are_refused(tmp_path: Path) -> None:
    found = objects(some_labels())
    nowhere = Objects(found.labels.drop_vars("spatial_ref"), found.table)
    for write in (write_geojson, write_geoparquet):
        with pytest.raises(UsageError, match="do not say where they lie"):
            write(nowhere, outlines(found), tmp_path / "file")


def test_missing_package_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # As where it is not installed: the import system finds nothing.
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert not vectors.has_geoparquet()
    with pytest.raises(UsageError, match=r"pip install 'icepair\[floes\]'"):
        write_geoparquet(objects(some_labels()), [], tmp_path / "floes.parquet")

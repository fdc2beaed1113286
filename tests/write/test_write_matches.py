from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from pyproj import CRS, Transformer

from icepair.write.matches import write_matches


def _table(x: float, y: float, dx: float, dy: float) -> pd.DataFrame:
    row = {
        "label_first": 3, "label_second": 8, "x": x, "y": y, "dx": dx, "dy": dy,
        "standard_error": 12.345, "rotation": -4.5, "overlap": 0.91, "confidence": 0.987,
    }  # fmt: skip
    return pd.DataFrame([row])


def test_lines_run_from_the_first_place_to_the_second(tmp_path: Path) -> None:
    wkt = CRS.from_epsg(32639).to_wkt()
    names = write_matches(_table(500_000, 9_000_000, 3_000, -4_000), wkt, tmp_path)
    assert names == ("matches.csv", "matches.geojson")
    read = pd.read_csv(tmp_path / "matches.csv")
    assert read[["label_first", "dx", "standard_error"]].iloc[0].tolist() == [3, 3000, 12.3]
    feature = json.loads((tmp_path / "matches.geojson").read_text())["features"][0]
    assert feature["geometry"]["type"] == "LineString"
    ends = feature["geometry"]["coordinates"]
    to_grid = Transformer.from_crs("EPSG:4326", 32639, always_xy=True)
    assert to_grid.transform(*ends[0]) == pytest.approx((500_000, 9_000_000), abs=0.2)
    assert to_grid.transform(*ends[1]) == pytest.approx((503_000, 8_996_000), abs=0.2)
    assert feature["properties"]["confidence"] == 0.987


@pytest.mark.parametrize("way", [5_000.0, -5_000.0])
def test_lines_are_cut_at_180_degrees(tmp_path: Path, way: float) -> None:
    # EPSG:3413 has 45 degrees west downwards: 180 degrees lies along x = -y.
    wkt = CRS.from_epsg(3413).to_wkt()
    start = -1_000_000.0 - 0.5 * way
    write_matches(_table(start, 1_000_000.0, way, 0.0), wkt, tmp_path)
    geometry = json.loads((tmp_path / "matches.geojson").read_text())["features"][0]["geometry"]
    assert geometry["type"] == "MultiLineString"
    (start_at, one), (other, stop_at) = geometry["coordinates"]
    assert abs(one[0]) == abs(other[0]) == 180.0
    assert one[0] == -other[0]
    assert one[1] == other[1]
    assert start_at[0] * one[0] > 0 < stop_at[0] * other[0]


def test_no_match_is_an_empty_collection(tmp_path: Path) -> None:
    write_matches(_table(0, 0, 0, 0).iloc[:0], CRS.from_epsg(3413).to_wkt(), tmp_path)
    assert json.loads((tmp_path / "matches.geojson").read_text())["features"] == []
    assert len(pd.read_csv(tmp_path / "matches.csv")) == 0

"""A run with floes, from the recipe to what is written."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import xarray as xr
from pyarrow import parquet
from scipy import ndimage

import icepair
from icepair.errors import UsageError
from icepair.pipeline.recipe import Recipe
from icepair.pipeline.run import align
from icepair.pipeline.summary import schema
from other_generator import ToyPair


def test_run_writes_floes_of_both_sensors(toy_pair: ToyPair, tmp_path: Path) -> None:
    recipe = Recipe(floes=True, bands="B03,B08", polarisation="HV", cells="none")
    out = tmp_path / "out"
    summary = align(toy_pair.s1, toy_pair.s2, out, recipe)
    written = json.loads((out / "summary.json").read_text())
    jsonschema.validate(written, schema())
    assert Recipe.from_options(written["provenance"]["recipe"]) == recipe
    with xr.open_dataset(out / "pair.nc", engine="h5netcdf", decode_coords="all") as pair:
        pair = pair.load()
    for sensor in ("s1", "s2"):
        found = icepair.floes(pair, sensor)
        assert summary[f"floes.{sensor}.count"] == len(found.table) > 0
        assert summary[f"floes.{sensor}.cut"] == found.table["cut"].sum()
        read = json.loads((out / f"floes_{sensor}.geojson").read_text())
        table = parquet.read_table(out / f"floes_{sensor}.parquet")
        assert len(read["features"]) == table.num_rows == len(found.table)
        assert {f"floes_{sensor}.geojson", f"floes_{sensor}.parquet"} <= set(summary["files"])
    assert summary["floes.s1.smallest_m"] == 120.0
    # What the contract counts stays what it was.
    assert summary["s2.features"] == ndimage.label(pair.s2_ice == 1, [[1] * 3] * 3)[1]
    assert summary["timings.floes_s"] > 0


def test_floes_need_a_map() -> None:
    with pytest.raises(UsageError, match="Floes are measured on a map"):
        Recipe(floes=True, grid="s1")
    with pytest.raises(UsageError, match="floes is true or false"):
        Recipe(floes="yes")  # type: ignore[arg-type]

"""A run with matches, from the recipe to what is written."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pandas as pd
import pytest

from icepair.errors import UsageError
from icepair.pipeline.matches import write_floe_matches
from icepair.pipeline.recipe import Recipe
from icepair.pipeline.run import align
from icepair.pipeline.summary import schema
from icepair.testing.moving_floes import LabelledFloes, labelled
from other_generator import ToyPair


def test_run_writes_matches(toy_pair: ToyPair, tmp_path: Path) -> None:
    recipe = Recipe(match=True, bands="B03,B08", polarisation="HV", cells="none")
    out = tmp_path / "out"
    summary = align(toy_pair.s1, toy_pair.s2, out, recipe)
    written = json.loads((out / "summary.json").read_text())
    jsonschema.validate(written, schema())
    assert summary["floes"] is None
    assert {"matches.csv", "matches.geojson"} <= set(summary["files"])
    assert len(pd.read_csv(out / "matches.csv")) == summary["matches.count"]
    assert (summary["matches.note"] == "") == (summary["matches.count"] > 0)


def _floe(left: int) -> LabelledFloes:
    import numpy as np
    from pyproj import CRS

    mask = np.zeros((300, 300), dtype=bool)
    mask[100:190, left : left + 60] = mask[100:130, left : left + 110] = True
    floes = labelled(mask, 10.0, (500_000.0, 9_000_000.0))
    labels = floes.labels.assign_coords(spatial_ref=0)
    labels["spatial_ref"].attrs["crs_wkt"] = CRS.from_epsg(32639).to_wkt()
    return LabelledFloes(labels, floes.table)


def test_the_earlier_scene_is_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from icepair.motion import matches

    seen = []
    real = matches.match_floes

    def watched(first: LabelledFloes, second: LabelledFloes, **options: float) -> matches.Matches:
        seen.append((first, second, options["hours"]))
        return real(first, second, **options, min_confidence=0.0)

    monkeypatch.setattr(matches, "match_floes", watched)
    radar, optical = _floe(50), _floe(90)
    found = {"s1": radar, "s2": optical}
    written = write_floe_matches(found, -2.0, 40.0, tmp_path)  # type: ignore[arg-type]
    assert seen == [(optical, radar, 2.0)]
    assert written.values["first"] == "s2"
    assert written.values["dx_m"] == pytest.approx(-400.0, abs=1.0)


def test_one_time_is_said(tmp_path: Path) -> None:
    found = {"s1": _floe(50), "s2": _floe(90)}
    written = write_floe_matches(found, 0.0, 40.0, tmp_path)  # type: ignore[arg-type]
    assert written.files == ()
    assert "one time" in written.values["note"]


def test_matches_need_a_map() -> None:
    with pytest.raises(UsageError, match="leave out floes and matches"):
        Recipe(match=True, grid="s1")

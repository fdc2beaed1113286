"""A run with land of the user's own, from the recipe to what is written."""

from __future__ import annotations

import json
from importlib.resources import files

import jsonschema
import numpy as np
import pytest
import xarray as xr

from icepair.conventions import NO_ANSWER, S1_UNANSWERED, S2_UNANSWERED, S1Flag, S2Flag
from icepair.errors import InputError, UsageError
from icepair.geo.footprint import Footprint
from icepair.pair.plan import plan
from icepair.pipeline.recipe import Recipe
from icepair.pipeline.run import align
from icepair.products.open import open_scene


def test_land_has_no_answer_keeps_its_values_and_is_recorded(toy_pair, tmp_path) -> None:
    place = Footprint.of_grid(plan(open_scene(toy_pair.s1), open_scene(toy_pair.s2)).grid).centre
    (west, south), (east, north) = (place[0] - 9, place[1] - 2), (place[0], place[1] + 2)
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    shore = tmp_path / "shore.geojson"
    shore.write_text(json.dumps({"type": "Polygon", "coordinates": [ring]}))
    recipe = Recipe(land=str(shore), bands="B03", coast_buffer_m=100)
    summary = align(toy_pair.s1, toy_pair.s2, tmp_path / "out", recipe)

    written = json.loads((tmp_path / "out" / "summary.json").read_text())
    schema = files("icepair.pipeline") / "summary.schema.json"
    jsonschema.validate(written, json.loads(schema.read_text()))
    assert written["land"] == {"source": "shore.geojson", "error_m": None, "coast_buffer_m": 100.0}
    assert Recipe.from_options(written["provenance"]["recipe"]) == recipe
    with xr.open_dataset(summary.folder / "pair.nc", engine="h5netcdf") as pair:
        land = (pair.s1_flags.values & S1Flag.LAND) != 0
        assert 0.2 < land.mean() < 0.8
        np.testing.assert_array_equal(land, (pair.s2_flags.values & S2Flag.LAND) != 0)
        for side in ("s1", "s2"):
            assert (pair[f"{side}_ice"].values[land] == NO_ANSWER).all()
            assert (pair[f"{side}_ice"].values[~land] != NO_ANSWER).any()
        assert np.isfinite(pair.s2_b03.values[land]).any()
        assert np.isfinite(pair.s1_sigma0_hv.values[land]).any()
        for side, flags, unanswered in (
            ("s1", pair.s1_flags.values, S1_UNANSWERED),
            ("s2", pair.s2_flags.values, S2_UNANSWERED),
        ):
            reasons = written[side]["reasons"]
            assert reasons["land"] == {"pixels": land.sum(), "share": land.mean()}
            answered = pair[f"{side}_ice"].values != NO_ANSWER
            assert reasons["answered"] == {"pixels": answered.sum(), "share": answered.mean()}
            np.testing.assert_array_equal(answered, (flags & unanswered) == 0)
    assert written["valid_fraction"] <= 1 - land.mean()


def test_a_missing_file_of_land_is_told_before_anything_is_read(toy_pair, tmp_path) -> None:
    with pytest.raises(InputError, match=r"land file 'nowhere.json' does not exist"):
        align(toy_pair.s1, toy_pair.s2, tmp_path / "out", Recipe(land="nowhere.json"))


def test_a_buffer_is_a_width() -> None:
    with pytest.raises(UsageError, match="coast_buffer_m is a width in metres, 0 or more"):
        Recipe(coast_buffer_m=-5)

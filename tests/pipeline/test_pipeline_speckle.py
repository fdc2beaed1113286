"""A run with a speckle filter, from the recipe to what is written."""

from __future__ import annotations

import json
from importlib.resources import files

import jsonschema
import numpy as np
import pytest
import xarray as xr

from icepair.errors import UsageError
from icepair.pipeline.recipe import Recipe
from icepair.pipeline.run import align


def test_what_was_filtered_is_recorded_everywhere(toy_pair, tmp_path) -> None:
    recipe = Recipe(speckle="Refined-Lee", bands="B03", polarisation="HV", surface="ellipsoid")
    assert recipe.speckle == "refined-lee:7"
    summary = align(toy_pair.s1, toy_pair.s2, tmp_path / "out", recipe)
    written = json.loads((tmp_path / "out" / "summary.json").read_text())
    schema = files("icepair.pipeline") / "summary.schema.json"
    jsonschema.validate(written, json.loads(schema.read_text()))
    assert written["alignment"]["speckle"] == "refined-lee:7:10.7"
    assert Recipe.from_options(written["provenance"]["recipe"]) == recipe
    with xr.open_dataset(summary.folder / "pair.nc", engine="h5netcdf") as pair:
        assert pair.attrs["speckle"] == "refined-lee:7:10.7"
        assert np.isfinite(pair.s1_sigma0_hv.values).any()


def test_the_tutorial_has_a_median_of_its_own() -> None:
    with pytest.raises(UsageError, match="5 x 5 median of its own; the speckle filter 'median:5'"):
        Recipe(preset="tutorial", speckle="median")


def test_a_misspelled_filter_is_refused_at_once() -> None:
    with pytest.raises(UsageError, match="did you mean 'gamma-map'"):
        Recipe(speckle="gama-map:7")

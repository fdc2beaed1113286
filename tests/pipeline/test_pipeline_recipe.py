"""A recipe takes usual spellings, refuses the rest in words, and survives a round trip."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from icepair.errors import UsageError
from icepair.geo.surface import Surface
from icepair.geo.window import Window
from icepair.pipeline.recipe import Recipe


@pytest.mark.parametrize(
    ("given", "parsed"),
    [
        ({"grid": "epsg:3413@40"}, {"grid": "EPSG:3413@40"}),
        ({"grid": "esri:102017@12.5"}, {"grid": "ESRI:102017@12.5"}),
        ({"grid": "+proj=laea +lat_0=90@100"}, {"grid": "+proj=laea +lat_0=90@100"}),
        ({"grid": "like:a@4.tif"}, {"grid": "like:a@4.tif"}),
        ({"grid": "like:a b.tif"}, {"grid": "like:a b.tif"}),
        ({"bbox": (170, 70, -170, 72)}, {"bbox": (170.0, 70.0, -170.0, 72.0)}),
        ({"bbox": "58 81.2 62 81.8"}, {"bbox": (58.0, 81.2, 62.0, 81.8)}),
        ({"s1_window": "5400:6400,3000:4000"}, {"s1_window": Window(5400, 6400, 3000, 4000)}),
        ({"s2_window": [0, 1500, 0, 2000]}, {"s2_window": Window(0, 1500, 0, 2000)}),
        ({"bands": "B2,b8a,B02"}, {"bands": ("B02", "B8A")}),
        ({"polarisation": "hh,hv"}, {"polarisation": ("HH", "HV")}),
        ({"surface": 46}, {"surface": Surface("46")}),
        ({"drift_m_s": "0.1"}, {"drift_m_s": 0.1}),
        ({"method": "Bilinear"}, {"method": "bilinear"}),
    ],
)
def test_usual_spellings(given: dict[str, Any], parsed: dict[str, Any]) -> None:
    recipe = Recipe(**given)
    assert {name: getattr(recipe, name) for name in parsed} == parsed
    assert Recipe.from_options(json.loads(json.dumps(recipe.to_dict()))) == recipe


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"grid": "utm"}, "grid 'utm' is none of 's2', 's1', 'CRS@metres'"),
        ({"grid": "EPSG:3413@0"}, "none of 's2'"),
        ({"bbox": (0, 80, 10, 70)}, "not WEST SOUTH EAST NORTH"),
        ({"bbox": (0, 80, 190, 85)}, "not WEST SOUTH EAST NORTH"),
        ({"bbox": "1 2 3"}, "not WEST SOUTH EAST NORTH"),
        ({"s1_window": "5400-6400"}, "ROW0:ROW1,COLUMN0:COLUMN1"),
        ({"bands": "B2,B99"}, "band 'B99' does not exist; did you mean 'B09'"),
        ({"bands": []}, "not a list of names"),
        ({"polarisation": "XX"}, "polarisation 'XX' does not exist.*HH, HV, VV, VH"),
        ({"method": "neerest"}, "did you mean 'nearest'"),
        ({"surface": "moon"}, "surface 'moon' is neither"),
        ({"preset": "tutorials"}, "did you mean 'tutorial'"),
        ({"source_position": "yes"}, "true or false"),
        ({"drift_m_s": "fast"}, "drift_m_s is a speed"),
        ({"drift_m_s": -1}, "metres a second, not -1"),
        ({"preset": "tutorial", "method": "bilinear"}, "tutorial preset works on"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(given: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Recipe(**given)


def test_options_win_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "r.toml"
    file.write_text('bands = ["B3"]\ns1-window = "0:10,0:20"\nsurface = 46\nmethod = "bilinear"\n')
    recipe = Recipe.from_toml(file, method="nearest", bbox=None)
    assert recipe == Recipe(
        bands=("B03",), s1_window=Window(0, 10, 0, 20), surface=Surface("46"), method="nearest"
    )


def test_unknown_key_names_the_near_one(tmp_path: Path) -> None:
    file = tmp_path / "r.toml"
    file.write_text('polarization = "HH"\n')
    with pytest.raises(UsageError, match="key 'polarization' does not exist; did you mean 'polari"):
        Recipe.from_toml(file)


def test_files_that_are_no_recipe(tmp_path: Path) -> None:
    (tmp_path / "r.toml").write_text("bands = [")
    with pytest.raises(UsageError, match="not valid TOML"):
        Recipe.from_toml(tmp_path / "r.toml")
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        Recipe.from_toml(tmp_path / "none.toml")

"""Results to look at, and a real browser that is not let out of this machine."""

from __future__ import annotations

import io
import itertools
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest
from PIL import Image

from icepair.geo.grid import Grid
from icepair.ice.cells import concentration_map
from icepair.testing.aligned import S1_PRODUCT, S2_PRODUCT, aligned_pair
from icepair.web import view
from icepair.write.geotiff import write_geotiff, write_geotiffs

HOSTILE = "<img src=x onerror=\"document.title='caught'\">'\"&../../etc"
GRIDS = {
    "a-utm": Grid.from_crs("EPSG:32639", left=469560, top=9064980, spacing_m=10, shape=(620, 830)),
    "b-north": Grid.from_crs("EPSG:3413", left=1e6, top=-4e5, spacing_m=40, shape=(200, 260)),
    "c-south": Grid.from_crs("EPSG:3031", left=-5e5, top=-1e6, spacing_m=40, shape=(200, 260)),
}
_FLAGS = [
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
]
_PATIENCE_MS = 60_000


def write_result(folder: Path, grid: Grid, *, day: int = 27, product: str = S1_PRODUCT) -> Path:
    """Result as ``icepair align`` leaves it, of a pair made of sines."""
    folder.mkdir(parents=True)
    pair = aligned_pair(grid)
    names = list(write_geotiffs(pair, folder))
    shares = {
        f"{side}_ice_probability": pair[f"{side}_ice"].where(pair[f"{side}_ice"] != 255)
        for side in ("s1", "s2")
    }
    cells = concentration_map(pair.assign(shares), 1000.0)
    for name in (n for n in cells if "concentration" in n):
        write_geotiff(cells[name], folder / f"cells_{name}.tif")
        names.append(f"cells_{name}.tif")
    sides: dict[str, Any] = {
        side: {
            "product": {"s1": product, "s2": S2_PRODUCT}[side],
            "address": f"{side}.nc",
            "time": f"2019-08-{day}T05:24:20Z",
            "ice_concentration": 0.4 + day / 100,
            "ice_concentration_uncertainty": 0.03,
            "valid_fraction": 0.9,
            "reasons": {},
        }
        for side in ("s1", "s2")
    }
    recipe = {"grid": "EPSG:32639@10", "s1_mask": "automatic", "s2_mask": "spectral"}
    place = {
        "crs": grid.crs_wkt,
        "epsg": grid.epsg,
        "shape": list(grid.shape),
        "transform": list(grid.transform),
        "spacing_m": grid.spacing_m,
    }
    values = sides | {"grid": place, "files": names, "provenance": {"recipe": recipe}}
    (folder / "summary.json").write_text(json.dumps(values))
    return folder


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with a result in each of three planes, a hostile one and two broken ones."""
    root = tmp_path_factory.mktemp("results")
    for day, (name, grid) in enumerate(GRIDS.items(), start=20):
        write_result(root / name, grid, day=day)
    small = GRIDS["b-north"]
    # A name of a folder may hold anything but a slash.
    write_result(root / f"d-{HOSTILE.replace('/', '_')}", small, day=25, product=HOSTILE)
    broken = write_result(root / "e-broken", small, day=26)
    (broken / "s2_b04.tif").unlink()
    cut = (broken / "s1_sigma0_hh.tif").read_bytes()
    (broken / "s1_sigma0_hh.tif").write_bytes(cut[: len(cut) // 4])
    (broken / "s1_ice.tif").write_bytes(b"II*\0 this is no picture")
    (root / "f-summary").mkdir()
    (root / "f-summary" / "summary.json").write_text('{"s1": {')
    return root


@pytest.fixture(scope="session")
def served(results: Path) -> Iterator[Any]:
    with view(results, port=0) as viewing:
        yield viewing


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Headless Chromium with software rendering; CI must have it."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("CI has no chromium: .ci/run installs it")
        pytest.skip("chromium is not installed: apt-get install chromium")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=_FLAGS)
        yield chromium
        chromium.close()


@dataclass
class Shown:
    """A page that shows a result, and what went wrong in it."""

    page: Any
    root: str
    trouble: list[str] = field(default_factory=list)
    _turn: Iterator[int] = field(default_factory=itertools.count)

    def open(self, number: int = 0, *, wait: bool = True, **state: object) -> None:
        """Open the map at a state of its link and wait until it is drawn."""
        words = urlencode({"pair": number, "cells": "none", "grid": 0, **state})
        # Another query, another page: a change behind # alone would load nothing.
        self.page.goto(f"{self.root}?{next(self._turn)}#{words}")
        if wait:
            self.page.wait_for_selector(
                "html[data-state=complete][data-overlays=complete]", timeout=_PATIENCE_MS
            )

    def link(self) -> dict[str, str]:
        """State that the address holds, once it is up to date."""
        self.page.wait_for_timeout(400)
        words = self.page.url.partition("#")[2].split("&")
        return dict(word.split("=") for word in words)

    def point_of(self, place: tuple[float, float]) -> tuple[float, float]:
        """Where on the screen a place of the plane is; of a map that is not turned."""
        link = self.link()
        box = self.page.locator("#map").bounding_box()
        res = float(link["res"])
        return (
            box["x"] + box["width"] / 2 + (place[0] - float(link["x"])) / res,
            box["y"] + box["height"] / 2 - (place[1] - float(link["y"])) / res,
        )

    def picture(self) -> np.ndarray:
        """The screen, (rows, columns, 3)."""
        shot = Image.open(io.BytesIO(self.page.screenshot())).convert("RGB")
        return np.asarray(shot).astype(int)

    def redraw(self) -> None:
        """Wait until a change has been drawn."""
        self.page.wait_for_timeout(300)


@pytest.fixture
def shown(browser: Any, served: Any) -> Iterator[Shown]:
    """A fresh page. Whatever it asks of another machine, and every error in it, fails the test."""
    context = browser.new_context(viewport={"width": 1024, "height": 768})
    page = context.new_page()
    found = Shown(page, served.url)

    def answer(route: Any) -> None:
        if route.request.url.startswith((served.url, "data:", "blob:")):
            route.continue_()
        else:
            found.trouble.append(f"asked for {route.request.url}")
            route.abort()

    page.route("**/*", answer)
    page.set_default_timeout(_PATIENCE_MS)
    page.on("pageerror", lambda error: found.trouble.append(f"error: {error}"))
    page.on("console", lambda said: said.type == "error" and found.trouble.append(said.text))
    yield found
    context.close()
    assert found.trouble == []

"""The map in a real browser, held against the files that it shows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from browsing import GRIDS, HOSTILE, Shown
from pyproj import Transformer

WATER, ICE, GROUND = (23, 49, 79), (238, 243, 247), (10, 19, 28)


def values(folder: Path, name: str) -> np.ndarray:
    with rasterio.open(folder / f"{name}.tif") as file:
        return file.read(1)


def place_of(name: str, row: int, column: int) -> tuple[float, float]:
    grid = GRIDS[name]
    return float(grid.eastings()[column]), float(grid.northings()[row])


def read_out(shown: Shown, name: str, row: int, column: int) -> dict[str, str]:
    """Numbers of the table once it shows the pixel under the pointer."""
    shown.page.mouse.move(*shown.point_of(place_of(name, row, column)))
    shown.page.wait_for_selector(f'#readout[data-row="{row}"][data-column="{column}"]')
    rows = shown.page.locator("#readout tr[data-variable]").all()
    return {r.get_attribute("data-variable"): r.get_attribute("data-value") for r in rows}


@pytest.mark.parametrize("name", GRIDS)
def test_the_numbers_at_the_pointer_are_those_of_the_files(shown, results, name) -> None:
    shown.open(list(GRIDS).index(name), mode="left", left="s1-hh")
    rows, columns = GRIDS[name].shape
    for row, column in ((rows // 2, columns // 2), (rows - 3, columns // 3), (2, columns // 4)):
        told = read_out(shown, name, row, column)
        assert len(told) == 10
        for variable, text in told.items():
            value = values(results / name, variable)[row, column]
            if (variable.endswith("_ice") and value == 255) or np.isnan(value):
                assert text == "null"
            else:
                assert np.float32(text) == np.float32(value), variable


@pytest.mark.parametrize("name", GRIDS)
def test_north_and_places_are_where_another_library_has_them(shown, name) -> None:
    shown.open(list(GRIDS).index(name), mode="left")
    link = shown.link()
    x, y = float(link["x"]), float(link["y"])
    to_globe = Transformer.from_crs(GRIDS[name].epsg, 4326, always_xy=True)
    longitude, latitude = to_globe.transform(x, y)
    ahead = to_globe.transform(longitude, latitude + 0.001, direction="INVERSE")
    north = np.degrees(np.arctan2(ahead[0] - x, ahead[1] - y)) % 360
    assert float(shown.page.get_attribute("#north", "data-north")) == pytest.approx(north, abs=1)
    shown.page.keyboard.press("c")
    shown.page.wait_for_selector("#readout tr[data-variable]")
    told = shown.page.inner_text("#status")
    degrees, minutes = f"{latitude:.6f}".split(".")[0], abs(latitude) % 1 * 60
    assert told.startswith(f"{degrees.lstrip('-')}°{minutes:04.1f}′ {'N' if latitude > 0 else 'S'}")


def test_pixels_have_the_colour_of_what_they_are(shown, results) -> None:
    mask = values(results / "a-utm", "s2_ice")
    shown.open(mode="right", right="s2-mask", res=2, x=472060, y=9064500)
    screen = shown.picture()
    for value, colour in ((0, WATER), (1, ICE), (255, GROUND)):
        found = np.argwhere(mask[20:80, 200:300] == value)[::400] + np.array([20, 200])
        assert len(found) > 1
        for row, column in found:
            x, y = shown.point_of(place_of("a-utm", row, column))
            assert screen[int(y), int(x)] == pytest.approx(np.array(colour), abs=3)


def test_the_curtain_changes_what_it_passes_over_and_nothing_else(shown) -> None:
    shown.open(left="s1-mask", right="s2-b03", land=0)
    before = shown.picture()
    shown.page.focus("#curtain")
    for _ in range(3):
        shown.page.keyboard.press("PageUp")
    shown.redraw()
    after = shown.picture()
    width = shown.page.locator("#map").bounding_box()["width"]
    changed = (np.abs(after - before).max(axis=2) > 12)[60:640]
    swept = changed[:, int(0.5 * width) + 30 : int(0.8 * width) - 30]
    assert swept.mean() > 0.5
    assert changed[:, : int(0.5 * width) - 30].mean() < 0.005
    assert float(shown.link()["split"]) == pytest.approx(0.8)


def test_thresholds_repaint_and_tell_the_concentration_and_the_command(shown, results) -> None:
    shown.open(mode="right", right="s2-own")
    before = shown.picture()
    shown.page.evaluate("document.getElementById('thresholds').open = true")
    slider = shown.page.locator("#cut-s2")
    slider.evaluate("it => { it.value = 1.1; it.dispatchEvent(new Event('input')) }")
    shown.redraw()
    mask = values(results / "a-utm", "s2_ice")
    assert mask.shape == GRIDS["a-utm"].shape
    share_of_map = (np.abs(shown.picture() - before).max(axis=2) > 60)[:, :650].mean()
    assert share_of_map > 0.25 * (mask == 1).mean()
    slider.evaluate("it => { it.value = 0.4; it.dispatchEvent(new Event('input')) }")
    result = shown.page.locator(".threshold[data-side=s2] .result")
    result.and_(shown.page.locator("[data-share]")).wait_for()
    both = values(results / "a-utm", "valid") == 1
    truth = (values(results / "a-utm", "s2_b03")[both] >= 0.4).mean()
    assert float(result.get_attribute("data-share")) == pytest.approx(truth, abs=1e-9)
    command = shown.page.locator(".threshold[data-side=s2] .command").text_content()
    assert command == (
        "icepair align s1.nc s2.nc --out DIR --grid EPSG:32639@10 --s2-mask above:B03:0.4"
    )
    assert shown.link()["cut2"] == "0.4"


def test_an_area_counts_every_pixel_and_a_transect_reads_along_its_line(shown, results) -> None:
    shown.open()
    shown.page.keyboard.press("a")
    shown.page.wait_for_selector("#measured[data-pixels]")
    counted = {k: int(v) for k, v in shown.page.eval_on_selector(
        "#measured", "it => ({...it.dataset})").items()}  # fmt: skip
    s1, s2 = (values(results / "a-utm", f"{side}_ice") for side in ("s1", "s2"))
    both = (s1 != 255) & (s2 != 255)
    assert counted == {
        "pixels": s1.size, "s1": (s1 != 255).sum(), "s2": (s2 != 255).sum(), "both": both.sum(),
        "ice1": (s1[both] == 1).sum(), "ice2": (s2[both] == 1).sum(),
        "ice1Own": (s1 == 1).sum(), "ice2Own": (s2 == 1).sum(),
    }  # fmt: skip
    shown.page.keyboard.press("t")
    shown.page.wait_for_selector("#measured figure")
    assert "8300 m, 831 points" in shown.page.inner_text("#measured")


def test_cells_lie_where_another_library_puts_them(shown, results) -> None:
    name = "c-south"
    shown.open(list(GRIDS).index(name), cells="s1")
    row, column = 120, 60
    read_out(shown, name, row, column)
    place = place_of(name, row, column)
    with rasterio.open(results / name / "cells_s1_ice_concentration.tif") as file:
        there = Transformer.from_crs(3031, file.crs, always_xy=True).transform(*place)
        value = next(iter(file.sample([there])))[0]
    told = shown.page.locator("#readout tr", has_text="Cell, radar").inner_text()
    assert f"{100 * value:.1f} ±" in told


def test_a_hostile_name_is_text(shown) -> None:
    shown.open(3)
    assert shown.page.inner_text(".card[data-side=s1] .product") == HOSTILE
    assert "onerror" in shown.page.title()
    assert shown.page.locator("img").count() == 0


def test_what_is_missing_or_damaged_is_said_on_the_page(shown) -> None:
    shown.open(4, wait=False, left="s1-hh", right="s1-mask")
    alerts = shown.page.locator("#alerts")
    for words in (
        "s2_b04.tif is missing", "s1_sigma0_hh.tif is damaged", "s1_ice.tif is damaged",
    ):  # fmt: skip
        alerts.locator("p", has_text=words).first.wait_for()
    shown.open(5, wait=False)
    alerts.locator("p", has_text="summary.json of 'f-summary' cannot be read").wait_for()
    # What a broken file makes the browser say is no fault of the page; leaving the machine is.
    shown.trouble[:] = [said for said in shown.trouble if said.startswith(("asked for", "error:"))]


def test_pairs_are_stepped_through_in_time_and_the_view_is_in_the_link(shown) -> None:
    shown.open(0, left="s1-hv", right="difference", mode="blend", opacity=0.3)
    assert shown.page.locator("#time .chart circle").count() == 10
    shown.page.keyboard.press("]")
    shown.page.wait_for_selector("html[data-state=complete][data-overlays=complete]")
    link = shown.link()
    assert (link["pair"], link["left"], link["right"]) == ("1", "s1-hv", "difference")
    assert (link["mode"], link["opacity"]) == ("blend", "0.3")


def test_a_phone_shows_the_map_and_lets_the_panel_be_reached(shown) -> None:
    shown.page.set_viewport_size({"width": 390, "height": 844})
    shown.open(1, mode="beside")
    assert shown.page.evaluate("document.documentElement.scrollWidth") == 390
    assert shown.page.locator("#beside").bounding_box()["width"] > 150
    shown.page.locator("#left").scroll_into_view_if_needed()
    unnamed = shown.page.evaluate(
        "[...document.querySelectorAll('button, input, select')].filter(it => "
        "!(it.textContent.trim() || it.ariaLabel || it.labels?.length)).length"
    )
    assert unnamed == 0

"""Scenes as notebooks show them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

import numpy as np

from icepair._typing import BoolArray, IntArray
from icepair.products.container import Container
from icepair.products.scene import Scene


@dataclass(frozen=True)
class Anywhere(Scene):
    def holds_values(self, rows: IntArray, columns: IntArray) -> BoolArray:
        return np.ones(rows.shape, dtype=bool)


def shown(product: str) -> str:
    time = datetime(2022, 11, 30, 3, 4, 5, tzinfo=UTC)
    nothing = cast("Container", None)
    return Anywhere(product, "a", time, "S1A", "S1", (30, 40), nothing)._repr_html_()


def test_a_scene_shows_its_time_and_size_and_no_row_without_text() -> None:
    page = shown("S1A_EW")
    assert "<th>Time (UTC)</th><td>2022-11-30 03:04:05</td>" in page
    assert "<th>Size (lines x samples)</th><td>30 x 40</td>" in page
    assert "Notes" not in page


def test_a_hostile_product_name_is_text() -> None:
    page = shown('<script>"x"</script>')
    assert "<script>" not in page
    assert "&lt;script&gt;&quot;x&quot;&lt;/script&gt;" in page

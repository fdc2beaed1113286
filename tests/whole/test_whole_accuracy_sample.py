"""The accuracy run in small: its generator is what it claims, and estimates are near."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from icepair.conventions import S1_UNANSWERED, S2_UNANSWERED
from icepair.ice.methods import DEFAULTS

_BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
if not _BENCHMARKS.is_dir():
    pytest.skip("benchmarks are not in this copy of the project", allow_module_level=True)


@pytest.fixture(scope="module")
def battery():
    """Modules of the battery, which is no part of the package."""
    sys.path.insert(0, str(_BENCHMARKS))
    try:
        from battery import cases, products, report, runs, scores, toy
    finally:
        sys.path.remove(str(_BENCHMARKS))
    return type("Battery", (), {
        "cases": cases, "products": products, "report": report, "runs": runs, "scores": scores,
        "toy": toy,
    })  # fmt: skip


def _plain(case):
    """The case with nothing in the way of a plain look at it."""
    return replace(
        case, drift_m=(0.0, 0.0), cloud=0.0, nodata=(0.0, 0.0), land=0.0, brash=0.0,
        field="patches", mode="EW", spacing_m=10.0, polarisations=("HH", "HV"),
        bands=("B03", "B08"),
        co_db={"pond": (-9.0, 0.0), "thin": (-9.0, 0.0), "old": (-9.0, 0.0), "water": (-19.0, 0.0)},
        cross_db={"pond": (-17.0, 0), "thin": (-17.0, 0), "old": (-17.0, 0), "water": (-30.0, 0)},
        noise_db={"HH": -28.0, "HV": -28.0}, residual_db=(0.0, 0.0), scallop_db=0.0,
        gust_db=0.0, texture_db=0.0, veil=0.0, shade=0.0,
    )  # fmt: skip


def test_same_number_same_pair(battery):
    first, again, other = (
        battery.toy.make(battery.cases.draw(n, (200, 240))) for n in (20, 20, 21)
    )
    assert first.pair.identical(again.pair)
    assert not np.array_equal(first.truth["s1"], other.truth["s1"])


def test_levels_and_looks_are_those_asked_for(battery):
    case = _plain(battery.cases.draw(20))
    made = battery.toy.make(case)
    share = made.truth["s1"]
    assert share.mean() == pytest.approx(case.concentration, abs=0.01)
    for name, kind, level in (("hh", share == 0, -19.0), ("hv", share == 1, -17.0)):
        inside = kind & (np.roll(kind, 3, 0) & np.roll(kind, -3, 0) & np.roll(kind, 3, 1))
        power = made.pair[f"s1_sigma0_{name}"].values[inside].astype(float)
        noise = 10**-2.8
        assert power.mean() == pytest.approx(10 ** (level / 10), rel=0.02)
        looks = ((power.mean() + noise) / power.std()) ** 2
        assert looks == pytest.approx(case.looks, rel=0.08)


@pytest.mark.parametrize("even", [False, True])
def test_brash_has_its_share_and_lies_in_patches_or_alike(battery, even):
    case = replace(
        _plain(battery.cases.draw(20, (300, 400))), concentration=0.3, brash=0.25, even_brash=even,
        thin_share=0.0, pond_share=0.0,
    )  # fmt: skip
    share = battery.toy.make(case).truth["s2"]
    bare = battery.toy.make(replace(case, brash=0.0)).truth["s2"]
    between = share[bare == 0.0]
    assert between.mean() == pytest.approx(0.2 if even else 0.25, abs=0.06)
    assert (between < 0.02).mean() == pytest.approx(0.1 if even else 0.5, abs=0.15)


def test_truth_is_of_each_sensors_own_time(battery):
    case = replace(_plain(battery.cases.draw(20)), drift_m=(500.0, -300.0))
    made = battery.toy.make(case)
    then, now = made.truth["s1"], made.truth["s2"]
    assert np.array_equal(then[:-30, 50:], now[30:, :-50]) or np.array_equal(
        then[30:, :-50], now[:-30, 50:]
    )
    bright = made.pair["s2_b03"].values
    assert np.corrcoef(bright.ravel(), now.ravel())[0, 1] > 0.6
    assert np.corrcoef(bright.ravel(), now.ravel())[0, 1] > np.corrcoef(
        bright.ravel(), then.ravel()
    )[0, 1]  # fmt: skip


def test_hidden_ice_is_told(battery):
    case = _plain(battery.cases.draw(20))
    assert battery.toy.hidden_share(case) == 0.0
    alike = replace(
        case, thin_share=0.3, co_db=case.co_db | {"thin": (-19.5, 0.0)},
        cross_db=case.cross_db | {"thin": (-30.0, 0.0)},
    )  # fmt: skip
    assert battery.toy.hidden_share(alike) == pytest.approx(0.3)


def test_radar_is_near_where_ice_and_water_are_ten_decibels_apart(battery):
    """Hard scenes, in which methods err by half the area, are in docs/reference/accuracy.md."""
    for number, looks in ((20, 10.7), (21, 4.5)):
        case = replace(_plain(battery.cases.draw(number, (400, 500))), looks=looks)
        made = battery.toy.make(case)
        (answer,) = battery.scores.answers(made, {"s1": [DEFAULTS["s1"]]}, "toy")
        assert abs(answer.error) < 0.05
        assert answer.uncertainty > 0.0


def test_optical_is_near_over_wide_ranges(battery):
    methods = {"s2": [DEFAULTS["s2"], "tutorial"]}
    given = []
    for number in (20, 22, 23, 24, 26):
        made = battery.toy.make(battery.cases.draw(number, (400, 500)))
        withheld = (made.pair["s1_flags"].values & S1_UNANSWERED) | (
            made.pair["s2_flags"].values & S2_UNANSWERED
        )
        own = battery.scores.answers(made, methods, "toy")
        assert own[0].valid <= (withheld == 0).mean()
        given += own
    ours, tutorial = (
        battery.scores.figures(a for a in given if a.method == method) for method in methods["s2"]
    )
    assert ours.mae < 0.06
    assert ours.mae < tutorial.mae
    assert 0.0 < ours.stated < 0.3


def test_a_pair_through_products(battery):
    settings = battery.products.settings_of(3, (300, 300))
    made = battery.products.make(settings, tutorial=True)
    given = battery.scores.answers(made, {k: [v] for k, v in DEFAULTS.items()}, "products")
    assert [abs(answer.error) < 0.2 for answer in given] == [True, True]


def test_figures_of_known_errors(battery):
    def answer(seed, estimate, uncertainty):
        return battery.scores.Answer(
            "toy", seed, "s1", "network", 0.5, estimate, uncertainty, 0.1, 1.0
        )

    given = [answer(1, 0.52, 0.03), answer(2, 0.40, 0.03), answer(3, None, None)]
    of = battery.scores.figures(given)
    assert (of.count, of.unanswered, of.worst_seed) == (2, 1, 2)
    assert of.bias == pytest.approx(-0.04)
    assert of.mae == pytest.approx(0.06)
    assert of.worst == pytest.approx(-0.10)
    assert (of.within_5, of.coverage) == (0.5, 0.5)
    assert "-10.0 % (2)" in battery.report.table(given)


def test_run_goes_on_where_it_stopped(battery, tmp_path, monkeypatch):
    small = battery.cases.draw
    monkeypatch.setattr(battery.cases, "draw", lambda seed: small(seed, (200, 240)))
    lines, methods = tmp_path / "deep" / "answers.jsonl", {"s2": ["threshold"]}
    first = list(battery.runs.resumed([("toy", 30)], methods, 1, lines))
    with lines.open("a") as file:
        file.write('[{"material": "to')  # the power went
    second = list(battery.runs.resumed([("toy", 30), ("toy", 31)], methods, 1, lines))
    assert [len(part) for part in (first, second)] == [1, 1]
    assert [a.seed for a in battery.runs.read(lines)] == [30, 31]
    assert [len(json.loads(line)) for line in lines.read_text().splitlines()] == [1, 1]
    more = list(battery.runs.resumed([("toy", 30)], {"s2": ["automatic"]}, 1, lines))
    assert len(more) == 1, "a method that is new is asked about pairs that are there"


def test_tables_go_between_their_marks(battery, tmp_path):
    page = tmp_path / "page.md"
    begin, end = battery.report.BEGIN, battery.report.END
    page.write_text(f"before\n\n{begin}\nold\n{end}\n\nafter\n")
    answer = battery.scores.Answer("toy", 1, "s1", "network", 0.5, 0.6, 0.1, 0.1, 1.0)
    for _ in range(2):
        battery.report.write([answer], page)
    text = page.read_text()
    assert text.startswith(f"before\n\n{begin}")
    assert text.endswith(f"{end}\n\nafter\n")
    assert text.count("| `network` |") == 1
    assert "old" not in text

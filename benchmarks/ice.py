"""How far from the truth ice concentrations are, method by method, over pairs drawn by number.

``python benchmarks/ice.py --sensor s1 --method automatic --cases 60`` prints every pair and the
figures of one method; ``--published`` runs, or goes on with, the run of docs/reference/accuracy.md
and writes its tables there. ``make accuracy`` does the latter.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from battery import report, runs
from battery.scores import Answer, figures

from icepair.ice.methods import DEFAULTS, METHODS

PUBLISHED = 1000
LINES = Path("build/accuracy/answers.jsonl")
PAGE = Path("docs/reference/accuracy.md")


def _one_method(options: argparse.Namespace) -> None:
    methods = {options.sensor: options.method or [DEFAULTS[options.sensor]]}
    numbers = range(options.seed, options.seed + options.cases)
    tasks = [(options.material, number) for number in numbers]
    given: list[Answer] = []
    for answers in runs.run(tasks, methods, options.workers):
        given += answers
        for answer in answers if not options.quiet else []:
            _say(report.line(answer))
    for name in methods[options.sensor]:
        _say(report.sentence(name, figures(a for a in given if a.method == name)))


def _published(options: argparse.Namespace) -> None:
    """Pairs of both kinds in turn, so that an interrupted run still has both."""
    methods = {sensor: [*known, "tutorial"] for sensor, known in METHODS.items()}
    through = [("products", PUBLISHED + n) for n in range(options.products)]
    tasks = through + [("toy", PUBLISHED + n) for n in range(options.toys)]
    tasks.sort(key=lambda task: (task[1], task[0]))
    start, minutes = time.monotonic(), options.minutes
    for _ in runs.resumed(tasks, methods, options.workers, options.lines):
        if time.monotonic() - start > 60 * minutes:
            _say(f"stopped after {minutes:g} minutes; the same command goes on")
            break
    report.write(runs.read(options.lines), options.out)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--sensor", choices=("s1", "s2"), default="s1")
    parser.add_argument("--method", action="append", help="again for more; default: the default")
    parser.add_argument("--material", choices=("toy", "products"), default="toy")
    parser.add_argument("--cases", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0, help="the first number")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--quiet", action="store_true", help="figures alone")
    parser.add_argument("--published", action="store_true")
    parser.add_argument("--products", type=int, default=300, help="of the published run")
    parser.add_argument("--toys", type=int, default=300, help="of the published run")
    parser.add_argument("--minutes", type=float, default=85.0, help="of the published run")
    parser.add_argument("--lines", type=Path, default=LINES)
    parser.add_argument("--out", type=Path, default=PAGE)
    options = parser.parse_args()
    (_published if options.published else _one_method)(options)


if __name__ == "__main__":
    main()

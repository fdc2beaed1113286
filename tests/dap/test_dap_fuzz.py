from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TOOL = Path(__file__).parents[2] / "tools" / "fuzz_dap.py"


def test_damaged_replies_never_pass_for_data():
    # In a process of its own, because it bounds its memory.
    run = subprocess.run(
        [sys.executable, TOOL, "--cases", "4000", "--seconds", "30", "--seed", "20"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    assert "none wrongly" in run.stdout

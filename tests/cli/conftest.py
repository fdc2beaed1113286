"""A small simulated pair, made once for all tests of the command line."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    from icepair.simulate import PairSettings, simulate_pair

    settings = PairSettings(radar_shape=(400, 400), optical_shape=(500, 600))
    made = simulate_pair(tmp_path_factory.mktemp("scenes"), settings)
    return made.s1, made.s2

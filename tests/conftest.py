"""What every test folder may use."""

from __future__ import annotations

from pathlib import Path

import pytest

from other_generator import Toy, ToyPair, make_pair

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real data beside the project; tests that need it skip where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("real data (../shared/data) is not beside this checkout")
    return SHARED_DATA


@pytest.fixture(scope="session")
def toy_pair(tmp_path_factory: pytest.TempPathFactory) -> ToyPair:
    """Pair near 82 N in zone 39 from a generator that shares no code with icepair."""
    return make_pair(Toy(53.0, 81.9, 32639), tmp_path_factory.mktemp("toy"))

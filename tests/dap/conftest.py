"""A folder that is served, behind a proxy; each file of tests says which folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from icepair.dap.http import transport
from icepair.dap.http.retrying import Budget
from icepair.dap.server import serve
from icepair.testing.faults import FaultProxy


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[str]:
    with serve(folder) as running:
        yield running.url


@pytest.fixture
def proxy(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultProxy]:
    # The tries of one process are limited; hundreds of faults in a row are not meant by that.
    monkeypatch.setattr(transport, "_budget", Budget())
    with FaultProxy(server) as running:
        yield running

"""What reading has cost so far."""

from __future__ import annotations

import re

from icepair.dap.meter import Meter


def test_a_meter_says_what_it_shows() -> None:
    meter = Meter()
    meter.add_request()
    meter.add_bytes(1500)
    assert repr(meter) == "Meter(1500 bytes in 1 requests, 0.000 s)"
    with meter.running():
        assert re.fullmatch(r"Meter\(1500 bytes in 1 requests, \d+\.\d{3} s\)", repr(meter))

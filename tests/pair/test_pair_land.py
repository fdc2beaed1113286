"""Land on a pair: flags of both sensors, values kept."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from icepair.conventions import S1_UNANSWERED, S2_UNANSWERED, S1Flag, S2Flag
from icepair.geo.grid import Grid
from icepair.pair.land import land_on, with_land

TARGET = Grid.from_crs("EPSG:32640", left=5e5, top=9e6, spacing_m=100.0, shape=(40, 50))


@pytest.fixture
def shore(tmp_path):
    """The western half of the target."""
    rows, columns = np.array([-90.0, -90, 130, 130]), np.array([-90.0, 24.5, 24.5, -90])
    places = np.column_stack(TARGET.longitude_latitude(rows, columns)).tolist()
    file = tmp_path / "shore.json"
    ring = str([*places, places[0]])
    file.write_text('{"type": "Polygon", "coordinates": [' + ring + "]}")
    return str(file)


def test_flags_tell_of_land_and_values_stay(shore):
    def read(block):
        shape = tuple(part.stop - part.start for part in block)
        flags = np.full(shape, int(S2Flag.CIRRUS), dtype=np.uint8)
        return {"s2_b02": np.ones(shape, np.float32), "s2_flags": flags}

    sensor = SimpleNamespace(names={"s2_b02": "f4", "s2_flags": "u1"}, resampling={}, read=read)
    land = land_on(TARGET, shore, 0.0)
    (reader,) = with_land([sensor], land.mask)
    made = reader.read((slice(0, 40), slice(10, 50)))
    assert (made["s2_b02"] == 1).all()
    assert made["s2_flags"].dtype == np.uint8
    is_land = (made["s2_flags"] & S2Flag.LAND) != 0
    np.testing.assert_array_equal(is_land, np.broadcast_to(np.arange(10, 50) < 25, (40, 40)))
    assert (made["s2_flags"] & S2Flag.CIRRUS).all()


def test_a_block_of_land_is_worked_out_once_for_both_sensors(shore):
    asked = []

    def block(rows, columns):
        asked.append((rows, columns))
        return mask.block(rows, columns)

    def read(block):
        return {}

    mask = land_on(TARGET, shore, 0.0).mask
    sensor = SimpleNamespace(names={}, resampling={}, read=read)
    readers = with_land([sensor, sensor], SimpleNamespace(block=block))
    for rows in (slice(0, 20), slice(20, 40)):
        for reader in readers:
            reader.read((rows, slice(0, 50)))
    assert asked == [(slice(0, 20), slice(0, 50)), (slice(20, 40), slice(0, 50))]


def test_land_takes_the_answer_of_both_sensors():
    assert S1_UNANSWERED & S1Flag.LAND
    assert S2_UNANSWERED & S2Flag.LAND


def test_a_summary_says_which_land(shore):
    land = land_on(TARGET, shore, 250.0)
    assert land.values() == {"source": "shore.json", "error_m": None, "coast_buffer_m": 250.0}
    assert land.mask.whole().sum() > land_on(TARGET, shore, 0.0).mask.whole().sum()
    assert land_on(TARGET, "none", 0.0) is None

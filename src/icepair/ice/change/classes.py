"""What became of a pixel between two looks: classes, by number."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from icepair.conventions import NO_ANSWER

__all__ = ["CLASSES", "GAINED", "LOST", "class_attributes"]

CLASSES: Mapping[str, int] = {
    "water_stayed": 0,
    "ice_stayed": 1,
    "ice_gained": 2,
    "ice_lost": 3,
    "ice_moved_in": 4,
    "ice_moved_out": 5,
    "no_answer": NO_ANSWER,
}
"""Numbers of the classes; the kernel has the same."""

GAINED, LOST = CLASSES["ice_gained"], CLASSES["ice_lost"]


def class_attributes(sensor_name: str) -> dict[str, object]:
    """CF attributes of a map of classes."""
    return {
        "long_name": f"what became of the ice between two looks of {sensor_name}",
        "flag_values": np.array(list(CLASSES.values()), dtype=np.uint8),
        "flag_meanings": " ".join(CLASSES),
        "comment": "Gained and lost are left after the ice before was moved by the drift that was "
        "given; moved in and out are told by that drift alone and are absent without one.",
    }

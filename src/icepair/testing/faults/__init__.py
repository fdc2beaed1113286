"""A proxy on loopback that does to replies what networks and servers do to them.

>>> from icepair.testing.faults import CutShort, FaultProxy
>>> with FaultProxy("http://127.0.0.1:8000") as proxy:   # doctest: +SKIP
...     switch = proxy.arm(CutShort(0.6))                # the next reply with data, once
...     read(proxy.url + "/dodsC/scene.nc")
...     switch.hits, proxy.requests, proxy.bytes_down
"""

from icepair.testing.faults.contents import (
    AnotherWindow,
    DuplicateBlock,
    ErrorChunk,
    ExtraBytes,
    FlippedBit,
    Reordered,
    Restamped,
    Rewritten,
    WithoutChecksums,
)
from icepair.testing.faults.exchange import Answer, Mishap, Request
from icepair.testing.faults.proxy import FaultProxy, Switch, asks_for, is_data
from icepair.testing.faults.sayings import (
    Says,
    busy,
    error_object,
    login_page,
    moved,
    not_found,
    old_reply,
    too_large,
    unauthorized,
)
from icepair.testing.faults.sending import (
    BadGzip,
    CutShort,
    Drip,
    Gone,
    LastChunkMissing,
    Reset,
    Silence,
    Stall,
    WrongLength,
)

__all__ = [
    "AnotherWindow",
    "Answer",
    "BadGzip",
    "CutShort",
    "Drip",
    "DuplicateBlock",
    "ErrorChunk",
    "ExtraBytes",
    "FaultProxy",
    "FlippedBit",
    "Gone",
    "LastChunkMissing",
    "Mishap",
    "Reordered",
    "Request",
    "Reset",
    "Restamped",
    "Rewritten",
    "Says",
    "Silence",
    "Stall",
    "Switch",
    "WithoutChecksums",
    "WrongLength",
    "asks_for",
    "busy",
    "error_object",
    "is_data",
    "login_page",
    "moved",
    "not_found",
    "old_reply",
    "too_large",
    "unauthorized",
]

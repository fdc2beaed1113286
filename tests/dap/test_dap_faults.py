"""Each fault that may pass: right data where it passes, one clear error where it does not."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from faulty import ARRAY, DAP4, GRID, PIXELS, WAYS, Way, opened, says_everything, truth
from faulty import write_dataset as write

from icepair.errors import BrokenReplyError, RefusedError, RemoteError, UnreachableError
from icepair.testing import faults
from icepair.testing.faults import FaultProxy, Mishap

ALL = ("DAP2 Array", "DAP2 Grid", "DAP4")


@dataclass(frozen=True)
class Row:
    """One fault, and what it is called when it does not pass."""

    name: str
    mishap: Mishap
    error: type[RemoteError]
    words: str
    ways: tuple[str, ...] = ALL
    options: dict[str, Any] = field(default_factory=dict)


def broken(name: str, mishap: Mishap, words: str, *ways: str, **options: Any) -> Row:
    """Row of a reply that is not what was asked for."""
    return Row(name, mishap, BrokenReplyError, words, ways or ALL, options)


ENDED = r"the reply ended after \d+ "
TWICE = "bytes longer|announces|chunk of the unknown kind"
ROWS = (
    broken("cut short", faults.CutShort(), ENDED + "of about"),
    broken("cut short, length told", faults.CutShort(framing="length"), ENDED + r"of \d"),
    broken(
        "cut short, unseen by HTTP", faults.CutShort(framing="close"), ENDED + r"(of \d+ )?bytes"
    ),
    broken("cut in the declaration", faults.CutShort(0.0005, "close"), ENDED + r"(of \d+ )?bytes"),
    broken("nothing but a head", faults.CutShort(0.0, "close"), "the reply is empty"),
    broken("reset", faults.Reset(), r"the connection broke after \d+ of"),
    broken("last chunk missing", faults.LastChunkMissing(), ENDED),
    broken("length too great", faults.WrongLength(100), ENDED + r"of \d+ bytes"),
    broken("length too small", faults.WrongLength(-100), ENDED + r"(of \d+ )?bytes"),
    broken("gzip with another CRC", faults.BadGzip("crc"), "is damaged", compress=True),
    broken("gzip without its end", faults.BadGzip("trailer"), "ended early", compress=True),
    broken("gzip cut short", faults.BadGzip("cut"), "ended early", compress=True),
    broken("gzip that nobody asked for, damaged", faults.BadGzip("crc"), "is damaged"),
    broken("bytes behind the end", faults.ExtraBytes(4), "4 bytes longer than"),
    broken("a block twice", faults.DuplicateBlock(4096), TWICE),
    broken("a block twice, compressed", faults.DuplicateBlock(96), TWICE, compress=True),
    broken("a flipped bit", faults.FlippedBit(-5000), "checksum of B3 does not fit", "DAP4"),
    broken("a flipped bit in the checksum", faults.FlippedBit(-6), "checksum of B3 does", "DAP4"),
    broken(
        "another count",
        faults.Rewritten(rb"(?s)(?<=\nData:\n\x00\x00)..", b"\x07\x07"),
        r"announces \d+",
        "DAP2 Array",
    ),
    broken("another window", faults.AnotherWindow(50), "another (one|window)", "DAP2 Grid", "DAP4"),
    broken(
        "another shape",
        faults.Rewritten(rb"= 200\]", b"= 199]"),
        r"shape \(199, 250\), expected \(200, 250\)",
        "DAP2 Array",
        "DAP2 Grid",
    ),
    broken(
        "another type",
        faults.Rewritten(rb"UInt16 (?=B3|amplitude)", b"Float32 "),
        "as Float32, expected UInt16",
        "DAP2 Array",
        "DAP2 Grid",
    ),
    broken("another variable", faults.Rewritten(rb"B3|amplitude", b"B7"), "B7', which was not"),
    broken("no declaration", faults.Rewritten(rb"^[^\n]*\n", b""), "something else, expected"),
    Row("stall", faults.Stall(30), UnreachableError, "0.4 s"),
    Row("silence", faults.Silence(30), UnreachableError, "0.4 s"),
    Row("drip", faults.Drip(50), UnreachableError, "crept along at"),
    Row("500", faults.busy(500), RefusedError, "500.*being backed up"),
    Row("502", faults.busy(502), RefusedError, "502.*being backed up"),
    Row("503", faults.busy(503), RefusedError, "503.*being backed up"),
    Row("429", faults.busy(429, retry_after="0"), RefusedError, "429.*being backed up"),
    Row("503 until a date", faults.busy(503, "Tue, 01 Jan 2019 00:00:00 GMT"), RefusedError, "503"),
)
PAIRS = [
    pytest.param(row, way, id=f"{row.name}-{way}")
    for row in ROWS for way in WAYS if way.name in row.ways
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("served")
    write(folder / "ice.nc")
    return folder


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_without_a_fault_the_data_are_right(proxy: FaultProxy, folder: Path, way: Way) -> None:
    with opened(proxy, way) as dataset:
        found = dataset.read(way.variable, PIXELS)
        reading = dataset.meter.snapshot()
    expected = truth(folder / "ice.nc", way.variable)
    assert found.dtype == expected.dtype == np.uint16
    assert int(found.max()) > 32767
    np.testing.assert_array_equal(found, expected)
    assert (reading.requests, reading.bytes) == (proxy.requests, proxy.bytes_down)


@pytest.mark.parametrize(("row", "way"), PAIRS)
def test_a_fault_that_passes_ends_in_right_data(
    proxy: FaultProxy, folder: Path, row: Row, way: Way
) -> None:
    with opened(proxy, way, **row.options) as dataset:
        switch = proxy.arm(row.mishap, on=way.asked)
        found = dataset.read(way.variable, PIXELS)
        assert switch.hits == 1
        elsewhere = dataset.read(way.variable, (slice(0, 200), slice(1, 251)))
    expected = truth(folder / "ice.nc", way.variable, ())
    np.testing.assert_array_equal(found, expected[PIXELS])
    np.testing.assert_array_equal(elsewhere, expected[0:200, 1:251])


@pytest.mark.parametrize(("row", "way"), PAIRS)
def test_a_fault_that_stays_ends_in_one_clear_error(proxy: FaultProxy, row: Row, way: Way) -> None:
    with opened(proxy, way, **row.options) as dataset:
        switch = proxy.arm(row.mishap, on=way.asked, times=None)
        with pytest.raises(RemoteError, match=row.words) as caught:
            dataset.read(way.variable, PIXELS)
    assert type(caught.value) is row.error
    says_everything(caught.value, proxy, way)
    assert 2 <= switch.hits <= 3


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_server_that_restarts_is_waited_for(proxy: FaultProxy, folder: Path, way: Way) -> None:
    with opened(proxy, way, backoff_s=0.3) as dataset:
        switch = proxy.arm(faults.Gone(0.1), on=way.asked)
        found = dataset.read(way.variable, PIXELS)
    assert switch.hits == 1
    np.testing.assert_array_equal(found, truth(folder / "ice.nc", way.variable))


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_server_that_stays_away_is_named(proxy: FaultProxy, way: Way) -> None:
    with opened(proxy, way) as dataset:
        proxy.arm(faults.Gone(60), on=way.asked)
        with pytest.raises(UnreachableError, match="refused") as caught:
            dataset.read(way.variable, PIXELS)
    says_everything(caught.value, proxy, way)


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize(
    "mishap",
    [faults.CutShort(), faults.Reset(), faults.busy(503), faults.Silence(30)],
    ids=["cut short", "reset", "503", "silence"],
)
def test_the_declaration_is_asked_for_again(
    proxy: FaultProxy, folder: Path, mishap: Mishap, way: Way
) -> None:
    switch = proxy.arm(mishap, on=faults.asks_for("dds", "das", "dmr"))
    with opened(proxy, way) as dataset:
        found = dataset.read(way.variable, PIXELS)
    assert switch.hits == 1
    np.testing.assert_array_equal(found, truth(folder / "ice.nc", way.variable))


@pytest.mark.parametrize("way", [ARRAY, DAP4], ids=str)
def test_a_declaration_that_never_arrives_is_named(proxy: FaultProxy, way: Way) -> None:
    proxy.arm(faults.CutShort(), on=faults.asks_for("dds", "das", "dmr"), times=None)
    with pytest.raises(BrokenReplyError, match=f"{proxy.url}/.*ice.nc.*the (DDS|DAS|DMR)"):
        opened(proxy, way)


@pytest.mark.parametrize("way", [GRID, DAP4], ids=str)
def test_whatever_fails_the_variable_asked_for_is_named(proxy: FaultProxy, way: Way) -> None:
    with opened(proxy, way) as dataset:
        proxy.arm(faults.CutShort(), times=None)
        with pytest.raises(BrokenReplyError, match=way.variable):
            dataset.read(way.variable, PIXELS)

"""A disk that refuses ends in one error with the reason, and the process lives on."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from icepair.errors import OutputError
from icepair.geo.grid import Grid
from icepair.testing.aligned import aligned_pair
from icepair.write._sink import Sink
from icepair.write.geotiff import write_geotiff
from icepair.write.netcdf import write_netcdf

GRID = Grid.from_crs("EPSG:32639", left=399960, top=9100020, spacing_m=10, shape=(600, 700))


@pytest.fixture
def small_files() -> Iterator[None]:
    """No file may grow beyond 300 kB."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("small_files")
def test_netcdf_on_a_full_disk(tmp_path: Path) -> None:
    pair = aligned_pair(GRID, chunk=256)
    with pytest.raises(OutputError, match=r"pair\.nc' could not be written: the file would be"):
        write_netcdf(pair, tmp_path / "pair.nc")


@pytest.mark.usefixtures("small_files")
def test_geotiff_on_a_full_disk(tmp_path: Path) -> None:
    pair = aligned_pair(GRID)
    with pytest.raises(OutputError, match=r"x\.tif' could not be written"):
        write_geotiff(pair["s1_sigma0_hh"], tmp_path / "x.tif")


def test_folder_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="could not be written"):
        write_netcdf(aligned_pair(GRID), tmp_path / "nowhere" / "pair.nc")


def test_an_error_of_the_pair_is_not_taken_for_one_of_the_disk(tmp_path: Path) -> None:
    pair = aligned_pair(GRID, chunk=256)

    def broken(values: np.ndarray) -> np.ndarray:
        raise ZeroDivisionError("in a block")

    lazy = pair["s1_sigma0_hh"].data.map_blocks(broken, dtype="f4", meta=np.empty((0, 0), "f4"))
    pair["s1_sigma0_hh"] = (("y", "x"), lazy)
    with pytest.raises(ZeroDivisionError, match="in a block"):
        write_netcdf(pair, tmp_path / "pair.nc")


class TestSink:
    def test_reads_what_was_written(self, tmp_path: Path) -> None:
        with Sink(tmp_path / "a", create=True) as sink:
            sink.write(b"abcdef")
            sink.seek(2)
            assert sink.read(3) == b"cde"
            sink.seek(-1, 2)
            assert (sink.tell(), sink.read()) == (5, b"f")
            sink.check()

    @pytest.mark.usefixtures("small_files")
    def test_after_a_failure_it_goes_on_in_memory(self, tmp_path: Path) -> None:
        with Sink(tmp_path / "a", create=True) as sink:
            sink.write(b"abc")
            sink.seek(400_000)
            sink.write(b"far")
            sink.seek(1)
            sink.write(b"X")
            assert isinstance(sink.failure, OSError)
            sink.seek(0)
            assert sink.read(4) == b"aXc\0"
            sink.seek(399_999)
            assert sink.read() == b"\0far"
            with pytest.raises(OSError, match="File too large"):
                sink.check()
        assert (tmp_path / "a").read_bytes() == b"abc"

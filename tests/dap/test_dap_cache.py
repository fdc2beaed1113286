"""Blocks on disk: what comes back is what was put there, or nothing."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import xxhash
from hypothesis import given, settings
from hypothesis import strategies as st

from icepair.dap.cache import BlockStore, DatasetStore
from icepair.dap.cache.block import touch
from icepair.dap.cache.names import block_name, block_of
from icepair.dap.cache.sealed import read_seal, write_sealed
from icepair.dap.hyperslab import Hyperslab

KEY = "https://data.example.org/dodsC/a.nc\nstamp 1\nfingerprint"
SHAPE = (40, 30)
U2 = np.dtype("u2")
TRUTH = np.arange(np.prod(SHAPE), dtype=U2).reshape(SHAPE)


def slab(*parts: slice, shape: tuple[int, ...] = SHAPE) -> Hyperslab:
    return Hyperslab.of(parts, shape)


def store_in(folder: Path, limit: int = 10**9) -> BlockStore:
    return BlockStore(folder, limit)


def fill(store: DatasetStore, *slabs: Hyperslab, variable: str = "B2") -> None:
    for each in slabs:
        store.put(variable, each, TRUTH[each.slices])


def files(folder: Path, suffix: str = ".block") -> list[Path]:
    return sorted(folder.rglob(f"*{suffix}"))


@pytest.fixture
def as_nobody() -> Iterator[Path]:
    """Folder of a user whom permissions bind; the one who runs the tests, unless that is root."""
    folder = Path(tempfile.mkdtemp())
    root = os.geteuid() == 0
    if root:
        os.chown(folder, 65534, 65534)
        os.seteuid(65534)
    try:
        yield folder
    finally:
        if root:
            os.seteuid(0)
        subprocess.run(["chmod", "-R", "u+rwx", folder], check=True)
        shutil.rmtree(folder)


@pytest.mark.parametrize("code", ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8"])
@pytest.mark.parametrize("shape", [(), (1,), (7,), (5, 6), (2, 3, 4, 5)])
def test_any_number_in_any_shape_comes_back(
    tmp_path: Path, code: str, shape: tuple[int, ...]
) -> None:
    noise = np.random.default_rng(3).bytes(int(np.prod(shape)) * int(code[1]))
    values = np.frombuffer(noise, code).reshape(shape)
    whole = slab(shape=shape)
    for dataset in (store_in(tmp_path).dataset(KEY), store_in(tmp_path).dataset(KEY)):
        if not files(tmp_path):
            dataset.put("group/variable.member", whole, values)
        for _ in range(2):
            found = dataset.get("group/variable.member", whole, np.dtype(code))
            assert found is not None
            assert (found.shape, found.dtype) == (shape, np.dtype(code))
            assert found.tobytes() == values.tobytes()


@st.composite
def wishes(draw: st.DrawFn) -> Hyperslab:
    parts = []
    for length in SHAPE:
        start = draw(st.integers(0, length - 1))
        stop = draw(st.integers(start + 1, length))
        parts.append(slice(start, stop, draw(st.sampled_from([1, 1, 2, 3, 6]))))
    return slab(*parts)


@settings(max_examples=60, deadline=None)
@given(st.lists(wishes(), max_size=5), wishes())
def test_get_and_missing_agree_with_each_other_and_with_the_truth(
    tmp_path_factory: pytest.TempPathFactory, blocks: list[Hyperslab], wish: Hyperslab
) -> None:
    folder = tmp_path_factory.mktemp("cache")
    dataset = store_in(folder).dataset(KEY)
    fill(dataset, *blocks)
    gaps = dataset.missing("B2", wish)
    found = dataset.get("B2", wish, U2)
    assert (found is None) == bool(gaps)
    fill(dataset, *gaps)
    assert dataset.missing("B2", wish) == []
    for reader in (dataset, store_in(folder).dataset(KEY)):
        for _ in range(2):
            assert np.array_equal(reader.get("B2", wish, U2), TRUTH[wish.slices])
    shutil.rmtree(folder)


@pytest.mark.parametrize(
    "parts",
    [(slice(3, 9), slice(2, 4)), (slice(0, 40, 3), slice(1, 6, 2)), (slice(7, 8),), (slice(39, 40),
     slice(29, 30)), (slice(2, 30, 5), slice(0, 30, 2))],
)  # fmt: skip
def test_parts_of_a_block_that_is_known_to_be_sound(
    tmp_path: Path, parts: tuple[slice, ...]
) -> None:
    dataset = store_in(tmp_path).dataset(KEY)
    fill(dataset, slab())
    dataset.get("B2", slab(), U2)
    found = dataset.get("B2", slab(*parts), U2)
    assert np.array_equal(found, TRUTH[parts])
    assert found is not None
    assert found.base is None or found.base.nbytes < TRUTH.nbytes, "a window holds a whole block"


def test_what_is_handed_out_belongs_to_the_caller(tmp_path: Path) -> None:
    dataset = store_in(tmp_path).dataset(KEY)
    fill(dataset, slab())
    for _ in range(2):
        found = dataset.get("B2", slab(), U2)
        assert found is not None
        found[...] = 0
    assert np.array_equal(dataset.get("B2", slab(), U2), TRUTH)


def test_blocks_are_kept_apart_by_dataset_variable_and_type(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    dataset = store.dataset(KEY)
    fill(dataset, slab())
    assert dataset.get("b2", slab(), U2) is None
    assert dataset.get("B2", slab(), np.dtype("i2")) is None
    assert store.dataset(KEY + "'").get("B2", slab(), U2) is None
    assert dataset.missing("b2", slab()) == [slab()]


def test_big_endian_and_strided_arrays_are_stored_by_value(tmp_path: Path) -> None:
    dataset = store_in(tmp_path).dataset(KEY)
    dataset.put("big", slab(), TRUTH.astype(">u2"))
    dataset.put("turned", slab(shape=SHAPE[::-1]), TRUTH.T)
    assert np.array_equal(dataset.get("big", slab(), U2), TRUTH)
    assert np.array_equal(dataset.get("turned", slab(shape=SHAPE[::-1]), U2), TRUTH.T)


def test_what_is_not_a_number_is_not_kept(tmp_path: Path) -> None:
    dataset = store_in(tmp_path).dataset(KEY)
    dataset.put("names", slab(shape=(2,)), np.array(["a", "b"], object))
    dataset.put("names", slab(shape=(2,)), np.array([1, 2], "c16"))
    assert files(tmp_path) == []


def test_values_of_another_shape_are_our_own_mistake(tmp_path: Path) -> None:
    dataset = store_in(tmp_path).dataset(KEY)
    with pytest.raises(ValueError, match=re.escape("shape (40, 29)")):
        dataset.put("B2", slab(), TRUTH[:, 1:])


def test_an_address_with_a_sign_in_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="user's name"):
        store_in(tmp_path).dataset("https://me:secret@data.example.org/a.nc\n1")
    store_in(tmp_path).dataset("https://data.example.org/a@b.nc\n1")


class TestDamage:
    """A damaged file is never believed, and goes."""

    def regions(self, path: Path) -> dict[str, int]:
        data = path.read_bytes()
        label = data.index(b'{"label"')
        padding = data.index(b"  ", label)
        return {
            "magic": 3, "version": 15, "length of label": 16, "checksum of label": 30,
            "label": label + 20, "padding": padding, "first of payload": len(data) - TRUTH.nbytes,
            "middle of payload": len(data) - TRUTH.nbytes // 2, "last of payload": len(data) - 1,
        }  # fmt: skip

    @pytest.mark.parametrize(
        "region",
        ["magic", "version", "length of label", "checksum of label", "label", "padding",
         "first of payload", "middle of payload", "last of payload"],
    )  # fmt: skip
    @pytest.mark.parametrize("how", ["get", "missing"])
    def test_a_flipped_bit(self, tmp_path: Path, region: str, how: str) -> None:
        fill(store_in(tmp_path).dataset(KEY), slab())
        (path,) = files(tmp_path)
        data = bytearray(path.read_bytes())
        data[self.regions(path)[region]] ^= 1
        path.write_bytes(data)
        store = store_in(tmp_path)
        dataset = store.dataset(KEY)
        if how == "get":
            assert dataset.get("B2", slab(slice(3, 5)), U2) is None
        else:
            assert dataset.missing("B2", slab()) == [slab()]
        assert store.damaged == 1
        assert not path.exists()
        fill(dataset, slab())
        assert np.array_equal(dataset.get("B2", slab(), U2), TRUTH)

    def test_every_single_byte_of_a_file_is_vouched_for(self, tmp_path: Path) -> None:
        values = np.arange(4, dtype="u2")
        store = store_in(tmp_path)
        store.dataset(KEY).put("v", slab(shape=(4,)), values)
        (path,) = files(tmp_path)
        sound = path.read_bytes()
        for place in range(len(sound)):
            path.write_bytes(sound[:place] + bytes([sound[place] ^ 0x40]) + sound[place + 1 :])
            assert store.dataset(KEY).get("v", slab(shape=(4,)), U2) is None, place
        assert store.damaged == len(sound)

    @pytest.mark.parametrize("length", [0, 5, 39, 41, 100, -1, -2400, "longer"])
    def test_another_length(self, tmp_path: Path, length: int | str) -> None:
        fill(store_in(tmp_path).dataset(KEY), slab())
        (path,) = files(tmp_path)
        data = path.read_bytes()
        path.write_bytes(data + b"\0" if isinstance(length, str) else data[:length])
        store = store_in(tmp_path)
        assert store.dataset(KEY).get("B2", slab(), U2) is None
        assert store.damaged == 1
        assert not path.exists()

    def test_a_block_under_the_name_of_another(self, tmp_path: Path) -> None:
        dataset = store_in(tmp_path).dataset(KEY)
        fill(dataset, slab(slice(0, 10)))
        (path,) = files(tmp_path)
        path.rename(path.with_name("10-20-1_0-30-1.u2.block"))
        assert dataset.get("B2", slab(slice(10, 20)), U2) is None
        assert files(tmp_path) == []

    def test_a_block_of_another_variable_dataset_or_type(self, tmp_path: Path) -> None:
        store = store_in(tmp_path)
        one, other = store.dataset(KEY), store.dataset(KEY + "2")
        fill(one, slab())
        (path,) = files(tmp_path)
        fill(one, slab(), variable="B3")
        fill(other, slab())
        for copy in [each for each in files(tmp_path) if each != path]:
            shutil.copy(path, copy)
        shutil.copy(path, path.with_name(path.name.replace("u2", "i2")))
        assert one.get("B3", slab(), U2) is None
        assert other.get("B2", slab(), U2) is None
        assert one.get("B2", slab(), np.dtype("i2")) is None
        assert store.damaged == 3
        assert np.array_equal(one.get("B2", slab(), U2), TRUTH)

    def test_a_block_changed_behind_our_back_is_checked_again(self, tmp_path: Path) -> None:
        dataset = store_in(tmp_path).dataset(KEY)
        fill(dataset, slab())
        assert dataset.get("B2", slab(), U2) is not None
        (path,) = files(tmp_path)
        data = bytearray(path.read_bytes())
        data[-1] ^= 1
        path.write_bytes(data)
        assert dataset.get("B2", slab(slice(0, 2)), U2) is None

    def test_a_sealed_block_of_a_wrong_length(self, tmp_path: Path) -> None:
        store = store_in(tmp_path)
        fill(store.dataset(KEY), slab())
        (path,) = files(tmp_path)
        with path.open("rb") as file:
            label = read_seal(file).label
        write_sealed(path, label, memoryview(TRUTH.tobytes() + b"more"))
        assert store.dataset(KEY).get("B2", slab(), U2) is None
        assert store.damaged == 1

    @pytest.mark.parametrize(
        "text", ["", "[]", "5", "{}", '{"label": 1}', '{"label": 1, "bytes": [], "xxh3_128": ""}',
                 "[" * 60_000, '{"label": {}, "bytes": 2400, "xxh3_128": 7}', "\xff"],
    )  # fmt: skip
    def test_a_label_with_a_right_checksum_that_is_no_label(
        self, tmp_path: Path, text: str
    ) -> None:
        store = store_in(tmp_path)
        fill(store.dataset(KEY), slab())
        (path,) = files(tmp_path)
        label = text.encode("latin-1").ljust(-(-(40 + len(text)) // 64) * 64 - 40)
        checksum = xxhash.xxh3_128_digest(label)
        head = struct.pack("<16sQ16s", path.read_bytes()[:16], len(label), checksum)
        path.write_bytes(head + label + TRUTH.tobytes())
        assert store.dataset(KEY).get("B2", slab(), U2) is None
        assert store.damaged == 1

    @settings(max_examples=60, deadline=None)
    @given(st.binary(max_size=300), st.booleans())
    def test_any_bytes_at_all(
        self, tmp_path_factory: pytest.TempPathFactory, data: bytes, begins_well: bool
    ) -> None:
        folder = tmp_path_factory.mktemp("cache")
        store = store_in(folder)
        fill(store.dataset(KEY), slab())
        (path,) = files(folder)
        path.write_bytes(path.read_bytes()[:16] * begins_well + data)
        assert store.dataset(KEY).get("B2", slab(), U2) is None

    @pytest.mark.parametrize(
        "name",
        ["5-3-1.u2.block", "0-3-0.u2.block", "0-3.u2.block", "x.block", "0-3-1.f1.block",
         "0-3-1.u2.block.block", "٣-4-1.u2.block", "-1-3-1.u2.block", "scalar.u3.block"],
    )  # fmt: skip
    def test_names_that_no_block_has(self, name: str) -> None:
        assert block_of(name) is None

    def test_other_files_are_left_alone(self, tmp_path: Path) -> None:
        store = store_in(tmp_path)
        dataset = store.dataset(KEY)
        fill(dataset, slab())
        (block,) = files(tmp_path)
        block_bytes = block.stat().st_size
        mine = [block.with_name("notes.md"), tmp_path / "thesis.block", block.parents[1] / "x.tif"]
        for path in mine:
            path.write_text("mine")
        (block.parents[2] / "elsewhere").symlink_to(tmp_path)
        (block.with_name("7-9-1_0-30-1.u2.block")).mkdir()
        (block.with_name("9-11-1_0-30-1.u2.block")).symlink_to(mine[0])
        assert dataset.missing("B2", slab()) == []
        assert store.info().bytes == store.clear() == block_bytes
        assert [path.read_text() for path in mine] == ["mine"] * 3


class TestUnwritable:
    """Keeping is a courtesy: where it fails, reading goes on."""

    def test_the_folder_is_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "cache").write_text("not a folder")
        store = store_in(tmp_path / "cache")
        self.keeps_nothing(store, "Not a directory|File exists")

    def test_the_first_failure_is_told_at_once_and_no_other(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        (tmp_path / "cache").write_text("not a folder")
        store = store_in(tmp_path / "cache")
        one, other = store.dataset(KEY), store.dataset(f"{KEY} 2")
        assert caplog.messages == []
        fill(one, slab(slice(0, 3)))
        assert caplog.messages == [store.trouble]
        assert (caplog.records[0].levelname, caplog.records[0].name) == ("WARNING", "icepair")
        fill(one, slab(), slab(slice(5, 9)))
        fill(other, slab())
        assert caplog.messages == [store.trouble]

    def test_no_permission(self, as_nobody: Path) -> None:
        as_nobody.chmod(0o500)
        self.keeps_nothing(store_in(as_nobody / "cache"), "Permission denied")

    def test_a_place_where_nothing_can_be_made(self) -> None:
        self.keeps_nothing(store_in(Path("/dev/null/cache")), "Not a directory")

    @pytest.mark.skipif(not Path("/proc/self").exists(), reason="there is no /proc here")
    def test_a_place_that_cannot_come_into_being(self) -> None:
        self.keeps_nothing(store_in(Path("/proc/nothing/cache")), "No such file or directory")

    def keeps_nothing(self, store: BlockStore, reason: str) -> None:
        dataset = store.dataset(KEY)
        assert store.trouble is None
        fill(dataset, slab())
        assert store.trouble is not None
        assert re.search(f"({reason}).*ICEPAIR_CACHE_DIR", store.trouble)
        assert dataset.get("B2", slab(), U2) is None
        assert dataset.missing("B2", slab()) == [slab()]
        assert store.info().bytes == store.clear() == 0

    def test_a_full_disk(self, tmp_path: Path) -> None:
        code = """
import resource, sys, numpy as np
from pathlib import Path
from icepair.dap.cache import BlockStore
from icepair.dap.hyperslab import Hyperslab
store = BlockStore(Path(sys.argv[1]), 10**9)
dataset = store.dataset("https://data.example.org/a.nc")
put = lambda n: dataset.put(f"v{n}", Hyperslab.of([], (n,)), np.zeros(n, "u1"))
put(1000)
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
put(100_000)
assert "File too large" in store.trouble, store.trouble
put(2000)
assert store.info().blocks == 1, "nothing is tried after the first failure"
assert dataset.get("v1000", Hyperslab.of([], (1000,)), np.dtype("u1")) is not None
"""
        subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, timeout=60)
        assert files(tmp_path, ".partial") == []

    def test_blocks_that_cannot_be_removed_are_still_not_believed(self, as_nobody: Path) -> None:
        fill(store_in(as_nobody).dataset(KEY), slab())
        (path,) = files(as_nobody)
        path.write_bytes(path.read_bytes()[:-1] + b"?")
        path.parent.chmod(0o500)
        store = store_in(as_nobody)
        assert store.dataset(KEY).missing("B2", slab()) == [slab()]
        assert store.dataset(KEY).get("B2", slab(), U2) is None
        assert path.exists()
        assert store.clear() == 0

    def test_a_cache_that_may_only_be_read_is_read(self, as_nobody: Path) -> None:
        fill(store_in(as_nobody).dataset(KEY), slab())
        (path,) = files(as_nobody)
        os.utime(path, (time.time() - 5000,) * 2)
        for folder in (path.parent, path.parents[1], path.parents[2], as_nobody):
            folder.chmod(0o500)
        path.chmod(0o400)
        dataset = store_in(as_nobody).dataset(KEY)
        assert np.array_equal(dataset.get("B2", slab(), U2), TRUTH)

    def test_names_beyond_what_file_systems_take(self, tmp_path: Path) -> None:
        rank, store = 10, store_in(tmp_path)
        far = Hyperslab((10**9,) * rank, (10**9 + 1,) * rank, (1,) * rank)
        assert block_name(far, U2) is None
        store.dataset(KEY).put("v", far, np.zeros((1,) * rank, U2))
        store.dataset(KEY).put("ø" * 500, slab(), TRUTH)
        assert store.trouble is None
        assert np.array_equal(store.dataset(KEY).get("ø" * 500, slab(), U2), TRUTH)


class TestRoom:
    """The limit holds, and what goes is what was not used for longest."""

    ROW = TRUTH[:1].nbytes

    def aged(self, folder: Path, rows: dict[int, float]) -> None:
        """Make rows look used so many seconds ago."""
        for row, ago in rows.items():
            (path,) = folder.rglob(f"{row}-{row + 1}-1_*.block")
            os.utime(path, (time.time() - ago, time.time() - 5000))

    def rows_kept(self, dataset: DatasetStore) -> set[int]:
        return {row for row in range(40) if not dataset.missing("B2", slab(slice(row, row + 1)))}

    def test_least_recently_used_go_first(self, tmp_path: Path) -> None:
        dataset = store_in(tmp_path).dataset(KEY)
        fill(dataset, *(slab(slice(row, row + 1)) for row in range(10)))
        size = files(tmp_path)[0].stat().st_size
        self.aged(tmp_path, {row: 1000 + 10 * row for row in range(10)})
        limited = store_in(tmp_path, 10 * size).dataset(KEY)
        fill(limited, slab(slice(20, 21)))
        assert self.rows_kept(limited) == {*range(8), 20}, "down to nine tenths, oldest first"

    def test_a_used_block_stays(self, tmp_path: Path) -> None:
        dataset = store_in(tmp_path).dataset(KEY)
        fill(dataset, *(slab(slice(row, row + 1)) for row in range(10)))
        size = files(tmp_path)[0].stat().st_size
        self.aged(tmp_path, {row: 1000 + 10 * row for row in range(10)})
        (oldest,) = tmp_path.rglob("9-10-1_*.block")
        before = oldest.stat()
        assert dataset.get("B2", slab(slice(9, 10)), U2) is not None
        assert oldest.stat().st_atime > time.time() - 60
        assert oldest.stat().st_mtime_ns == before.st_mtime_ns
        limited = store_in(tmp_path, 10 * size).dataset(KEY)
        fill(limited, slab(slice(20, 21)))
        assert self.rows_kept(limited) == {*range(7), 9, 20}

    def test_use_is_noted_in_the_time_of_access_alone(self, tmp_path: Path) -> None:
        """By us: nothing is read here, so that the file system has no reason to."""
        path = tmp_path / "block"
        path.write_bytes(b"")
        for ago, noted in ((1000, True), (30, False)):
            os.utime(path, (time.time() - ago, time.time() - 5000))
            before = path.stat()
            with path.open("rb") as file:
                touch(path, file)
            assert (path.stat().st_atime > before.st_atime + 100) == noted
            assert path.stat().st_mtime_ns == before.st_mtime_ns

    def test_one_block_may_take_all_the_room(self, tmp_path: Path) -> None:
        dataset = store_in(tmp_path).dataset(KEY)
        fill(dataset, slab())
        limit = int(1.05 * files(tmp_path)[0].stat().st_size)
        small = store_in(tmp_path, limit).dataset(KEY)
        fill(small, slab(), variable="B3")
        assert small.missing("B2", slab()) == [slab()]
        assert small.missing("B3", slab()) == []

    def test_what_is_being_written_is_not_evicted(self, tmp_path: Path) -> None:
        fill(store_in(tmp_path).dataset(KEY), slab())
        partial = files(tmp_path)[0].with_name("0a.partial")
        partial.write_bytes(bytes(10_000))
        os.utime(partial, (time.time() - 1800,) * 2)
        fill(store_in(tmp_path, 9000).dataset(KEY), slab(), variable="B3")
        assert partial.exists()

    def test_new_blocks_go_last(self, tmp_path: Path) -> None:
        dataset = store_in(tmp_path).dataset(KEY)
        fill(dataset, *(slab(slice(row, row + 1)) for row in range(10)))
        size = files(tmp_path)[0].stat().st_size
        for row in range(5):
            (path,) = tmp_path.rglob(f"{row}-{row + 1}-1_*.block")
            os.utime(path, (time.time() + 30, time.time() - 5000))
        limited = store_in(tmp_path, 10 * size).dataset(KEY)
        fill(limited, slab(slice(20, 21)))
        assert len(self.rows_kept(limited) & set(range(5))) == 3
        assert {*range(5, 10), 20} <= self.rows_kept(limited)

    def test_the_limit_holds_over_all_datasets(self, tmp_path: Path) -> None:
        limit = 20_000
        store = store_in(tmp_path, limit)
        for number in range(12):
            dataset = store.dataset(f"{KEY} {number}")
            fill(dataset, slab())
            assert store.info().bytes <= limit
        assert store.info().blocks >= 5
        held = {path.parent.parent for path in files(tmp_path)}
        folders = {path for path in (tmp_path / "opendap-1").iterdir() if path.is_dir()}
        assert held <= folders
        assert all(any(path.iterdir()) for path in folders), "empty folders stay behind"
        assert len(folders) < 12

    def test_a_block_above_the_limit_is_not_kept_and_pushes_nothing_out(
        self, tmp_path: Path
    ) -> None:
        store = store_in(tmp_path, TRUTH.nbytes)
        dataset = store.dataset(KEY)
        fill(dataset, slab(slice(0, 3)))
        dataset.put("f", slab(), TRUTH.astype("f8"))
        assert store.info().blocks == 1
        assert store.trouble is None

    def test_what_other_processes_wrote_counts(self, tmp_path: Path) -> None:
        limit = 20 * TRUTH.nbytes
        one, other = store_in(tmp_path, limit), store_in(tmp_path, limit)
        for number in range(30):
            fill((one, other)[number % 2].dataset(KEY), slab(), variable=f"v{number}")
        assert one.info().bytes <= 1.1 * limit

    def test_abandoned_files_go_after_an_hour(self, tmp_path: Path) -> None:
        fill(store_in(tmp_path).dataset(KEY), slab())
        folder = files(tmp_path)[0].parent
        old, fresh = folder / "0a.partial", folder / "0b.partial"
        for path, ago in ((old, 3700), (fresh, 1800)):
            path.write_bytes(b"half a block")
            os.utime(path, (time.time() - ago,) * 2)
        fill(store_in(tmp_path).dataset(KEY), slab(), variable="B3")
        assert not old.exists()
        assert fresh.exists()

    def test_while_another_process_makes_room_nothing_is_waited_for(self, tmp_path: Path) -> None:
        fcntl = pytest.importorskip("fcntl")
        fill(store_in(tmp_path).dataset(KEY), slab())
        with (tmp_path / "opendap-1" / "lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            small = store_in(tmp_path, int(1.5 * TRUTH.nbytes))
            fill(small.dataset(KEY), slab(), variable="B3")
            assert small.info().blocks == 2
        fill(small.dataset(KEY), slab(), variable="B4")
        assert small.info().blocks == 1


class TestWhole:
    def test_info_says_what_is_there(self, tmp_path: Path) -> None:
        store = store_in(tmp_path / "cache", 10**6)
        assert store.info().datasets == ()
        fill(store.dataset(KEY), slab(slice(0, 10)), slab(slice(10, 40)))
        fill(store.dataset("https://data.example.org/b.nc"), slab())
        found = store_in(tmp_path / "cache", 10**6).info()
        assert (found.folder, found.limit_bytes, found.blocks) == (tmp_path / "cache", 10**6, 3)
        assert found.bytes == sum(path.stat().st_size for path in files(tmp_path))
        other, one = sorted(found.datasets, key=lambda each: each.address)
        assert (one.address, one.state, one.blocks) == (
            "https://data.example.org/dodsC/a.nc", "stamp 1\nfingerprint", 2,
        )  # fmt: skip
        assert (other.address, other.state, other.blocks) == (
            "https://data.example.org/b.nc",
            "",
            1,
        )
        assert abs(one.used.timestamp() - time.time()) < 60

    @pytest.mark.parametrize("text", ["", "[]", '{"key": 5}', "{", "\udc80"])
    def test_info_bears_a_lost_description(self, tmp_path: Path, text: str) -> None:
        store = store_in(tmp_path)
        fill(store.dataset(KEY), slab())
        (about,) = tmp_path.rglob("dataset.json")
        assert json.loads(about.read_text())["key"] == KEY
        about.write_bytes(text.encode("utf-8", "surrogateescape"))
        assert store.info().blocks == 1

    def test_clear_frees_everything(self, tmp_path: Path) -> None:
        store = store_in(tmp_path)
        dataset = store.dataset(KEY)
        fill(dataset, slab())
        held = store.info().bytes
        assert store.clear() == held > TRUTH.nbytes
        assert store.info().datasets == ()
        assert {path.name for path in (tmp_path / "opendap-1").iterdir()} == {"CACHEDIR.TAG"}
        fill(dataset, slab())
        assert np.array_equal(dataset.get("B2", slab(), U2), TRUTH), "a cleared cache goes on"

    def test_only_the_owner_sees_it(self, tmp_path: Path) -> None:
        fill(store_in(tmp_path / "new" / "cache").dataset(KEY), slab())
        for path in (tmp_path / "new" / "cache", tmp_path / "new" / "cache" / "opendap-1"):
            assert stat.S_IMODE(path.stat().st_mode) == 0o700

    def test_a_temporary_store_goes_when_closed(self) -> None:
        with BlockStore.temporary(10**6) as store:
            dataset = store.dataset(KEY)
            fill(dataset, slab())
            assert np.array_equal(dataset.get("B2", slab(), U2), TRUTH)
            assert stat.S_IMODE(store.folder.stat().st_mode) == 0o700
        assert not store.folder.exists()
        assert dataset.get("B2", slab(), U2) is None

    def test_a_temporary_store_goes_with_its_process_alone(self, tmp_path: Path) -> None:
        code = """
import os
from icepair.dap.cache import BlockStore
import numpy as np
from icepair.dap.hyperslab import Hyperslab
store = BlockStore.temporary(1000)
store.dataset("https://a/b").put("a", Hyperslab.of([], (9,)), np.zeros(9))
child = os.fork() if hasattr(os, "fork") else None
if child == 0:
    raise SystemExit
if child:
    os.waitpid(child, 0)
assert store.info().bytes > 0
print(store.folder)
"""
        environment = {**os.environ, "TMPDIR": str(tmp_path)}
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True,
            check=True, timeout=60,
        )  # fmt: skip
        assert str(tmp_path) in done.stdout
        assert list(tmp_path.iterdir()) == []

    def test_what_a_killed_process_left_goes_with_the_next_store(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pytest.importorskip("fcntl")
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
        killed, live = self.owner(tmp_path), self.owner(tmp_path)
        left, working = (Path(each.stdout.readline().strip()) for each in (killed, live))
        killed.kill()
        killed.communicate(timeout=60)
        mine, link = tmp_path / "icepair-blocks-of-mine", tmp_path / "icepair-blocks-link"
        mine.mkdir()
        (mine / "thesis.tex").write_text("mine")
        (tmp_path / "elsewhere").mkdir()
        link.symlink_to(tmp_path / "elsewhere")
        try:
            BlockStore.temporary(1000).close()
            assert left.exists(), "one that was made just now is not touched"
            for each in tmp_path.iterdir():
                os.utime(each, (time.time() - 3600,) * 2)
            BlockStore.temporary(1000).close()
            assert not left.exists()
            assert list(working.rglob("*.block")), "a live one stays"
            assert (mine / "thesis.tex").exists()
            assert link.is_dir()
        finally:
            live.communicate("", timeout=60)
        assert not working.exists()

    def owner(self, folder: Path) -> subprocess.Popen[str]:
        """Process with a temporary store, which ends when it is told to."""
        code = """
import sys
import numpy as np
from icepair.dap.cache import BlockStore
from icepair.dap.hyperslab import Hyperslab
store = BlockStore.temporary(1000)
store.dataset("https://a/b").put("a", Hyperslab.of([], (9,)), np.zeros(9))
print(store.folder, flush=True)
sys.stdin.read()
"""
        return subprocess.Popen(
            [sys.executable, "-c", code], env={**os.environ, "TMPDIR": str(folder)},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def test_no_place_for_a_temporary_store(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("tempfile.tempdir", "/dev/null")
        store = BlockStore.temporary(1000)
        fill(store.dataset(KEY), slab())
        assert store.trouble is not None
        assert "set TMPDIR" in store.trouble
        assert store.dataset(KEY).get("B2", slab(), U2) is None

    def test_the_users_own_folder_by_default(self, monkeypatch: pytest.MonkeyPatch) -> None:
        if sys.platform == "linux":
            monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
            assert BlockStore(None, 1).folder == Path("/somewhere/icepair")
        assert BlockStore(None, 1).folder.name.lower() == "icepair"


def test_listings_are_not_trusted_while_they_may_be_young(tmp_path: Path) -> None:
    """What another store put within the same tick of the file system's clock is seen."""
    writer, reader = store_in(tmp_path).dataset(KEY), store_in(tmp_path).dataset(KEY)
    for row in range(40):
        one = slab(slice(row, row + 1))
        assert reader.get("B2", one, U2) is None
        fill(writer, one)
        assert np.array_equal(reader.get("B2", one, U2), TRUTH[one.slices])


def test_a_coarse_clock_of_the_file_system_hides_nothing(tmp_path: Path) -> None:
    writer, reader = store_in(tmp_path).dataset(KEY), store_in(tmp_path).dataset(KEY)
    fill(writer, slab(slice(0, 10)))
    folder, now = files(tmp_path)[0].parent, time.time()
    os.utime(folder, (now, now))
    assert reader.missing("B2", slab()) == [slab(slice(10, 40))]
    fill(writer, slab(slice(10, 40)))
    os.utime(folder, (now, now))
    assert reader.missing("B2", slab()) == []


def test_the_same_elements_are_kept_once(tmp_path: Path) -> None:
    dataset = store_in(tmp_path).dataset(KEY)
    for stop in (28, 29, 30):
        same = Hyperslab((0, 0), (40, stop), (1, 3))
        dataset.put("B2", same, TRUTH[same.slices])
    assert len(files(tmp_path)) == 1


def test_a_settled_listing_is_renewed_when_the_folder_changes(tmp_path: Path) -> None:
    writer, reader = store_in(tmp_path).dataset(KEY), store_in(tmp_path).dataset(KEY)
    fill(writer, slab(slice(0, 10)))
    folder = files(tmp_path)[0].parent
    os.utime(folder, (time.time() - 100,) * 2)
    assert reader.missing("B2", slab()) == [slab(slice(10, 40))]
    fill(writer, slab(slice(10, 40)))
    assert reader.missing("B2", slab()) == []
    os.utime(folder, (time.time() - 50,) * 2)
    assert reader.missing("B2", slab()) == []
    for path in files(tmp_path):
        path.unlink()
    assert reader.missing("B2", slab()) == [slab()]


def test_threads_share_one_store(tmp_path: Path) -> None:
    dataset = store_in(tmp_path, 12 * TRUTH.nbytes).dataset(KEY)
    wrong: list[str] = []

    def work(seed: int) -> None:
        rng = np.random.default_rng(seed)
        for _ in range(60):
            row, variable = int(rng.integers(0, 36)), f"v{rng.integers(0, 3)}"
            wish = slab(slice(row, row + 4))
            fill(dataset, *dataset.missing(variable, wish), variable=variable)
            found = dataset.get(variable, wish, U2)
            if found is not None and not np.array_equal(found, TRUTH[wish.slices]):
                wrong.append(f"{variable}{wish}")

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []

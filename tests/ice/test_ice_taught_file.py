"""Files of taught radars that were damaged, or made to harm."""

from __future__ import annotations

import copy
import gzip
import hashlib
import io
import json
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from icepair import TaughtRadar, load_taught_radar
from icepair.errors import DamagedFileError, InputError, OutputError, UnsupportedProductError
from icepair.ice.taught.correction import Correction
from icepair.ice.taught.features import feature_names
from icepair.ice.taught.radar import Lessons
from icepair.ice.taught.validity import Validity
from icepair.pipeline.recipe import Recipe
from icepair.pipeline.run import align


def _correction(count: int, seed: int) -> Correction:
    rng = np.random.default_rng(seed)
    centre, scale, linear, square = rng.uniform(0.5, 2.0, (4, count))
    return Correction(centre, scale, linear, square, 0.1 + 0.2, -1 / 3)


@pytest.fixture
def radar() -> TaughtRadar:
    names = feature_names(("HV", "HH"))
    lessons = Lessons(
        "S1B_EW_GRDM_é", "S2A_MSIL1C", "2019-08-27T05:23:59.964Z", "", "spectral", "place", 1234,
        (-812.5, 1e-7), 0.91, 0.0, 0.62, 0.013, None, "0f" * 32, "0.1.0",
    )  # fmt: skip
    validity = Validity(("HV", "HH"), 40.0, (28.25, 31.0), 8, "north")
    count = len(names)
    return TaughtRadar(_correction(count, 1), _correction(count + 1, 2), validity, lessons)


@pytest.fixture
def file(radar: TaughtRadar, tmp_path: Path) -> Path:
    radar.save(tmp_path / "radar.json")
    return tmp_path / "radar.json"


def _as_if_made_so(file: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the content and set the checksum right, as who wants to harm would."""
    whole = json.loads(file.read_text())
    change(whole["content"])
    text = json.dumps(whole["content"], sort_keys=True, separators=(",", ":"))
    whole["sha256"] = hashlib.sha256(text.encode()).hexdigest()
    file.write_text(json.dumps(whole))


def test_what_is_loaded_is_what_was_saved_to_the_last_digit(radar, file):
    loaded = load_taught_radar(file)
    assert (loaded.lessons, loaded.validity) == (radar.lessons, radar.validity)
    for one, other in ((loaded.first, radar.first), (loaded.second, radar.second)):
        assert (one.offset, one.of_guess) == (other.offset, other.of_guess)
        for name in ("centre", "scale", "linear", "square"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert [path.name for path in file.parent.iterdir()] == ["radar.json"]


def test_any_damaged_byte_is_found_or_harmless(radar, file):
    """A changed byte is an error of ours, or one that changes nothing (white space, a zero)."""
    whole = file.read_bytes()
    rng = np.random.default_rng(17)
    refused = 0
    for place in rng.integers(0, len(whole), 400):
        damaged = bytearray(whole)
        damaged[place] ^= int(rng.integers(1, 256))
        file.write_bytes(damaged)
        try:
            loaded = load_taught_radar(file)
        except (DamagedFileError, UnsupportedProductError):
            refused += 1
        else:
            assert repr(loaded.lessons) == repr(radar.lessons)
            np.testing.assert_array_equal(loaded.second.linear, radar.second.linear)
    assert refused > 250


def test_any_cut_is_found(file):
    whole = file.read_bytes().rstrip()
    for length in np.linspace(1, len(whole) - 1, 60).astype(int):
        file.write_bytes(whole[:length])
        with pytest.raises(DamagedFileError, match="cannot be read as JSON"):
            load_taught_radar(file)


class _Harm:
    def __reduce__(self) -> tuple[Any, ...]:
        return (os.mkdir, ("harmed",))


def _zip_bomb() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("centre.npy", bytes(50_000_000))
    return stream.getvalue()


def _npz_with_pickle() -> bytes:
    stream = io.BytesIO()
    np.savez(stream, centre=np.array([_Harm()], dtype=object))
    return stream.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        pickle.dumps(_Harm()), _npz_with_pickle(), _zip_bomb(),
        gzip.compress(b"{" + bytes(10_000_000)), b"", b"\x00\xff" * 20, b"[1, 2]",
        b"\xef\xbb\xbf{}",
    ],
    ids=["pickle", "npz", "zip bomb", "gzip", "empty", "bytes", "list", "mark"],
)  # fmt: skip
def test_other_kinds_are_refused_unread(content, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "radar.json").write_bytes(content)
    with pytest.raises((UnsupportedProductError, DamagedFileError), match=r"radar\.json"):
        load_taught_radar("radar.json")
    assert not (tmp_path / "harmed").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{" + " " * 300_000 + "}", "larger than 200000 bytes"),
        ('{"a":' * 60_000, "larger than|cannot be read as JSON"),
        ('{"a":' + "[" * 90_000 + "]" * 90_000 + "}", "cannot be read as JSON"),
        ('{"a": NaN}', "cannot be read as JSON"),
        ('{"a": ' + "9" * 100_000 + "}", "cannot be read as JSON"),
        ("{}", "is JSON, but no icepair taught radar"),
        ('{"format": "icepair taught radar"}', "its version is no whole number"),
        ('{"format": "icepair taught radar", "version": true}', "its version is no whole number"),
        ('{"format": "icepair taught radar", "version": 1}', "'content' is missing"),
        ('{"format": "icepair taught radar", "version": 1, "content": {"a": 1e999}}', "numbers"),
    ],
)
def test_json_that_is_no_taught_radar_is_refused(text, message, tmp_path):
    (tmp_path / "radar.json").write_text(text)
    with pytest.raises((UnsupportedProductError, DamagedFileError), match=message):
        load_taught_radar(tmp_path / "radar.json")


@pytest.mark.parametrize(("version", "word"), [(2, "newer"), (0, "older"), (10**300, "newer")])
def test_another_version_is_told_from_damage(file, version, word):
    whole = json.loads(file.read_text()) | {"version": version}
    file.write_text(json.dumps(whole))
    with pytest.raises(UnsupportedProductError, match=f"this icepair reads 1. Use the {word}"):
        load_taught_radar(file)


def test_a_changed_number_does_not_fit_the_checksum(file):
    whole = json.loads(file.read_text())
    whole["content"]["first"]["offset"] += 1e-12
    file.write_text(json.dumps(whole))
    with pytest.raises(DamagedFileError, match="its checksum does not fit"):
        load_taught_radar(file)


def _set(*path: Any, to: Any) -> Callable[[dict[str, Any]], None]:
    def change(content: dict[str, Any]) -> None:
        part: Any = content
        for key in path[:-1]:
            part = part[key]
        part[path[-1]] = copy.deepcopy(to)

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_set("first", "features", 3, "scale", to=0.0), "'scale' is no number from 0.001 to 200"),
        (_set("first", "features", 3, "linear", to=1e300), "'linear' is no number"),
        (_set("first", "features", 3, "linear", to=10**4000), "'linear' is no number"),
        (_set("first", "features", 3, "linear", to=True), "'linear' is no number"),
        (_set("first", "features", 3, "linear", to=[1] * 9), "'linear' is no number"),
        (_set("first", "features", 3, "feature", to="HH cell"), "'HV mean over 11' is missing"),
        (_set("first", "features", to=[{}] * 9), "does not have the 14 features"),
        (_set("second", "features", to={}), "does not have the 15 features"),
        (_set("second", to=7), "'second' is missing"),
        (_set("first", "offset", to="0"), "'offset' is no number"),
        (_set("validity", "polarisations", to=["HV"]), "does not have the 7 features"),
        (_set("validity", "polarisations", to=["HV"] * 9), "are not one or two"),
        (_set("validity", "polarisations", to=[["HV"], 1]), "a polarisation that no radar has"),
        (_set("validity", "incidence_deg", to=[31.0, 28.0]), "ends before it begins"),
        (_set("validity", "incidence_deg", to=[31.0]), "is no least and greatest"),
        (_set("validity", "month", to=13), "'month' is no number from 1 to 12"),
        (_set("validity", "hemisphere", to=["north"]), "neither north nor south"),
        (_set("lessons", "s1_product", to="\x1b[2J"), "'s1_product' is no short, plain text"),
        (_set("lessons", "s2_product", to="x" * 301), "'s2_product' is no short, plain text"),
        (_set("lessons", "by", to="hand"), "neither by place nor by area"),
        (_set("lessons", "network", to="../" * 21 + "x"), "checksum of its network is none"),
        (_set("lessons", "displacement_m", to=[1]), "displacement is no two numbers"),
        (_set("lessons", "held_out_error", to=-0.1), "'held_out_error' is no number from 0 to 1"),
    ],
)
def test_content_that_no_lessons_give_is_refused_though_its_checksum_fits(file, change, message):
    _as_if_made_so(file, change)
    with pytest.raises(DamagedFileError, match=message):
        load_taught_radar(file)


def test_values_of_any_kind_anywhere_end_in_one_error(file):
    """Each place of the content in turn holds what does not belong there."""
    whole = json.loads(file.read_text())
    places: list[tuple[Any, ...]] = []

    def walk(part: Any, path: tuple[Any, ...]) -> None:
        places.append(path)
        if isinstance(part, dict | list):
            for key in part if isinstance(part, dict) else range(len(part)):
                walk(part[key], (*path, key))

    walk(whole["content"], ())
    rng = np.random.default_rng(8)
    wrong = [None, {}, [], "", "\ud800", -1e308, 10**400, False, [[]], {"feature": 1}]
    for path in places[1:]:
        file.write_text(json.dumps(whole))
        value = wrong[int(rng.integers(len(wrong)))]
        _as_if_made_so(file, _set(*path, to=value))
        try:
            loaded = load_taught_radar(file)
        except DamagedFileError:
            continue
        # What may be unknown, and texts that may be empty.
        assert value is None or value == ""
        assert isinstance(loaded, TaughtRadar)


def test_what_is_no_file_is_told(tmp_path):
    with pytest.raises(InputError, match="No such file"):
        load_taught_radar(tmp_path / "none.json")
    with pytest.raises(InputError, match="is no file"):
        load_taught_radar(tmp_path)
    with pytest.raises(InputError, match="is no name of a file"):
        load_taught_radar("a\0b")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="is no file"):
        load_taught_radar(tmp_path / "pipe")


def test_a_file_that_cannot_be_written_leaves_what_was_there(radar, file, tmp_path):
    before = file.read_bytes()
    with pytest.raises(OutputError, match="cannot be written"):
        radar.save(tmp_path / "nowhere" / "radar.json")
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputError, match="cannot be written"):
        radar.save(tmp_path / "folder")
    assert file.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "radar.json"]


def test_align_refuses_the_file_before_it_opens_a_scene(tmp_path):
    recipe = Recipe.from_options(s1_mask=f"Taught:{tmp_path / 'None.json'}")
    assert recipe.s1_mask == f"taught:{tmp_path / 'None.json'}"
    with pytest.raises(InputError, match=r"None\.json"):
        align("no-scene.nc", "no-scene.nc", tmp_path / "out", recipe)
    assert not (tmp_path / "out").exists()

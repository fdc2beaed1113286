"""Folders and zips of strangers: what is found in them, and what is never done."""

from __future__ import annotations

import hashlib
import os
import pickle
import stat
import zipfile
from pathlib import Path

import pytest

from icepair.errors import (
    DamagedFileError,
    InputError,
    UnsupportedProductError,
    UsageError,
)
from icepair.products.open import open_scene
from icepair.products.safe.archive import holds_safe, open_archive
from icepair.products.safe.manifest import read_manifest
from icepair.products.safe.stores import member_name
from icepair.testing.safe.packing import zip_product

NAME = "S1A_EW_GRDM_1SDH_20221130T014342_20221130T014446_046117_058549_BB15"
FILES = {"manifest.safe": b"<m/>", "annotation/a.xml": b"<a/>", "measurement/a.tiff": b"II*\0"}


def _folder(root: Path, files: dict[str, bytes] = FILES) -> Path:
    safe = root / f"{NAME}.SAFE"
    for name, content in files.items():
        (safe / name).parent.mkdir(parents=True, exist_ok=True)
        (safe / name).write_bytes(content)
    return safe


def _zip(path: Path, files: dict[str, bytes], top: str = f"{NAME}.SAFE/") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(top + name, content)
    return path


@pytest.fixture
def safe(tmp_path: Path) -> Path:
    return _folder(tmp_path)


def test_folder_and_zips_hold_the_same(safe: Path, tmp_path: Path) -> None:
    places = [
        safe,
        safe / "manifest.safe",
        safe / "annotation",
        zip_product(safe),
        zip_product(safe, name="stored", deflate=False),
        zip_product(safe, name="bare.zip", top=""),
        zip_product(safe, name="deeper.zip", top=f"downloads/{NAME}.SAFE"),
        zip_product(safe, name="without-suffix.zip", top=NAME),
    ]
    for place in places:
        assert holds_safe(str(place))
        archive = open_archive(place)
        assert archive.members == tuple(sorted(FILES))
        assert {name: archive.read(name) for name in archive.members} == FILES
        assert b"".join(archive.pieces("measurement/a.tiff")) == FILES["measurement/a.tiff"]
        assert archive.name == ("bare" if place.name == "bare.zip" else NAME)
        assert pickle.loads(pickle.dumps(archive)).members == archive.members


def test_a_folder_that_holds_one_product_stands_for_it(safe: Path) -> None:
    assert open_archive(safe.parent).name == NAME


def test_a_product_has_one_name_by_whatever_way(safe: Path) -> None:
    link = safe.parent / "link"
    link.symlink_to(safe)
    assert open_archive(link).name == NAME
    assert open_archive(f"{safe}/annotation/..").name == NAME


def test_what_the_address_points_to_inside_is_kept(safe: Path) -> None:
    assert open_archive(safe / "annotation").inside == "annotation"
    assert open_archive(safe).inside == ""


def test_relative_and_home_paths(safe: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(safe / "annotation")
    assert open_archive("..").members == tuple(sorted(FILES))
    assert open_archive("a.xml").inside == "annotation/a.xml"
    monkeypatch.setenv("HOME", str(safe.parent))
    assert open_archive(f"~/{safe.name}").members == tuple(sorted(FILES))


def test_patterns_disregard_case(safe: Path) -> None:
    assert open_archive(safe).matching("ANNOTATION/*.xml") == ("annotation/a.xml",)


@pytest.mark.parametrize(
    "name",
    [
        "../evil", "a/../../evil", "/etc/passwd", "C:/evil", "c:evil", "a\\..\\evil", "~/evil", "",
        "a\0b",
    ],
)  # fmt: skip
def test_references_that_leave_a_product(name: str) -> None:
    with pytest.raises(DamagedFileError, match="refers to a file outside itself"):
        member_name(name, "product.zip")


def test_references_inside() -> None:
    assert member_name("./annotation//x.xml", "product.zip") == "annotation/x.xml"
    assert member_name("a..b/c...xml", "product.zip") == "a..b/c...xml"


def test_a_zip_whose_member_leaves_it(tmp_path: Path) -> None:
    path = _zip(tmp_path / "p.zip", {**FILES, "../../evil.txt": b"x"})
    with pytest.raises(DamagedFileError, match=r"outside itself, .*evil\.txt"):
        open_archive(path)


def test_a_manifest_that_refers_outside(tmp_path: Path) -> None:
    entry = '<byteStream><fileLocation href="../../secret"/></byteStream>'
    manifest = f"<x><dataObjectSection><dataObject>{entry}</dataObject></dataObjectSection></x>"
    safe = _folder(tmp_path, {**FILES, "manifest.safe": manifest.encode()})
    with pytest.raises(DamagedFileError, match="outside itself"):
        read_manifest(open_archive(safe))


def test_links_out_of_a_folder(safe: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    (safe / "annotation" / "b.xml").symlink_to(tmp_path / "secret")
    with pytest.raises(DamagedFileError, match="is a link to a file outside the product"):
        open_archive(safe)


def test_links_within_a_folder_and_to_it(safe: Path, tmp_path: Path) -> None:
    (safe / "annotation" / "b.xml").symlink_to(safe / "annotation" / "a.xml")
    other = tmp_path / "elsewhere"
    other.mkdir()
    (other / safe.name).symlink_to(safe)
    archive = open_archive(other / safe.name)
    assert archive.read("annotation/b.xml") == FILES["annotation/a.xml"]


def test_links_to_folders_are_not_followed(safe: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "x.xml").write_text("x")
    (safe / "annotation" / "more").symlink_to(outside)
    assert open_archive(safe).members == tuple(sorted(FILES))


def test_a_link_in_a_zip(tmp_path: Path) -> None:
    path = _zip(tmp_path / "p.zip", FILES)
    with zipfile.ZipFile(path, "a") as archive:
        link = zipfile.ZipInfo(f"{NAME}.SAFE/annotation/b.xml")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(DamagedFileError, match=r"b\.xml of .* is a link"):
        open_archive(path)


def test_a_zip_that_was_cut_short(tmp_path: Path) -> None:
    path = _zip(tmp_path / "p.zip", {**FILES, "big": os.urandom(4000)})
    whole = path.read_bytes()
    for length in (len(whole) - 1, len(whole) // 2, 10):
        path.write_bytes(whole[:length])
        with pytest.raises(DamagedFileError, match="cut short"):
            open_archive(path)


def test_damage_inside_a_zip(tmp_path: Path) -> None:
    path = _zip(tmp_path / "p.zip", {**FILES, "annotation/b.xml": os.urandom(4000)})
    data = bytearray(path.read_bytes())
    data[data.index(b"annotation/b.xml") + 1000] ^= 0xFF
    path.write_bytes(bytes(data))
    archive = open_archive(path)
    with pytest.raises(DamagedFileError, match=r"annotation/b\.xml .* cannot be unpacked"):
        archive.read("annotation/b.xml")


def test_a_member_that_is_there_twice(tmp_path: Path) -> None:
    path = _zip(tmp_path / "p.zip", FILES)
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr(f"{NAME}.SAFE/annotation/a.xml", "<other/>")
    with pytest.raises(DamagedFileError, match=r"annotation/a\.xml 2 times"):
        open_archive(path)


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = _zip(tmp_path / "p.zip", {**FILES, "annotation/b.xml": b" " * (8 * 2**20)})
    with pytest.raises(DamagedFileError, match="no metadata does; it is not unpacked"):
        open_archive(path).read("annotation/b.xml")


def test_metadata_beyond_every_measure(safe: Path) -> None:
    with pytest.raises(DamagedFileError, match="no Sentinel product needs"):
        open_archive(safe).read("annotation/a.xml", limit=3)


def test_an_encrypted_zip(tmp_path: Path) -> None:
    path = _zip(tmp_path / "p.zip", FILES)
    data = bytearray(path.read_bytes())
    for at in (data.index(b"PK\x03\x04") + 6, data.index(b"PK\x01\x02") + 8):
        data[at] |= 1
    path.write_bytes(bytes(data))
    with pytest.raises(UnsupportedProductError, match="is encrypted; unpack it first"):
        open_archive(path)


def test_packing_that_images_cannot_be_read_through(tmp_path: Path) -> None:
    path = tmp_path / "p.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr(f"{NAME}.SAFE/manifest.safe", "<m/>")
    with pytest.raises(UnsupportedProductError, match=r"\(number 14\).*Unpack it"):
        open_archive(path)


def test_several_products_in_one_zip(tmp_path: Path) -> None:
    path = tmp_path / "two.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("S1A_one.SAFE", "S1A_two.SAFE"):
            archive.writestr(f"{name}/manifest.safe", "<m/>")
    with pytest.raises(UsageError, match=r"2 products \(S1A_one.SAFE, S1A_two.SAFE\)"):
        open_archive(path)


@pytest.mark.parametrize("files", [{"readme.txt": b"x"}, {}])
def test_a_zip_of_something_else(tmp_path: Path, files: dict[str, bytes]) -> None:
    path = _zip(tmp_path / "p.zip", files or {"x/": b""}, top="")
    with pytest.raises(UnsupportedProductError, match="no Sentinel product"):
        open_scene(path)


@pytest.mark.parametrize(
    ("name", "error", "reason"),
    [
        ("nothing.SAFE", DamagedFileError, "There is no file"),
        ("nothing.zip", DamagedFileError, "There is no file"),
        ("n" * 300 + ".SAFE", DamagedFileError, "There is no file"),
        ("n" * 300, DamagedFileError, "There is no file"),
        ("no\0thing.zip", DamagedFileError, "There is no file"),
        ("~nobody-of-that-name/p.zip", DamagedFileError, "There is no file"),
        ("empty.SAFE", DamagedFileError, r"neither manifest\.safe nor"),
        ("empty", UnsupportedProductError, "is a folder"),
    ],
)
def test_no_product(tmp_path: Path, name: str, error: type[InputError], reason: str) -> None:
    if name.startswith("empty"):
        (tmp_path / name).mkdir()
    with pytest.raises(error, match=reason):
        open_scene(name if name.startswith("~") else tmp_path / name)


def test_a_missing_member(safe: Path) -> None:
    with pytest.raises(DamagedFileError, match=r"lacks annotation/b\.xml"):
        open_archive(safe).read("annotation/b.xml")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_no_permission(safe: Path) -> None:
    (safe / "annotation" / "a.xml").chmod(0)
    with pytest.raises(DamagedFileError, match="Check its permissions"):
        open_archive(safe).read("annotation/a.xml")


def test_checksums_of_the_manifest(tmp_path: Path) -> None:
    entry = (
        '<dataObject><byteStream><fileLocation href="./annotation/a.xml"/>'
        '<checksum checksumName="MD5">{}</checksum></byteStream></dataObject>'
    )
    form = f"<x><dataObjectSection>{entry}</dataObjectSection></x>"
    right = hashlib.md5(FILES["annotation/a.xml"], usedforsecurity=False).hexdigest()
    for value, fits in ((right, True), (right.upper(), True), ("0" * 32, False)):
        safe = _folder(tmp_path, {**FILES, "manifest.safe": form.format(value).encode()})
        manifest = read_manifest(open_archive(safe))
        manifest.verify("measurement/a.tiff")  # not listed: nothing to compare with
        if fits:
            assert manifest.document("annotation/a.xml").element.tag == "a"
            manifest.verify("annotation/a.xml")
            continue
        for prove in (manifest.document, manifest.verify):
            with pytest.raises(DamagedFileError, match="not the file that the manifest lists"):
                prove("annotation/a.xml")

"""Hostile and broken zips: each is refused with a sentence, and nothing lands outside of the target."""

import io
import stat
import struct
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from labs.exams import intake
from labs.exams.errors import IntakeError
from labs.exams.intake import unpack_zip


def zipped(path: Path, entries: dict[str, bytes], *, compression: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


def refusal(archive: Path, target: Path) -> str:
    with pytest.raises(IntakeError) as refused:
        unpack_zip(archive, target)
    return str(refused.value)


def test_plain_files_come_out_as_they_went_in(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", {"academy.yaml": b"x", "src/router.py": b"y" * 70_000, "src/ü.txt": b""})
    unpack_zip(archive, tmp_path / "out")
    assert (tmp_path / "out/src/router.py").read_bytes() == b"y" * 70_000
    assert (tmp_path / "out/src/ü.txt").exists()


def test_one_folder_around_everything_is_taken_off(tmp_path: Path) -> None:
    unpack_zip(zipped(tmp_path / "a.zip", {"project-main/": b"", "project-main/academy.yaml": b"x"}), tmp_path / "out")
    assert (tmp_path / "out/academy.yaml").read_bytes() == b"x"


@pytest.mark.parametrize(
    "name", ["../evil", "a/../../evil", "/etc/evil", "C:\\evil", "a\\..\\evil", "a\x1fb", "a\u202eb", "..", "con:evil"]
)
def test_names_that_lead_elsewhere_are_refused(tmp_path: Path, name: str) -> None:
    assert "entry" in refusal(zipped(tmp_path / "a.zip", {"ok": b"", name: b"x"}), tmp_path / "out")
    assert not (tmp_path / "evil").exists()


def test_a_nul_in_a_name_is_refused(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", {"okXevil": b""})
    archive.write_bytes(archive.read_bytes().replace(b"okXevil", b"ok\x00evil"))
    refusal(archive, tmp_path / "out")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK])
def test_links_and_devices_are_refused(tmp_path: Path, kind: int) -> None:
    entry = zipfile.ZipInfo("link")
    entry.create_system, entry.external_attr = 3, (kind | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(entry, "/etc/passwd")
    assert "link or a device" in refusal(tmp_path / "a.zip", tmp_path / "out")


@pytest.mark.parametrize(
    "names",
    [["a", "a"], ["Readme", "README"], ["\u00e9", "e\u0301"], ["a/b", "a/./b"]],
    ids=["same", "case", "accent", "dot"],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_names_that_meet_are_refused(tmp_path: Path, names: list[str]) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    assert "two entries" in refusal(tmp_path / "a.zip", tmp_path / "out")


def test_a_file_that_is_also_a_folder_is_refused(tmp_path: Path) -> None:
    assert "as the folder" in refusal(zipped(tmp_path / "a.zip", {"a": b"", "a/b": b""}), tmp_path / "out")


def test_too_deep_is_refused(tmp_path: Path) -> None:
    assert "12 levels" in refusal(zipped(tmp_path / "a.zip", {"d/" * 12 + "f": b""}), tmp_path / "out")


def test_encrypted_is_refused(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", {"secret": b"x"})
    raw = bytearray(archive.read_bytes())
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    archive.write_bytes(raw)
    assert "encrypted" in refusal(archive, tmp_path / "out")


def test_a_bomb_is_refused_by_its_header(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", {"bomb": bytes(intake.MAX_UNPACKED_BYTES + 1)})
    assert "larger than 100 MiB" in refusal(archive, tmp_path / "out")


def test_a_bomb_that_lies_about_its_size_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "MAX_UNPACKED_BYTES", 1_000_000)
    archive = zipped(tmp_path / "a.zip", {"bomb": bytes(5_000_000)})
    lie(archive, size=10)
    refusal(archive, tmp_path / "out")
    written = sum(path.stat().st_size for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert written <= 1_000_000


def lie(archive: Path, *, size: int) -> None:
    raw = bytearray(archive.read_bytes())
    struct.pack_into("<L", raw, raw.index(b"PK\x01\x02") + 24, size)
    struct.pack_into("<L", raw, raw.index(b"PK\x03\x04") + 22, size)
    archive.write_bytes(raw)


def test_a_million_entries_are_refused_before_they_are_read(tmp_path: Path) -> None:
    entry = struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    directory = (entry * 1_000_000)[: 19 * 1024 * 1024]
    for declared in (1_000_000 % 65_536, 1, 0xFFFF):
        end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, declared, declared, len(directory), 0, 0)
        (tmp_path / "a.zip").write_bytes(directory + end)
        started = time.process_time()
        refusal(tmp_path / "a.zip", tmp_path / "out")
        assert time.process_time() - started < 1  # reading them all takes several seconds


def test_many_entries_under_a_small_count_are_refused(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", {f"f{i}": b"" for i in range(intake.MAX_ENTRIES + 1)})
    raw = bytearray(archive.read_bytes())
    struct.pack_into("<2H", raw, raw.rindex(b"PK\x05\x06") + 8, 5, 5)
    archive.write_bytes(raw)
    assert "2,000 entries" in refusal(archive, tmp_path / "out")


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: b"",
        lambda raw: b"not a zip at all",
        lambda raw: raw[: len(raw) // 2],
        lambda raw: raw.replace(b"PK\x03\x04", b"PK\x09\x09"),
        lambda raw: raw[:40] + bytes(20) + raw[60:],
        lambda raw: raw[:-10],
    ],
    ids=["empty", "text", "half", "no local header", "damaged data", "cut end"],
)
def test_broken_zips_are_refused(tmp_path: Path, change: Callable[[bytes], bytes]) -> None:
    good = io.BytesIO()
    with zipfile.ZipFile(good, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", bytes(range(256)) * 20)
    (tmp_path / "a.zip").write_bytes(change(good.getvalue()))
    refusal(tmp_path / "a.zip", tmp_path / "out")


def test_an_empty_zip_and_a_large_one_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "empty" in refusal(zipped(tmp_path / "a.zip", {}), tmp_path / "out")
    monkeypatch.setattr(intake, "MAX_ZIP_BYTES", 10)
    assert "larger than" in refusal(zipped(tmp_path / "b.zip", {"a": b""}), tmp_path / "out2")

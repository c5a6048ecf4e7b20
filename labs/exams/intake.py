"""Unpacks a learner's zip, by the one function that may; repositories come in by `git.fetch_git`.

A zip is believed in nothing that it says about itself: its end record is checked before Python's reader builds
an object for every entry, and bytes are counted as they come out.
"""

import os
import stat
import struct
import unicodedata
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from labs.exams.errors import IntakeError

MEBIBYTE = 1024 * 1024
MAX_ZIP_BYTES = 20 * MEBIBYTE
MAX_UNPACKED_BYTES = 100 * MEBIBYTE
MAX_ENTRIES = 2_000
MAX_DEPTH = 12
MAX_NAME_BYTES = 255
MAX_DIRECTORY_BYTES = MAX_ENTRIES * 1024
_END_RECORD = struct.Struct("<4s4H2LH")
_END_SIGNATURE = b"PK\x05\x06"
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_CHUNK = 64 * 1024
_RESERVED = frozenset('<>:"|?*\\')


def unpack_zip(archive: Path, target: Path) -> None:
    """Unpack into the new folder `target`; an IntakeError says what is wrong, and then `target` is worth nothing.

    Guaranteed: every file written lies inside `target`, is a plain file, and all of them together are within
    the limits. One folder around everything, as GitHub makes it, is taken off.
    """
    size = archive.stat().st_size
    if size > MAX_ZIP_BYTES:
        raise IntakeError(f"The zip is larger than {MAX_ZIP_BYTES // MEBIBYTE} MiB. Leave data and environments out.")
    with archive.open("rb") as file:
        _check_end_record(file, size)
        try:
            with zipfile.ZipFile(file) as opened:
                entries = _checked(opened.infolist())
                target.mkdir(parents=True)
                _extract(opened, entries, target)
        except (zipfile.BadZipFile, zlib.error, EOFError, struct.error, NotImplementedError, RuntimeError) as error:
            raise IntakeError(f"The zip is damaged and cannot be unpacked ({error}). Make it anew.") from error
        except (ValueError, OverflowError, UnicodeError) as error:
            raise IntakeError(f"The zip holds something that no zip of files holds ({error}). Make it anew.") from error


def _check_end_record(file: BinaryIO, size: int) -> None:
    """Refuse too many entries before anything is built from them."""
    file.seek(max(0, size - 65_535 - _END_RECORD.size))
    tail = file.read()
    at = tail.rfind(_END_SIGNATURE)
    if at < 0 or len(tail) - at < _END_RECORD.size:
        raise IntakeError("This is not a zip file, or it was cut off. Upload the zip again.")
    _, disk, start_disk, here, total, directory_bytes, offset, _ = _END_RECORD.unpack_from(tail, at)
    if disk or start_disk or here != total:
        raise IntakeError("The zip is one part of several. Make it in one piece.")
    if total > MAX_ENTRIES or 0xFFFF in (here, total) or 0xFFFFFFFF in (directory_bytes, offset):
        raise IntakeError(f"The zip has more than {MAX_ENTRIES:,} entries. Leave data and environments out.")
    if b"PK\x06\x07" in tail[max(0, at - 20) : at]:
        raise IntakeError("The zip is in the format for huge archives (zip64). Make it without.")
    if directory_bytes > MAX_DIRECTORY_BYTES:
        raise IntakeError("The zip's list of names is too long. Make it anew, with plain names and no comments.")


def _checked(entries: list[zipfile.ZipInfo]) -> list[tuple[zipfile.ZipInfo, PurePosixPath]]:
    if not entries:
        raise IntakeError("The zip is empty. Put the files of your project in.")
    if len(entries) > MAX_ENTRIES:
        raise IntakeError(f"The zip has more than {MAX_ENTRIES:,} entries. Leave data and environments out.")
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
        raise _too_large()
    checked, seen = [], set[str]()
    for entry in entries:
        path = _safe_path(entry)
        # What only differs in case or in how accents are written is one file on some machines.
        key = unicodedata.normalize("NFKC", str(path)).casefold()
        if key in seen:
            raise IntakeError(f"The zip has two entries named {_shown(path)}. Keep one.")
        seen.add(key)
        checked.append((entry, path))
    _refuse_files_used_as_folders(checked)
    return checked


def _safe_path(entry: zipfile.ZipInfo) -> PurePosixPath:
    name, shown = entry.orig_filename, _shown(entry.orig_filename)
    path = PurePosixPath(name)
    if not name or path.is_absolute() or ".." in path.parts or not path.parts:
        raise IntakeError(
            f"The zip's entry {shown} points outside of its folder. Make the zip from inside the project."
        )
    if any(char in _RESERVED or unicodedata.category(char) in ("Cc", "Cf", "Cs") for char in name):
        raise IntakeError(f"The zip's entry {shown} has a character that no file name should have. Rename it.")
    if len(path.parts) > MAX_DEPTH:
        raise IntakeError(f"The zip's entry {shown} is more than {MAX_DEPTH} levels deep. Flatten the project.")
    if any(len(part.encode()) > MAX_NAME_BYTES for part in path.parts):
        raise IntakeError(f"The zip's entry {shown} has too long a name. Shorten it.")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR) or ((kind == stat.S_IFDIR) != entry.is_dir() and kind):
        raise IntakeError(f"The zip's entry {shown} is a link or a device. Put plain files in.")
    if entry.flag_bits & 0x41:
        raise IntakeError(f"The zip's entry {shown} is encrypted. Make the zip without a password.")
    if entry.compress_type not in _METHODS:
        raise IntakeError(f"The zip's entry {shown} is compressed in an unusual way. Use plain zip (deflate).")
    return path


def _refuse_files_used_as_folders(checked: list[tuple[zipfile.ZipInfo, PurePosixPath]]) -> None:
    files = {path for entry, path in checked if not entry.is_dir()}
    for _, path in checked:
        if not files.isdisjoint(path.parents):
            raise IntakeError(f"The zip uses a file as the folder of {_shown(path)}. Make it anew.")


def _extract(opened: zipfile.ZipFile, entries: list[tuple[zipfile.ZipInfo, PurePosixPath]], target: Path) -> None:
    skip = _outer_folder(entries)
    left = MAX_UNPACKED_BYTES
    for entry, path in entries:
        inside = target.joinpath(*path.parts[skip:])
        if entry.is_dir():
            inside.mkdir(parents=True, exist_ok=True)
            continue
        inside.parent.mkdir(parents=True, exist_ok=True)
        left -= _write(opened, entry, inside, left=left)


def _write(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, inside: Path, *, left: int) -> int:
    """The number of bytes that really came out."""
    descriptor = os.open(inside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
    written = 0
    with os.fdopen(descriptor, "wb") as writer, opened.open(entry) as reader:
        while chunk := reader.read(_CHUNK):
            written += len(chunk)
            if written > left:
                raise _too_large()
            writer.write(chunk)
    if written != entry.file_size:
        raise IntakeError(f"The zip lies about the size of {_shown(entry.orig_filename)}. Make it anew.")
    if (entry.external_attr >> 16) & stat.S_IXUSR:
        inside.chmod(0o755)
    return written


def _outer_folder(entries: list[tuple[zipfile.ZipInfo, PurePosixPath]]) -> int:
    tops = {path.parts[0] for _, path in entries}
    is_wrapped = len(tops) == 1 and all(len(path.parts) > 1 or entry.is_dir() for entry, path in entries)
    return int(is_wrapped)


def _too_large() -> IntakeError:
    limit = MAX_UNPACKED_BYTES // MEBIBYTE
    return IntakeError(f"Unpacked, the zip is larger than {limit} MiB. Leave data and environments out.")


def _shown(name: object) -> str:
    text = repr(str(name))
    return text if len(text) <= 80 else text[:77] + "...'"

"""Packs a folder into a zip that depends on nothing but its files: same names and bytes, same archive."""

import stat
import zipfile
from pathlib import Path
from typing import IO

_LONG_AGO = (1980, 1, 1, 0, 0, 0)


def pack(folder: Path, archive: Path | IO[bytes]) -> None:
    """Write every plain file of the folder into the new archive; what Python compiled is none of the folder's."""
    with zipfile.ZipFile(archive, "x", zipfile.ZIP_DEFLATED) as opened:
        for path in sorted(path for path in folder.rglob("*") if _is_packed(path)):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _LONG_AGO)
            executable = bool(path.stat().st_mode & stat.S_IXUSR)
            entry.external_attr = (stat.S_IFREG | (0o755 if executable else 0o644)) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            opened.writestr(entry, path.read_bytes())


def _is_packed(path: Path) -> bool:
    return path.is_file() and not path.is_symlink() and "__pycache__" not in path.parts

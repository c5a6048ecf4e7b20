"""Writes at most so many bytes of a regular file to standard output; 3 when there is none. Follows no links.

Arguments: the folder, the path within it, the most bytes.
"""

import os
import stat
import sys


def opened(folder: str, parts: list[str]) -> int:
    here = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    for part in parts[:-1]:
        here = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=here)
    # Without O_NONBLOCK a named pipe would hold us up for ever.
    return os.open(parts[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=here)


def main(folder: str, path: str, most: str) -> int:
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if not parts or ".." in parts or path.startswith("/"):
        return 3
    try:
        file = opened(folder, parts)
        if not stat.S_ISREG(os.fstat(file).st_mode):
            return 3
        left = int(most)
        while left > 0 and (piece := os.read(file, min(left, 65536))):
            sys.stdout.buffer.write(piece)
            left -= len(piece)
    except OSError:
        return 3
    return 0


sys.exit(main(*sys.argv[1:]))

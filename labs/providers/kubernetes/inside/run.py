"""Runs one command and ends all that it left. Arguments: seconds, a mark, the command.

Exits as the command did; 128 and the signal's number when one ended it, 250 when its time was over, 127 when it could
not be started.
"""

import os
import pathlib
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

MARK = "ACADEMY_RUN"


def marked(mark: str) -> Iterator[int]:
    """Processes that carry the mark in their environment; the command's children inherit it."""
    wanted = f"{MARK}={mark}".encode()
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                if wanted in (entry / "environ").read_bytes().split(b"\0"):
                    yield int(entry.name)
            except OSError:
                continue


def end_all(mark: str) -> None:
    for _ in range(20):
        left = list(marked(mark))
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                continue
        if not left:
            return
        time.sleep(0.02)


def main(seconds: str, mark: str, *command: str) -> int:
    try:
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, env={**os.environ, MARK: mark}, start_new_session=True
        )
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
        return 127
    try:
        code = child.wait(timeout=float(seconds))
    except subprocess.TimeoutExpired:
        code = 250
    end_all(mark)
    return code if code >= 0 else 128 - code


sys.exit(main(*sys.argv[1:]))

"""Becomes another program that dies with whoever asked for it; run by path, so that it costs a bare interpreter.

A function between fork and exec (`preexec_fn`) can deadlock in a process with threads, as the web and the workers are.
"""

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Sequence

_PR_SET_PDEATHSIG = 1
_NO_LIMIT = 0


def tethered(command: Sequence[str], *, file_bytes: int = _NO_LIMIT, open_files: int = _NO_LIMIT) -> list[str]:
    """`command` as a child of this process that gets SIGKILL when this one dies (Linux), within these limits."""
    before = [sys.executable, "-I", "-S", __file__, str(os.getpid()), str(file_bytes), str(open_files)]
    return [*before, *command]


def become(parent: int, command: Sequence[str], *, file_bytes: int, open_files: int) -> None:
    """Replace this process by `command`; the tie and the limits stay."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it died before the line above took hold
            os._exit(1)
    for kind, wanted in ((resource.RLIMIT_FSIZE, file_bytes), (resource.RLIMIT_NOFILE, open_files)):
        if wanted != _NO_LIMIT:
            hard = resource.getrlimit(kind)[1]
            value = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
            resource.setrlimit(kind, (value, value))
    if file_bytes != _NO_LIMIT:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        os.execvp(command[0], list(command))  # noqa: S606 - the argv of whoever asked, no shell
    except OSError as error:
        sys.exit(f"{command[0]} cannot be started: {error.strerror}.")


if __name__ == "__main__":
    _parent, _file_bytes, _open_files = map(int, sys.argv[1:4])
    become(_parent, sys.argv[4:], file_bytes=_file_bytes, open_files=_open_files)

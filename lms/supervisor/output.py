"""One readable log on the terminal, full logs in rotated files."""

import logging
import logging.handlers
import os
import re
import sys
import time
from pathlib import Path
from typing import TextIO

COLOURS = {
    "academy": "1",
    "broker": "35",
    "web": "36",
    "worker": "32",
    "examiner": "34",
    "beat": "33",
    "database": "35",
}
LOG_BYTES = 5 * 1024 * 1024
LOG_FILES = 5

#: What processes write before their message about when and who: the terminal says that once, in its own columns.
PREAMBLE = re.compile(
    r"^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[^\]:]*(?:: (?P<celery>[A-Z]+)/[^\]]*)?\] (?:\[\d+\] \[(?P<gunicorn>[A-Z]+)\] )?"
    r"|^\d+:[MCSX] \d+ \w+ \d{4} [\d:.]+ [.*#-] "
)
QUIET = {"INFO", "DEBUG"}
#: What tells nobody anything at a start or a stop: in the files only.
ROUTINE = re.compile(
    r"WARNING Memory overcommit must be enabled|mingle: |Connected to redis|StopIteration|"
    r"\w+@\S+ ready\.|\[tasks\]|^\s+\. |"
    r"signal-handler \(\d+\) Received SIG|worker: \w+ shutdown|Requeuing undeliverable message|"
    r"Restoring \d+ unacknowledged message|Valkey is now ready to exit"
)
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")


def shortened(line: str) -> str:
    """The message of a log line, with its level when that is more than a piece of news."""
    found = PREAMBLE.match(line)
    if found is None:
        return line
    level = found.group("celery") or found.group("gunicorn") or "INFO"
    rest = line[found.end() :]
    return rest if level in QUIET else f"{level}: {rest}"


class Output:
    """Writes each line of each process to the terminal and, whole, to that process's file."""

    def __init__(self, folder: Path, *, terminal: TextIO | None = None) -> None:
        self._folder = folder
        self._terminal = terminal or sys.stdout
        self._files: dict[str, logging.handlers.RotatingFileHandler] = {}
        self._colour = self._terminal.isatty() and "NO_COLOR" not in os.environ
        self._terminal_works = True

    def line(self, name: str, text: str) -> None:
        """One line of one process."""
        clean = CONTROL.sub("", text)
        self._to_file(name, clean)
        if clean.strip() and not ROUTINE.search(clean):
            self._to_terminal(name, shortened(clean))

    def say(self, text: str) -> None:
        """A line of the supervisor itself."""
        for line in text.splitlines():
            self._to_file("academy", line)
            self._to_terminal("academy", line)

    def close(self) -> None:
        for handler in self._files.values():
            handler.close()

    def _to_terminal(self, name: str, text: str) -> None:
        label = f"{name:<8}"
        if self._colour:
            label = f"\x1b[{COLOURS.get(name, '0')}m{label}\x1b[0m"
        if not self._terminal_works:
            return
        try:
            self._terminal.write(f"{time.strftime('%H:%M:%S')} {label} {text}\n")
            self._terminal.flush()
        except OSError:
            self._terminal_works = False  # the window was closed: the files go on

    def _to_file(self, name: str, text: str) -> None:
        handler = self._files.get(name)
        if handler is None:
            path = self._folder / f"{name}.log"
            handler = logging.handlers.RotatingFileHandler(
                path, maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8", errors="replace"
            )
            handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
            self._files[name] = handler
        handler.emit(logging.LogRecord(name, logging.INFO, "", 0, text, None, None))

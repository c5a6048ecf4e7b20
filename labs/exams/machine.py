"""How busy the machine is with what is not this exam: read from /proc, nothing elsewhere than on Linux."""

import os
import time
from pathlib import Path

_PROC = Path("/proc")


class CpuWatch:
    """From its making on: the share of all cores that others used.

    An examiner that does not see its systems' processes would take their load for others': `blind`, it tells nothing.
    """

    def __init__(self, *, blind: bool = False) -> None:
        self._blind = blind
        self._started = time.monotonic()
        self._busy, self._own = _busy_ticks(), _own_ticks()

    def share_elsewhere(self) -> float:
        """Between 0 and 1; 0 where it cannot be known."""
        if self._blind:
            return 0.0
        elapsed = (time.monotonic() - self._started) * os.sysconf("SC_CLK_TCK") * (os.cpu_count() or 1)
        before, now = self._own, _own_ticks()
        own = sum(ticks - before.get(pid, 0) for pid, ticks in now.items())
        others = _busy_ticks() - self._busy - own
        return min(1.0, max(0.0, others / elapsed)) if elapsed > 0 else 0.0


def _busy_ticks() -> int:
    """Ticks that all cores together were not idle."""
    try:
        fields = [int(field) for field in (_PROC / "stat").read_text().split("\n", 1)[0].split()[1:9]]
    except (OSError, ValueError):
        return 0
    return sum(fields) - fields[3] - fields[4]


def _own_ticks() -> dict[int, int]:
    """Ticks of every process that can be seen: inside the sandbox these are the exam's."""
    found = {}
    for path in _PROC.glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
            found[int(path.parent.name)] = int(fields[11]) + int(fields[12])
        except (OSError, ValueError, IndexError):
            continue
    return found

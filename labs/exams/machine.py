"""How busy the machine is with what is not this exam: read from /proc, nothing elsewhere than on Linux."""

import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

_PROC = Path("/proc")


#: Processor seconds that this exam's services used which are not seen from here; None where nobody can tell.
Unseen = Callable[[], Awaitable[float | None]]


class CpuWatch:
    """From its beginning on: the share of all cores that others used.

    What nobody can tell apart counts as others': better an exam that staff look at than a verdict by the clock of a
    machine that was taken away.
    """

    def __init__(self, unseen: Unseen, unseen_before: float | None) -> None:
        self._unseen, self._unseen_before = unseen, unseen_before
        self._started = time.monotonic()
        self._busy, self._own = _busy_ticks(), _own_ticks()

    @classmethod
    async def begin(cls, unseen: Unseen) -> "CpuWatch":
        """Watch from now on."""
        return cls(unseen, await unseen())

    async def share_elsewhere(self) -> float:
        """Between 0 and 1; 0 where nothing can be known."""
        unseen = await self._unseen()
        second = os.sysconf("SC_CLK_TCK")
        elapsed = (time.monotonic() - self._started) * second * (os.cpu_count() or 1)
        before, now = self._own, _own_ticks()
        own = sum(ticks - before.get(pid, 0) for pid, ticks in now.items())
        if unseen is not None and self._unseen_before is not None:
            own += int((unseen - self._unseen_before) * second)
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

"""How long a lab has still, and how much its owner may add."""

import dataclasses
import datetime as dt

from labs.catalogue.model import Lab as LabFile

WARN_BEFORE = dt.timedelta(minutes=10)


@dataclasses.dataclass(frozen=True)
class TimeLeft:
    """Of a lab that runs: when it stops, and how often it may still be given `extend_minutes` more."""

    expires_at: dt.datetime
    extend_minutes: int
    extensions_left: int

    @property
    def is_short(self) -> bool:
        """Whether its owner is warned."""
        return self.expires_at - dt.datetime.now(dt.UTC) < WARN_BEFORE


def time_left(written: LabFile, *, expires_at: dt.datetime, extensions: int) -> TimeLeft:
    """Of a lab that stops at `expires_at` and was given more time so often."""
    lifetime = written.lifetime
    return TimeLeft(expires_at, lifetime.extend_minutes, max(0, lifetime.extensions - extensions))

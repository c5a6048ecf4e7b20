"""One thing that `lms doctor` looked at."""

from dataclasses import dataclass
from typing import Literal

State = Literal["good", "degraded", "missing"]


@dataclass(frozen=True)
class Finding:
    """`degraded` lets the platform work with less; `missing` stops a part of it."""

    subject: str
    state: State
    what: str
    mend: str = ""

"""One thing that `lms doctor` looked at."""

from dataclasses import dataclass
from typing import Literal

State = Literal["good", "degraded", "missing", "unseen"]
SET_UP = "Type: make setup"


@dataclass(frozen=True)
class Finding:
    """`degraded` lets the platform work with less, `missing` stops a part of it, `unseen` is for another to say."""

    subject: str
    state: State
    what: str
    mend: str = ""

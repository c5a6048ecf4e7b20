"""What is in the way of a lab on the platform's side: a name for each kind, and what the learner is told of it.

None of it is the learner's fault, and each heals by itself: the lab is tried again for as long as it is wanted.
"""

import dataclasses
import datetime as dt
import uuid

from sqlalchemy import select

from labs.errors import (
    EnvironmentMissing,
    ImageMissing,
    LabSuperseded,
    NotOurs,
    ProgramMissing,
    ProviderAway,
    ProviderRefused,
    ProviderUnopened,
)
from lms.models import Lab, db

AWAY, UNOPENED, REFUSED, MISSING = "away", "unopened", "refused", "missing"
TAKEN, LOST, BEHIND, BROKEN = "taken", "lost", "behind", "broken"
#: Those that come again until somebody changes something: asked about with patience, and not counted as failed starts.
WAITING = (UNOPENED, REFUSED, MISSING, TAKEN, BEHIND)

#: The name of the state as a heading, and what its learner can rely on.
WORDS = {
    AWAY: (
        "What runs the labs does not answer",
        "It is asked again every few seconds, and the lab goes on by itself. Nothing is lost, and no start is counted.",
    ),
    UNOPENED: (
        "What runs the labs is not set up",
        "That is our fault, not yours. The staff has to mend the settings (lms doctor says what); the lab is tried "
        "every minute and starts by itself then.",
    ),
    REFUSED: (
        "What runs the labs does not take this one now",
        "It is asked again every minute, and the lab starts by itself once it is taken. The reason is for the staff.",
    ),
    MISSING: (
        "A part of this lab is not installed",
        "The staff has to put it in place; the lab is tried every minute and starts by itself then.",
    ),
    TAKEN: (
        "Somebody else's things are where this lab belongs",
        "They are left alone. The staff has to look; the lab is tried every minute and starts by itself then.",
    ),
    LOST: (
        "This lab was removed from outside",
        "Its files are gone with it, so it starts anew with those of the starter. The steps you passed stay passed.",
    ),
    BEHIND: (
        "The platform remembers an older state of this lab",
        "The platform was restored from a backup. Ask the staff before you reset the lab: it may hold newer files.",
    ),
    BROKEN: (
        "Something broke on the platform's side",
        "It is not your fault. It is tried again by itself, within a few minutes at most.",
    ),
}


@dataclasses.dataclass(frozen=True)
class Trouble:
    """What a page shows: a heading, what to rely on, and the reason as the machine gave it."""

    name: str
    title: str
    sentence: str
    reason: str
    at: dt.datetime | None


@dataclasses.dataclass(frozen=True)
class Troubled:
    """One line for the staff; without `user_id` the lab is nobody's: one of the pool."""

    name: str
    trouble: str
    wanted: str
    reason: str
    at: dt.datetime | None
    lab_uuid: uuid.UUID
    user_id: int | None

    @property
    def title(self) -> str:
        return WORDS[self.trouble][0] if self.trouble in WORDS else self.trouble

    @property
    def what(self) -> str:
        return f"{self.trouble} ({self.wanted} wanted): {self.reason}"


def name_of(error: Exception) -> str:
    """The name of what an error of a provider means for the lab."""
    match error:
        case ProviderAway():
            return AWAY
        case ProviderUnopened():
            return UNOPENED
        case ProviderRefused():
            return REFUSED
        case ImageMissing() | EnvironmentMissing() | ProgramMissing():
            return MISSING
        case NotOurs():
            return TAKEN
        case LabSuperseded():
            return BEHIND
    return BROKEN


def of(lab: Lab | None) -> Trouble | None:
    """What is in this lab's way now."""
    if lab is None or lab.trouble not in WORDS:
        return None
    title, sentence = WORDS[lab.trouble]
    return Trouble(lab.trouble, title, sentence, lab.problem or "", lab.trouble_at)


def of_everybody(limit: int = 100) -> list[Troubled]:
    """Labs with which something is wrong, those of nobody and those that cannot be deleted too."""
    rows = select(Lab).where(Lab.trouble.is_not(None)).order_by(Lab.trouble_at.desc(), Lab.id).limit(limit)
    found = list(db.session.scalars(rows.execution_options(populate_existing=True)))
    db.session.commit()
    return [
        Troubled(
            name=one.name,
            trouble=one.trouble or "",
            wanted=one.desired,
            reason=one.problem or "",
            at=one.trouble_at,
            lab_uuid=one.lab_uuid,
            user_id=one.user_id,
        )
        for one in found
    ]

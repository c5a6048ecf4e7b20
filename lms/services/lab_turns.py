"""Labs that start take the machine from one another: a few begin at once, the others follow as those come up.

Ten that begin together come up together, after as long as the slowest needs. Two at a time the first come up in a fifth
of that, and half of them in about two thirds: docs/reference/figures.md.
"""

import datetime as dt
import os

from sqlalchemy import ColumnElement, and_, func, or_, select

from lms.models import Desired, Lab, db
from lms.services import installation, lab_places

#: Within so long as many again begin, whether or not those ahead came up: they may be slow for reasons of their own.
FOLLOW_SECONDS = 60.0
#: For who is next; those further behind ask less often.
ASK_AGAIN_SECONDS = 0.4


def wait(lab: Lab) -> float | None:
    """Seconds after which a lab that holds a place asks again whether it may begin; None when it may: it has begun, or
    it has its turn.
    """
    if lab.state in ("starting", "ready") or lab.start_asked_at is None or lab.admitted_at is None:
        return None
    waited = dt.datetime.now(dt.UTC) - max(lab.start_asked_at, lab.admitted_at)
    at_once = installation.current().labs_starting_at_once or os.cpu_count() or 1
    ahead = _ahead(lab)
    has_turn = ahead + 1 <= at_once * (1 + waited.total_seconds() / FOLLOW_SECONDS)
    return None if has_turn else ASK_AGAIN_SECONDS * ahead / at_once


def _ahead(lab: Lab) -> int:
    """How many before it were not up yet; one that is in trouble needs nothing from the machine."""
    coming = (
        Lab.desired == Desired.RUNNING,
        Lab.admitted_at.is_not(None),
        Lab.state.not_in(("ready", "failed")),
        Lab.ready_at.is_(None),
        Lab.trouble.is_(None),
    )
    found = db.session.scalar(select(func.count()).where(*coming, _before(lab))) or 0
    db.session.commit()  # the provider is asked next, which takes its time
    return found


def _before(lab: Lab) -> ColumnElement[bool]:
    """In the order of asking; somebody's lab before one that is made to be kept ready."""
    is_somebodys, is_earlier = Lab.user_id.is_not(None), lab_places.asked_before(lab)
    return or_(is_somebodys, is_earlier) if lab.user_id is None else and_(is_somebodys, is_earlier)

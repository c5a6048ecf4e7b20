"""The state of a lab as its learner is told it: a word, and a sentence."""

import datetime as dt
from typing import Literal

from lms.models import Desired, Lab
from lms.services import lab_orders, lab_troubles
from lms.services.lab_places import Queue

Shown = Literal["none", "waiting", "starting", "ready", "stopping", "stopped", "failed"]


def shown_state(lab: Lab | None) -> Shown:
    """What the learner is told: their last order counts, not only what was seen."""
    if lab is None or lab.desired == Desired.DELETED:
        return "none"
    if lab.desired == Desired.STOPPED:
        if not lab.orders:
            return "none"
        return "stopped" if lab.state in ("stopped", "absent") else "stopping"
    if lab.state == "failed" and lab.orders_seen >= lab.orders:
        return "failed"
    if lab.admitted_at is None:
        return "waiting"
    is_up = lab.state == "ready" or _is_open(lab)
    return "ready" if is_up and lab.orders_seen >= lab.orders else "starting"


def _is_open(lab: Lab) -> bool:
    """Whether another part of a lab that was ready comes up again: nobody is sent out of their notebook for that."""
    if lab.state != "starting" or lab.ready_at is None or lab.trouble == lab_troubles.BROKEN:
        return False
    seen = lab_orders.seen(lab)
    workspace = seen.component("workspace") if seen and seen.door else None
    return workspace is not None and workspace.phase == "ready"


def was_over(lab: Lab | None) -> bool:
    """Whether its time had run out when it was stopped, or has while it stops."""
    if lab is None or lab.expires_at is None or lab.ready_at is None:
        return False
    until = lab.observed_at if lab.state == "stopped" else dt.datetime.now(dt.UTC)
    return until is not None and until >= lab.expires_at


def sentence(shown: Shown, waits: Queue | None, *, kept_ready: bool = False, time_over: bool = False) -> str:
    """The state in words; a lab that waits is told its place in the line, one whose time is over that it is."""
    if waits is not None:
        place = f"You are number {waits.position} in line; the lab starts by itself."
        return f"All places for labs are taken. {place}"
    if kept_ready:
        return "One is kept ready for you: it opens at once."
    if time_over and shown in ("stopping", "stopped"):
        return "Its time was over. Your work is kept until you reset or remove the lab."
    return {
        "none": "A system of your own, with everything installed.",
        "waiting": "The lab waits for a place.",
        "starting": "It opens here by itself. Meanwhile you can read the first step.",
        "ready": "The lab is ready.",
        "stopping": "Your work is kept.",
        "stopped": "Your work is kept until you reset or remove the lab.",
        "failed": "Nothing of yours is lost. The reason is below.",
    }[shown]


def about(seconds: float | None) -> str | None:
    """An estimate in words: no more exact than it is."""
    if seconds is None:
        return None
    minutes = max(1, round(seconds / 60))
    if minutes < 90:
        return "about a minute" if minutes == 1 else f"about {minutes} minutes"
    return f"about {round(minutes / 60)} hours"

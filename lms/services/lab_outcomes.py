"""What a step of a worker writes into the row of a lab, above all when something went wrong. Pure but for the log."""

import dataclasses
import logging
from typing import Any

from labs.errors import ProviderAway
from labs.ports import LabProblem, Observation, Promises
from lms.models import Desired, Lab, db_now
from lms.services import lab_rows, lab_troubles

log = logging.getLogger(__name__)

AWAY_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 60.0
MOST_FAILURES = 3


@dataclasses.dataclass(frozen=True)
class Outcome:
    """Columns to write, and when to come again."""

    columns: dict[str, Any]
    again_in: float | None = None
    carried_out: bool = True
    """Whether the order was obeyed, wholly or by a step towards it."""


def well() -> dict[str, Any]:
    """Columns of a lab with which nothing is wrong any more."""
    return {"problem": None, "trouble": None, "trouble_at": None, "failures": 0}


def seen(what: Observation, promises: Promises) -> dict[str, Any]:
    """Columns that say what was seen."""
    observed = {"seen": what.model_dump(mode="json"), "promises": promises.model_dump(mode="json")}
    return {"observed": observed, "observed_at": db_now()}


def of_error(lab: Lab, error: Exception) -> Outcome:
    """Something of ours broke, or is in the way: it is tried again, and never the learner's fault."""
    name = lab_troubles.name_of(error)
    log.warning("lab %s: %s: %s", lab.id, name, error, exc_info=error if name == lab_troubles.BROKEN else None)
    if isinstance(error, ProviderAway):
        # Nothing is known of this lab, so nothing but the reason is written.
        again_in = max(AWAY_SECONDS, error.retry_after)
        return Outcome(_trouble(name, str(error)), again_in=again_in, carried_out=False)
    if name in lab_troubles.WAITING:
        columns = _trouble(name, str(error)) | {"failures": lab.failures + 1}
        return Outcome(columns, again_in=_pause(lab.failures + 1), carried_out=False)
    return our_fault(lab, f"{type(error).__name__}: {error}")


def broken(lab: Lab, what: Observation) -> Outcome:
    """The provider says that the lab failed."""
    problem = what.problem or LabProblem(whose="ours", what="the lab failed without saying why")
    sentence = f"{problem.what}\n{problem.log}".strip()
    return our_fault(lab, sentence) if problem.whose == "ours" else failed(sentence)


def our_fault(lab: Lab, sentence: str) -> Outcome:
    """Tried again, each time a little later; what is to start gives its place back after a few times."""
    # Tries before which something else was in the way do not count.
    failures = (lab.failures if lab.trouble == lab_troubles.BROKEN else 0) + 1
    trouble = _trouble(lab_troubles.BROKEN, sentence)
    if lab.desired == Desired.RUNNING and failures >= MOST_FAILURES:
        return Outcome(failed("").columns | trouble)
    state = {"state": "starting"} if lab.desired == Desired.RUNNING else {}
    return Outcome(trouble | state | {"failures": failures}, again_in=_pause(failures), carried_out=False)


def failed(sentence: str) -> Outcome:
    """It is not tried again by itself."""
    return Outcome(well() | {"state": "failed", "problem": sentence[:2000], "admitted_at": None})


def lost(lab: Lab, what: Observation) -> Outcome:
    """What there was of it is going and nothing brings it back: the next generation starts, under a name of its own."""
    log.error("lab %s: generation %s is being removed from outside, the next one starts", lab.name, lab.generation)
    reason = what.problem.what if what.problem else "It was being deleted, and nobody here had asked for that."
    anew = {"generation": lab.generation + 1, "credential": lab_rows.new_token(), "state": "starting", "ready_at": None}
    return Outcome(_trouble(lab_troubles.LOST, reason) | anew, again_in=0.0, carried_out=False)


def set_aside(lab: Lab) -> Outcome:
    """Whoever touched it died."""
    log.error("lab %s: set aside after %s workers died with it", lab.id, lab.lost_leases)
    return failed("Starting this lab broke our worker several times. Tell the staff; starting it again is harmless.")


def _trouble(name: str, reason: str) -> dict[str, Any]:
    return {"trouble": name, "trouble_at": db_now(), "problem": reason[:2000]}


def _pause(failures: int) -> float:
    return min(LONGEST_PAUSE_SECONDS, 2.0 ** min(failures, 10))

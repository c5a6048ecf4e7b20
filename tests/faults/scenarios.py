"""What is interrupted, and how it goes on afterwards.

Each runs in processes of its own, forked by tests.faults.runner. `go` is interrupted, and then asked for again as the
client would ask; tests.faults.outcome says what is compared.
"""

import dataclasses
from collections.abc import Callable
from pathlib import Path

from lms.models import Lab, LabCheck, db
from lms.services import installation, lab_checks, lab_pool, labs, submissions
from tests.factories.offers import LAB, PROJECT, small_zip
from tests.faults.place import Place, work_until_settled


def start_lab(place: Place, said: Callable[[str], None]) -> None:
    labs.start(place.learner, LAB)
    said("lab")
    work_until_settled(place)


def fill_the_pool(place: Place, said: Callable[[str], None]) -> None:
    _with_a_pool_of(1, place)
    lab_pool.keep()
    said("lab")
    work_until_settled(place)


def empty_the_pool(place: Place, said: Callable[[str], None]) -> None:
    _with_a_pool_of(0, place)
    lab_pool.keep()
    said("lab")
    work_until_settled(place)


def stop_lab(place: Place, said: Callable[[str], None]) -> None:
    lab = labs.live(place.learner)[0]
    labs.stop(place.learner, lab.id)
    said("lab")
    work_until_settled(place)


def reset_lab(place: Place, said: Callable[[str], None]) -> None:
    """Who sees that the lab was reset does not ask for it again: nobody else makes good what was left half done."""
    lab = _fresh(place)
    if lab.generation == 1:
        labs.reset(place.learner, lab.id)
    said("lab")
    work_until_settled(place)


def extend_lab(place: Place, said: Callable[[str], None]) -> None:
    lab = _fresh(place)
    if lab.extensions == 0:
        labs.extend(place.learner, lab.id)
    said("lab")
    work_until_settled(place)


def delete_lab(place: Place, said: Callable[[str], None]) -> None:
    for lab in labs.live(place.learner):
        labs.delete(place.learner, lab.id)
    said("lab")
    work_until_settled(place)


def check_step(place: Place, said: Callable[[str], None]) -> None:
    lab = labs.live(place.learner)[0]
    _work_of(place, lab).joinpath("answer.txt").write_text("42")
    if not db.session.scalars(db.select(LabCheck)).first():
        lab_checks.ask(place.learner, lab.id, "answer")
    said("check")
    work_until_settled(place)


def submit(place: Place, said: Callable[[str], None]) -> None:
    submissions.submit_zip(place.learner, PROJECT, small_zip(), filename="work.zip", form_key="the-form-key")
    said("submission")


def hold_exam(place: Place, said: Callable[[str], None]) -> None:
    submit(place, said)
    work_until_settled(place)


def nothing(place: Place) -> None:
    pass


def with_lab(place: Place) -> None:
    start_lab(place, lambda what: None)


def with_a_pool(place: Place) -> None:
    fill_the_pool(place, lambda what: None)


def with_work_in_a_lab(place: Place) -> None:
    start_lab(place, lambda what: None)
    _work_of(place, _fresh(place)).joinpath("answer.txt").write_text("42")


def with_submission(place: Place) -> None:
    submit(place, lambda what: None)


def _with_a_pool_of(size: int, place: Place) -> None:
    installation.install(place.settings.model_copy(update={"lab_pool": f"{LAB}={size}"}))


def _fresh(place: Place) -> Lab:
    return labs.owned(place.learner, labs.live(place.learner)[0].id)


def _work_of(place: Place, lab: Lab) -> Path:
    return place.settings.instance_folder / "labs" / lab.name / "work"


@dataclasses.dataclass(frozen=True)
class Scenario:
    """`prepare` runs before, undisturbed; `go` is interrupted, and asked again by the client afterwards."""

    prepare: Callable[[Place], None]
    go: Callable[[Place, Callable[[str], None]], None]


SCENARIOS = {
    "start a lab": Scenario(nothing, start_lab),
    "fill the pool": Scenario(nothing, fill_the_pool),
    "empty the pool": Scenario(with_a_pool, empty_the_pool),
    "claim a lab of the pool": Scenario(with_a_pool, start_lab),
    "stop a lab": Scenario(with_lab, stop_lab),
    "reset a lab": Scenario(with_work_in_a_lab, reset_lab),
    "extend a lab": Scenario(with_work_in_a_lab, extend_lab),
    "delete a lab": Scenario(with_lab, delete_lab),
    "check a step": Scenario(with_lab, check_step),
    "accept a submission": Scenario(nothing, submit),
    "examine a submission": Scenario(with_submission, hold_exam),
}

"""A step of a lab, checked: the judge is the real process, the lab is in memory."""

import pytest

from lms.models import ActivityProgress, LabCheck, User, db
from lms.services import lab_checks, lab_views, labs, leases
from lms.services.errors import Conflict, NotFound
from tests.factories.offers import LAB, LAB_ACTIVITY
from tests.factories.providers import ScriptedFake
from tests.integration.services_labs.conftest import settle


@pytest.fixture
def lab_id(learner: User, provider: ScriptedFake) -> int:
    lab_id = labs.start(learner, LAB).id
    settle(provider)
    return lab_id


def write(provider: ScriptedFake, answer: bytes) -> None:
    (held,) = provider.store.labs.values()
    provider.write(held.lab, "answer.txt", answer)


def check(lab_id: int, learner: User, provider: ScriptedFake) -> LabCheck:
    asked = lab_checks.ask(learner, lab_id, "answer")
    assert lab_checks.due() == [asked.id]
    assert lab_checks.run_one(asked.id, owner="a worker", provider=provider) is None
    assert lab_checks.due() == []
    db.session.refresh(asked)
    return asked


def test_a_step_that_passes_finishes_the_lab_activity(lab_id: int, learner: User, provider: ScriptedFake) -> None:
    assert check(lab_id, learner, provider).passed is False
    view = lab_views.view(learner, LAB).steps[0]
    assert (view.attempts, view.passed_at) == (1, None)
    assert view.check and view.check.report and view.check.report["checks"][0]["hint"] == "Write 42."
    write(provider, b"42")
    assert check(lab_id, learner, provider).passed is True
    view = lab_views.view(learner, LAB).steps[0]
    assert view.attempts == 2
    assert view.passed_at is not None
    row = db.session.scalars(db.select(ActivityProgress)).one()
    assert (row.activity_uuid, row.completed_at is not None) == (LAB_ACTIVITY, True)


def test_what_was_passed_stays_passed(lab_id: int, learner: User, provider: ScriptedFake) -> None:
    write(provider, b"42")
    check(lab_id, learner, provider)
    first = lab_views.view(learner, LAB).steps[0].passed_at
    write(provider, b"43")
    assert check(lab_id, learner, provider).passed is False
    assert lab_views.view(learner, LAB).steps[0].passed_at == first


def test_asking_twice_is_one_check(lab_id: int, learner: User) -> None:
    assert lab_checks.ask(learner, lab_id, "answer").id == lab_checks.ask(learner, lab_id, "answer").id


def test_only_a_ready_lab_and_a_real_step_are_checked(lab_id: int, learner: User, provider: ScriptedFake) -> None:
    with pytest.raises(NotFound):
        lab_checks.ask(learner, lab_id, "no-such-step")
    labs.stop(learner, lab_id)
    settle(provider)
    with pytest.raises(Conflict, match="not ready"):
        lab_checks.ask(learner, lab_id, "answer")


def test_a_fault_of_ours_is_no_attempt(lab_id: int, learner: User, provider: ScriptedFake) -> None:
    asked = lab_checks.ask(learner, lab_id, "answer")
    provider.end_all()  # the lab died between the question and the look
    for _ in range(lab_checks.MOST_TRIES):
        db.session.execute(db.update(LabCheck).values(not_before=None))
        db.session.commit()
        lab_checks.run_one(asked.id, owner="a worker", provider=provider)
    db.session.refresh(asked)
    assert (asked.status, asked.passed) == ("error", None)
    assert "start it" in (asked.report or {})["problem"]
    assert lab_views.view(learner, LAB).steps[0].attempts == 0


def test_a_check_that_kills_its_workers_is_set_aside(lab_id: int, learner: User, provider: ScriptedFake) -> None:
    asked = lab_checks.ask(learner, lab_id, "answer")
    for _ in range(lab_checks.MOST_TRIES):
        assert leases.take(LabCheck, asked.id, owner="dies", seconds=-1)
    lab_checks.run_one(asked.id, owner="a worker", provider=provider)
    db.session.refresh(asked)
    assert asked.status == "error"

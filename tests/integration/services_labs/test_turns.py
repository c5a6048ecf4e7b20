"""Labs that are asked for at the same moment: a few begin together, the others follow."""

import pytest
from flask import Flask

from labs.errors import ProviderAway
from labs.ports import Observation
from labs.spec import LabSpec
from lms.models import Lab, User, db, db_now
from lms.services import installation, lab_turns, lab_views, labs
from tests.factories.offers import LAB
from tests.factories.people import create_user
from tests.factories.providers import ScriptedFake
from tests.integration.services_labs.conftest import reconcile_now, settle


@pytest.fixture
def asked(app: Flask) -> list[tuple[User, Lab]]:
    """Four labs in the order of their asking, of which two may begin together."""
    installation.install(installation.current().model_copy(update={"labs_starting_at_once": 2}))
    people = [create_user() for _ in range(4)]
    return [(one, labs.start(one, LAB)) for one in people]


def begun(asked: list[tuple[User, Lab]], provider: ScriptedFake) -> list[bool]:
    """After a look at each, the newest first: which of them the provider was asked for."""
    for _, lab in reversed(asked):
        reconcile_now(lab, provider)
    return [lab.name in provider.store.labs for _, lab in asked]


def test_those_behind_begin_as_those_ahead_come_up(asked: list[tuple[User, Lab]], provider: ScriptedFake) -> None:
    assert begun(asked, provider) == [True, True, False, False]
    assert {lab_views.view(person, LAB).shown for person, _ in asked} == {"starting"}
    first, *_, last = (lab for _, lab in asked)
    assert (lab_turns.wait(first), lab_turns.wait(last)) == (None, lab_turns.ASK_AGAIN_SECONDS * 3 / 2)
    while first.state != "ready":
        reconcile_now(first, provider)
        db.session.refresh(first)
    assert begun(asked, provider) == [True, True, True, False]
    settle(provider)
    assert {lab_views.view(person, LAB).shown for person, _ in asked} == {"ready"}


def test_who_is_stuck_holds_nobody_up_for_long(asked: list[tuple[User, Lab]], provider: ScriptedFake) -> None:
    assert begun(asked, provider) == [True, True, False, False]
    last = asked[-1][1]
    earlier = db_now(-lab_turns.FOLLOW_SECONDS)
    db.session.execute(db.update(Lab).values(start_asked_at=earlier, admitted_at=earlier))
    db.session.commit()
    db.session.expire_all()
    assert lab_turns.wait(last) is None


def test_who_is_in_trouble_is_not_waited_for(asked: list[tuple[User, Lab]], provider: ScriptedFake) -> None:
    provider.breaks = ProviderAway("the fake is away")
    assert begun(asked[:2], provider) == [False, False]
    provider.breaks = None
    assert begun(asked[2:], provider) == [True, True]


def test_no_transaction_is_open_while_the_provider_is_asked(
    asked: list[tuple[User, Lab]], provider: ScriptedFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On SQLite it would keep everybody else from writing for as long as the provider takes."""
    open_ones, ensure = list[bool](), provider.ensure

    def watched(lab: LabSpec) -> Observation:
        open_ones.append(db.session().in_transaction())
        return ensure(lab)

    monkeypatch.setattr(provider, "ensure", watched)
    begun(asked, provider)
    assert open_ones == [False, False]


def test_somebody_s_lab_begins_before_one_that_is_kept_ready(
    asked: list[tuple[User, Lab]], provider: ScriptedFake
) -> None:
    of_the_pool = [lab.id for _, lab in asked[:2]]
    db.session.execute(db.update(Lab).where(Lab.id.in_(of_the_pool)).values(user_id=None))
    db.session.commit()
    assert begun(asked, provider) == [False, False, True, True]

"""What a provider holds and no row wants: when it is ended."""

import datetime as dt

import pytest

from labs.errors import ProviderAway
from lms.models import User
from lms.services import lab_custody, lab_orphans, labs, leases
from tests.factories.offers import LAB
from tests.factories.providers import ScriptedFake
from tests.integration.services_labs.conftest import settle
from tests.integration.services_labs.looks import as_it_was, custody_row, look, reaps


def test_what_no_row_wants_is_ended_when_seen_twice(learner: User, provider: ScriptedFake) -> None:
    look(provider)
    lab = labs.start(learner, LAB)
    settle(provider)
    labs.stop(learner, lab.id)
    settle(provider)
    provider.run_again(lab.name)
    provider.stray("lab-999", running=True)
    assert {one.name for one in look(provider)} == {lab.name, "lab-999"}
    assert provider.running == {lab.name, "lab-999"}
    look(provider)
    settle(provider)
    assert not provider.running
    assert provider.kept == {lab.name: 1}
    assert look(provider) == ()


def test_nobodys_lab_is_watched_for_ten_minutes(learner: User, provider: ScriptedFake) -> None:
    look(provider)
    provider.stray("lab-999")
    for _ in range(3):
        look(provider, apart=lab_orphans.APART_SECONDS)
    assert "lab-999" in provider.kept
    seen = custody_row()["suspicions"]
    assert isinstance(seen, list)
    long_ago = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=lab_orphans.APART_SECONDS + 1)
    as_it_was({"suspicions": [one | {"since": long_ago.isoformat()} for one in seen]})
    look(provider, apart=lab_orphans.APART_SECONDS)
    assert "lab-999" not in provider.kept


def test_one_that_was_gone_in_between_begins_anew(learner: User, provider: ScriptedFake) -> None:
    look(provider)
    provider.stray("lab-999")
    first = look(provider)[0].since
    del provider.strays["lab-999"]
    look(provider)
    provider.stray("lab-999")
    assert look(provider)[0].since > first


def test_a_deleted_lab_that_is_there_again_goes(learner: User, provider: ScriptedFake) -> None:
    look(provider)
    lab = labs.start(learner, LAB)
    labs.delete(learner, lab.id)
    settle(provider)
    provider.stray(lab.name)
    look(provider)
    look(provider)
    assert provider.kept == {}


def test_two_do_not_look_at_once(learner: User, provider: ScriptedFake) -> None:
    provider.stray("lab-999")
    lease = lab_custody.begin("another worker")
    assert lease is not None
    assert look(provider) == ()
    leases.give_back(lease)
    assert look(provider) != ()


def test_a_provider_that_is_away_is_asked_again(learner: User, provider: ScriptedFake) -> None:
    look(provider)
    original, provider.epoch = provider.epoch, _away  # type: ignore[method-assign]  # the fault
    with pytest.raises(ProviderAway):
        look(provider)
    provider.epoch = original  # type: ignore[method-assign]  # it is back
    assert reaps(provider) is True


def test_one_that_cannot_be_ended_does_not_keep_the_others(learner: User, provider: ScriptedFake) -> None:
    look(provider)
    provider.stray("lab-998")
    provider.stray("lab-999")
    provider.sticks = {"lab-998"}
    look(provider)
    look(provider)
    assert set(provider.kept) == {"lab-998"}
    provider.sticks = set()
    look(provider)
    assert provider.kept == {}


def _away() -> str | None:
    raise ProviderAway("the cluster does not answer")

"""What a provider holds and no row wants: when it is ended, and when nothing is."""

import datetime as dt

import pytest

from labs.errors import ProviderAway
from lms.models import Lab, LabCustody, User, db
from lms.services import lab_custody, lab_orphans, labs, leases
from lms.services.lab_custody import Suspicion
from tests.factories.offers import LAB
from tests.factories.providers import ScriptedFake
from tests.integration.services_labs.conftest import settle


def look(provider: ScriptedFake, *, apart: float = 0) -> tuple[Suspicion, ...]:
    return lab_orphans.look(provider, owner="a worker", apart=apart)


def reaps(provider: ScriptedFake) -> bool:
    """Whether nobody's lab is ended now, when it is seen twice."""
    if "lab-999" not in provider.strays:
        provider.stray("lab-999")
    look(provider)
    look(provider)
    return "lab-999" not in provider.kept


def disarmed() -> str | None:
    found = lab_custody.current()
    assert found is not None
    return found.disarmed


def as_it_was(row: dict[str, object]) -> None:
    """The database, put back."""
    db.session.execute(db.update(LabCustody).values(**row))
    db.session.commit()


def custody_row() -> dict[str, object]:
    row = db.session.execute(db.select(*LabCustody.__table__.columns)).one()
    db.session.commit()
    return dict(row._mapping)


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


def test_unknown_labs_and_no_note_of_whose_they_are(learner: User, provider: ScriptedFake) -> None:
    assert reaps(provider) is False, "labs without any note may be another database's"
    lab_custody.ask_for_arming()
    assert reaps(provider) is True


def test_an_installation_that_knows_all_labs_is_armed(learner: User, provider: ScriptedFake) -> None:
    labs.start(learner, LAB)
    settle(provider)
    look(provider)
    assert disarmed() is None
    assert reaps(provider)


def test_after_a_restore_nothing_is_reaped_until_someone_arms_it(learner: User, provider: ScriptedFake) -> None:
    look(provider)
    backup = custody_row()
    lab = labs.start(learner, LAB)
    settle(provider)
    look(provider)
    db.session.execute(db.delete(Lab))
    as_it_was(backup)
    assert reaps(provider) is False
    assert "restored" in (disarmed() or "")
    for _ in range(30):
        look(provider)
    assert set(provider.kept) == {lab.name, "lab-999"}, "it does not come to trust itself"
    lab_custody.ask_for_arming()
    seen = look(provider)
    assert {one.name for one in seen} == {lab.name, "lab-999"}
    assert disarmed() is None
    assert set(provider.kept) == {lab.name, "lab-999"}, "what was seen before the arming does not count"
    assert reaps(provider) is True


def test_one_look_is_all_that_was_lost(learner: User, provider: ScriptedFake) -> None:
    look(provider)
    backup = custody_row()
    look(provider)
    as_it_was(backup)
    assert reaps(provider) is False


def test_a_backup_of_this_very_moment_is_no_older_database(learner: User, provider: ScriptedFake) -> None:
    look(provider)
    as_it_was(custody_row())
    assert reaps(provider) is True


def test_another_database_is_not_armed_and_arming_it_disarms_the_first(learner: User, provider: ScriptedFake) -> None:
    look(provider)
    first = custody_row()
    db.session.execute(db.delete(LabCustody))
    db.session.commit()
    look(provider)
    assert "another database" in (disarmed() or "")
    lab_custody.ask_for_arming()
    assert reaps(provider) is True
    as_it_was(first)
    assert reaps(provider) is False


def test_a_lab_newer_than_the_database_disarms_it(learner: User, provider: ScriptedFake) -> None:
    """The note was lost with the database: the lab's own number tells."""
    look(provider)
    provider.stray("lab-999", lab_id=999)
    assert reaps(provider) is False
    assert "lab-999" in (disarmed() or "")


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


def test_who_dies_while_arming_is_followed_by_who_arms(
    learner: User, provider: ScriptedFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    look(provider)
    db.session.execute(db.update(LabCustody).values(disarmed="it was restored"))
    db.session.commit()
    lab_custody.ask_for_arming()
    with monkeypatch.context() as broken:
        broken.setattr(provider, "note_epoch", _refuse)
        with pytest.raises(ProviderAway):
            look(provider)
    assert disarmed() == "it was restored"
    look(provider)
    assert disarmed() is None
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


def _refuse(epoch: str) -> None:
    raise ProviderAway(f"the cluster does not answer, so {epoch} is not noted")


def _away() -> str | None:
    raise ProviderAway("the cluster does not answer")

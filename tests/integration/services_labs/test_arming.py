"""When nothing is reaped, because the database may not be the one that made the labs, and who ends that."""

import pytest

from labs.errors import ProviderAway
from lms.models import Lab, LabCustody, User, db
from lms.services import lab_custody, labs
from tests.factories.offers import LAB
from tests.factories.providers import ScriptedFake
from tests.integration.services_labs.conftest import settle
from tests.integration.services_labs.looks import as_it_was, custody_row, look, reaps


def disarmed() -> str | None:
    found = lab_custody.current()
    assert found is not None
    return found.disarmed


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


def _refuse(epoch: str) -> None:
    raise ProviderAway(f"the cluster does not answer, so {epoch} is not noted")

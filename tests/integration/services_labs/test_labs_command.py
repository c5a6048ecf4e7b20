"""`lms labs`, and what `lms doctor` says of labs: after a restore, as the administrator sees it."""

from collections.abc import Iterator

import pytest
from click.testing import CliRunner

from lms.cli import labs as labs_cli
from lms.config import Settings
from lms.models import LabCustody, User, db
from lms.services import content, lab_custody, lab_orphans, labs
from lms.supervisor import lab_findings
from tests.factories.offers import LAB
from tests.factories.providers import ScriptedFake
from tests.integration.services_labs.conftest import settle


@pytest.fixture
def lms(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[CliRunner]:
    """The command, for the instance of this test."""
    monkeypatch.setattr(labs_cli, "settings_for", lambda demo: settings)
    yield CliRunner()


def restored(provider: ScriptedFake) -> None:
    """A database that is behind what the provider was told."""
    for _ in range(3):
        lab_orphans.look(provider, owner="a", apart=0)
    db.session.execute(db.update(LabCustody).values(fence=0))
    db.session.commit()
    provider.stray("lab-999")
    lab_orphans.look(provider, owner="a", apart=0)


def test_after_a_restore_it_says_what_is_there_and_how_to_go_on(
    lms: CliRunner, learner: User, provider: ScriptedFake
) -> None:
    restored(provider)
    shown = lms.invoke(labs_cli.command, [])
    assert shown.exit_code == 0, shown.output
    assert "restored" in shown.output and "labs arm" in shown.output and "lab-999" in shown.output
    armed = lms.invoke(labs_cli.command, ["arm"])
    assert armed.exit_code == 0, armed.output
    lab_orphans.look(provider, owner="a", apart=0)
    assert "lab-999" in provider.kept
    lab_orphans.look(provider, owner="a", apart=0)
    assert "lab-999" not in provider.kept
    lab_orphans.look(provider, owner="a")
    shown = lms.invoke(labs_cli.command, [])
    assert "ten minutes" in shown.output and "Nothing is wrong" in shown.output


def test_before_any_look_it_says_so(lms: CliRunner, learner: User) -> None:
    assert "No worker has looked" in lms.invoke(labs_cli.command, []).output
    lab_custody.ask_for_arming()
    assert "asked for" in lms.invoke(labs_cli.command, []).output


def test_the_doctor_tells_of_a_disarmed_reaper(settings: Settings, learner: User, provider: ScriptedFake) -> None:
    assert list(lab_findings.examine(settings)) == []
    lab_orphans.look(provider, owner="a")
    (found,) = lab_findings.examine(settings)
    assert (found.subject, found.state) == ("unknown labs", "good")
    restored(provider)
    (found,) = lab_findings.examine(settings)
    assert found.state == "degraded"
    assert "1 found" in found.what and "restored" in found.what and "labs arm" in found.mend


@pytest.mark.parametrize(
    ("pool", "state", "words"),
    [
        ("tour-your-lab=2", "good", "tour-your-lab=2"),
        (f"{LAB}=1", "degraded", "no such lab"),
        ("tour-your-lab=20", "degraded", "asks for 20"),
    ],
)
def test_the_doctor_reads_the_pool(settings: Settings, pool: str, state: str, words: str) -> None:
    (found,) = lab_findings.examine(Settings(**(settings.model_dump() | {"lab_pool": pool})))
    assert (found.state, words in found.what) == (state, True)


class Opened:
    """Stands for what opens the provider of the settings."""

    def __init__(self, provider: ScriptedFake) -> None:
        self.provider = provider

    def opened(self) -> ScriptedFake:
        return self.provider


@pytest.fixture
def opened(learner: User, provider: ScriptedFake, monkeypatch: pytest.MonkeyPatch) -> ScriptedFake:
    """The provider, as the command opens it; content is there once the command has loaded it."""
    before = content.current()
    monkeypatch.setattr(labs_cli, "LateProvider", lambda settings: Opened(provider))
    monkeypatch.setattr("lms.content.load", lambda: content.install(before))
    return provider


def test_remove_takes_every_lab_away_with_its_work_once_it_is_confirmed(
    lms: CliRunner, learner: User, opened: ScriptedFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = opened
    labs.stop(learner, labs.start(learner, LAB).id)
    first = labs.start(learner, LAB).name
    settle(provider)
    provider.stray("lab-999")
    monkeypatch.setattr(content, "_current", None)
    assert "--all" in lms.invoke(labs_cli.command, ["remove"]).output
    asked = lms.invoke(labs_cli.command, ["remove", "--all"], input="n\n")
    assert (asked.exit_code, set(provider.kept)) == (1, {first, "lab-999"})
    assert "2 labs of 1 person" in asked.output
    removed = lms.invoke(labs_cli.command, ["remove", "--all", "--yes"])
    assert (removed.exit_code, provider.kept) == (0, {}), removed.output
    settle(provider)
    assert provider.kept == {}, "no worker brings one back"
    assert labs.start(learner, LAB).name != first
    db.session.commit()
    assert lms.invoke(labs_cli.command, ["remove", "--all", "--yes"]).exit_code == 0


def test_who_holds_no_way_to_labs_says_where_to_type_it(
    lms: CliRunner, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    web = Settings(**(settings.model_dump() | {"part": "web"}))
    monkeypatch.setattr(labs_cli, "settings_for", lambda demo: web)
    refused = lms.invoke(labs_cli.command, ["remove", "--all", "--yes"])
    assert refused.exit_code == 1 and "where the worker runs" in refused.output


def test_what_cannot_be_removed_is_named_with_the_reason(
    lms: CliRunner, learner: User, opened: ScriptedFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = opened
    monkeypatch.setattr(labs_cli, "PATIENCE_SECONDS", 0.0)
    monkeypatch.setattr(labs_cli, "LOOK_AGAIN_SECONDS", 0.0)
    name = labs.start(learner, LAB).name
    settle(provider)
    provider.sticks.add(name)
    provider.stray("lab-999")
    failed = lms.invoke(labs_cli.command, ["remove", "--all", "--yes"])
    assert (failed.exit_code, set(provider.kept)) == (1, {name})
    assert f"{name} cannot be deleted" in failed.output
    provider.sticks.clear()
    assert lms.invoke(labs_cli.command, ["remove", "--all", "--yes"]).exit_code == 0
    assert provider.kept == {}

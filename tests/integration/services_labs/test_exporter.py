"""Figures for Prometheus: what the database says at the moment of asking, and nothing about people."""

from wsgiref.util import setup_testing_defaults

from prometheus_client.parser import text_string_to_metric_families

from labs.errors import ProviderAway
from lms import exporter
from lms.config import Settings
from lms.models import User
from lms.services import lab_orphans, lab_reconciler, labs
from tests.factories.offers import LAB
from tests.factories.providers import ScriptedFake
from tests.integration.services_labs.conftest import settle


def test_labs_and_exams_are_counted_when_somebody_asks(
    settings: Settings, learner: User, provider: ScriptedFake
) -> None:
    assert figures(settings)["academy_accounts", ()] == 1
    assert figures(settings)["academy_examinations", ("queued",)] == 0
    labs.start(learner, LAB)
    assert figures(settings)["academy_labs", ("running", "absent")] == 1
    settle(provider)
    assert figures(settings)["academy_labs", ("running", "ready")] == 1


def test_what_somebody_should_look_at_is_counted(settings: Settings, learner: User, provider: ScriptedFake) -> None:
    quiet = figures(settings)
    assert (quiet["academy_labs_in_trouble", ("away",)], quiet["academy_reaper_disarmed", ()]) == (0, 0)
    provider.breaks = ProviderAway("it does not answer")
    lab = labs.start(learner, LAB)
    lab_reconciler.reconcile(lab.id, owner="a", provider=provider)
    provider.stray("lab-999")
    provider.breaks = None
    lab_orphans.look(provider, owner="a")
    found = figures(settings)
    assert found["academy_labs_in_trouble", ("away",)] == 1
    assert (found["academy_reaper_disarmed", ()], found["academy_labs_of_nobody", ()]) == (1, 1)


def test_nobody_s_name_is_in_them(settings: Settings, learner: User) -> None:
    _, body = ask(settings)
    assert learner.email not in body and learner.name not in body


def test_a_database_that_is_away_is_said(settings: Settings, learner: User) -> None:
    away = settings.model_copy(update={"database": "postgresql+psycopg://nobody@127.0.0.1:1/none?connect_timeout=2"})
    away.__dict__.pop("database_url", None)
    status, body = ask(away)
    assert status.startswith("503") and "does not answer" in body


def figures(settings: Settings) -> dict[tuple[str, tuple[str, ...]], float]:
    _, body = ask(settings)
    samples = [sample for family in text_string_to_metric_families(body) for sample in family.samples]
    return {(one.name, tuple(one.labels.values())): one.value for one in samples}


def ask(settings: Settings) -> tuple[str, str]:
    environ: dict[str, object] = {}
    setup_testing_defaults(environ)
    said: list[str] = []
    answer = exporter.application(settings)(environ, lambda status, headers: said.append(status))
    return said[0], b"".join(answer).decode()

"""`lms doctor` asks each part of the platform for what that part holds, and for nothing else."""

from pathlib import Path

import pytest

from labs.errors import ProviderAway
from lms.cli import table
from lms.config import Settings
from lms.supervisor import doctor
from lms.supervisor.finding import Finding
from tests.conftest import make_settings

ASKS_WHERE_LABS_RUN = {"Docker engine", "cluster's description", "cluster", "fence", "rights", "labs' environment"}


def look(settings: Settings) -> dict[str, Finding]:
    return {one.subject: one for one in doctor.examine(settings)}


def inside(home: Path, **changes: object) -> Settings:
    """A container of the platform: the instance folder is a volume, what is above it cannot be written."""
    (home / "main" / "run").mkdir(parents=True, exist_ok=True)
    told = {"provider": "docker", "labs_domain": "labs.academy.invalid", "public_url": "https://academy.invalid"}
    return make_settings(home, **(told | changes))


@pytest.mark.parametrize("provider", ["docker", "kubernetes"])
@pytest.mark.parametrize("part", ["web", "beat", "exporter", "migrate"])
def test_a_part_without_a_way_to_labs_is_not_asked_for_one(
    part: str, provider: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lms.supervisor.part_findings.web_answers", lambda settings: True)
    settings = inside(tmp_path, part=part, provider=provider)
    (tmp_path / "main" / "run" / "pulse-beat").touch()
    found = look(settings)
    assert not found.keys() & ASKS_WHERE_LABS_RUN
    assert [one for one in found.values() if one.state == "missing" and one.subject != "front-end files"] == []
    assert found["what runs the labs"].state == found["names below labs.academy.invalid"].state == "unseen"


def test_a_worker_is_asked_whether_it_turns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_: object, **__: object) -> None:
        raise ProviderAway("nobody answers")

    monkeypatch.setattr("labs.providers.docker.api.connect", nobody)
    settings = inside(tmp_path, part="worker")
    assert look(settings)["this part: worker"].state == "missing"
    (tmp_path / "main" / "run" / "pulse-worker").touch()
    found = look(settings)
    assert found["this part: worker"].state == "good"
    assert found["Docker engine"].state == "missing", "this part has to reach it"


def test_nobody_in_a_container_is_told_to_make_up(tmp_path: Path) -> None:
    said = " ".join(one.what + one.mend for one in doctor.examine(inside(tmp_path, part="web")))
    assert "no page is served" in said and "make up" not in said


@pytest.mark.parametrize("part", [None, "worker"])
def test_the_disk_is_that_of_the_instance(part: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = inside(tmp_path, part=part)
    monkeypatch.setattr("os.access", lambda path, mode: Path(path) == settings.instance_folder)
    assert doctor._disk(settings).state != "missing"
    monkeypatch.setattr("os.access", lambda path, mode: Path(path) != settings.instance_folder)
    assert doctor._disk(settings).state == "missing"


def test_names_are_those_of_the_labs_domain(tmp_path: Path) -> None:
    found = look(inside(tmp_path, provider="process"))["names below labs.academy.invalid"]
    assert found.state == "missing" and "lab-1.labs.academy.invalid" in found.what


def test_what_starts_the_instance_is_named_as_it_is_typed(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, instance="demo")
    for subject in ("database", "platform"):
        assert f"ACADEMY_HOME={tmp_path}" in look(settings)[subject].what
        assert "make demo`" in look(settings)[subject].what


def test_what_is_long_is_never_cut(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = "/" + "folder/" * 60
    table.show(("", "found"), [("disk", path)])
    assert path in capsys.readouterr().out.splitlines()[1]

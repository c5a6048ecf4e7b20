"""Whether an examiner that ended without findings broke, or was ended together with what it ran on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from docker.errors import NotFound

from labs.errors import ProviderAway
from labs.exams import exam
from labs.exams.asking import TOLD_TO_END, LookAtSystem
from labs.exams.hosts import cluster_systems
from labs.exams.hosts.cluster_systems import ClusterSystems, was_ended
from labs.exams.hosts.engine import EngineExamHost
from labs.exams.hosts.engine_names import ExamName
from labs.exams.hosts.engine_settings import EngineExamSettings
from labs.exams.hosts.engine_systems import EngineSystems
from labs.places import REPOSITORY
from tests.unit.exams.test_exam_places import PLACE

DISRUPTED: dict[str, Any] = {"conditions": [{"type": "DisruptionTarget", "status": "True"}]}


def pod(state: dict[str, Any], *, name: str = "examiner", deleted: bool = False, **status: object) -> dict[str, Any]:
    metadata = {"name": name} | ({"deletionTimestamp": "2026-11-22T00:00:00Z"} if deleted else {})
    said = {"containerStatuses": [{"name": "examiner", "state": state}], **status}
    return {"metadata": metadata, "spec": {"containers": [{}]}, "status": said}


def ended(code: int) -> dict[str, Any]:
    return {"terminated": {"exitCode": code}}


def cluster_of(*pods: dict[str, Any]) -> Any:
    return SimpleNamespace(list=lambda *_: pods)


@pytest.mark.parametrize(
    ("pods", "was"),
    [
        ([], True),
        ([pod(ended(TOLD_TO_END))], True),
        ([pod(ended(1))], False),
        ([pod(ended(137))], False),
        ([pod({"running": {}}, deleted=True)], True),
        ([pod(ended(137), **DISRUPTED)], True),
    ],
)
def test_a_pod_that_was_taken_away_did_not_break(pods: list[dict[str, Any]], was: bool) -> None:
    assert was_ended(cluster_of(*pods), "lab-1", "examiner") is was


def test_where_the_examiner_goes_on_the_connection_broke(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_systems, "END_SECONDS", 0.01)
    with pytest.raises(ProviderAway, match="the connection to examiner broke"):
        was_ended(cluster_of(pod({"running": {}})), "lab-1", "examiner")


@pytest.mark.parametrize("pods", [[], [pod(ended(137), name="system-1", **DISRUPTED)]])
def test_a_system_that_was_taken_away_did_not_end_by_itself(pods: list[dict[str, Any]]) -> None:
    systems = ClusterSystems(cluster_of(*pods), PLACE.other, "10.0.0.1", 60)
    with pytest.raises(ProviderAway, match="a system of the exam is gone"):
        systems.look(LookAtSystem(number=1))


@pytest.mark.parametrize(("code", "was"), [(TOLD_TO_END, True), (1, False), (137, False), (None, True)])
def test_a_container_that_was_ended_did_not_break(code: int | None, was: bool) -> None:
    def wait(*_: object, **__: object) -> dict[str, int]:
        if code is None:
            raise NotFound("somebody removed it")
        return {"StatusCode": code}

    client = SimpleNamespace(api=SimpleNamespace(wait=wait))
    host = EngineExamHost(EngineExamSettings(images={}), client=client)
    assert host._was_ended(ExamName("main", "abc", began=1)) is was


def test_a_service_whose_container_is_gone_is_not_one_that_runs() -> None:
    def gone(name: str) -> object:
        raise NotFound(name)

    client = SimpleNamespace(api=SimpleNamespace(inspect_container=gone))
    systems = EngineSystems(client, ExamName("main", "abc", began=1), EngineExamSettings(images={}), "tools", 60)
    systems._services[1] = ["one"]
    with pytest.raises(ProviderAway, match="somebody removed"):
        systems.look(LookAtSystem(number=1))


@pytest.mark.parametrize("said", [b"", b'{"plan": {}, "project": 10, "submission": 10}\n123'])
def test_an_examiner_whose_caller_is_lost_says_that_nothing_broke(said: bytes, tmp_path: Path) -> None:
    main = Path(exam.__file__).with_name("examiner_main.py")
    inside = f"from pathlib import Path; from labs.exams import bundle; bundle.INSIDE = Path({str(tmp_path)!r})"
    run = f"import sys; sys.path.insert(0, {str(REPOSITORY)!r}); {inside}; sys.argv[1:] = []; import runpy"
    argv = [sys.executable, "-c", f"{run}; runpy.run_path({str(main)!r}, run_name='__main__')"]
    assert subprocess.run(argv, input=said, check=False, timeout=60).returncode == TOLD_TO_END

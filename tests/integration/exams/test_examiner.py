"""Examiners that crash, hang, lie or lose their caller: never a zero for the learner, never a process left."""

import itertools
import os
import signal
import subprocess
import sys
import threading
import uuid
from pathlib import Path

import pytest

from labs.exams.events import Event, WaitingForTurn
from labs.exams.report import LogEvidence
from tests.factories.waiting import until
from tests.integration.exams.exam_bench import make_project, make_settings, make_submission, processes_with, run

BROKEN = {
    "raises": "async def examine(exam):\n    raise RuntimeError('a bug of ours')",
    "exits": "import os\nasync def examine(exam):\n    os._exit(0)",
    "killed": "import os\nasync def examine(exam):\n    os.kill(os.getpid(), 9)",
    "decides nothing": "async def examine(exam):\n    pass",
    "twice": "async def examine(exam):\n    for _ in 'ab':\n        exam.decide('works', passed=True, measured='')",
    "infinite": "async def examine(exam):\n    exam._criteria['works'] = None\n    exam._send(b'{\"kind\": NaN}\\n')",
    "floods": "async def examine(exam):\n    while True:\n        exam._send(b'x' * 65536)",
    "forges": (
        "async def examine(exam):\n"
        "    exam.decide('works', passed=True, measured='')\n"
        "    exam._criteria['works'] = exam._criteria['works'].model_copy(update={'points': 99.0, 'max_points': 99.0})"
    ),
}


@pytest.mark.parametrize("isolation", ["auto", "none"])
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_examiner_is_never_a_zero(tmp_path: Path, name: str, isolation: str) -> None:
    project = make_project(tmp_path / "projects", examiner=BROKEN[name])
    settings = make_settings(tmp_path / "state", isolation=isolation)
    report = run(project, make_submission(tmp_path / "work"), settings)
    assert (report.verdict, report.fault, report.criteria) == ("not gradable", "platform", [])
    assert "not your fault" in report.message
    assert not list((tmp_path / "state").glob("exam-*"))


def test_a_hanging_examiner_is_ended(tmp_path: Path) -> None:
    marker = f"hang-{uuid.uuid4().hex}"
    hang = f"[sys.executable, '-c', 'import time; time.sleep(1000)', '{marker}']"
    examiner = f"import subprocess, sys\nasync def examine(exam):\n    subprocess.run({hang})"
    project = make_project(tmp_path / "projects", examiner=examiner)
    report = run(project, make_submission(tmp_path / "work"), make_settings(tmp_path / "state", time_limit_seconds=4))
    assert (report.verdict, report.fault) == ("not gradable", "platform")
    assert "longer than its time limit" in report.message
    until("what it started is gone", lambda: not processes_with(marker), seconds=20)


@pytest.mark.parametrize("isolation", ["auto", "none"])
def test_an_examiner_may_have_modules(tmp_path: Path, isolation: str) -> None:
    examiner = "from .criteria.works import decide\n\nasync def examine(exam):\n    decide(exam)\n"
    project = make_project(tmp_path / "projects", examiner=examiner)
    (project.folder / "criteria").mkdir()
    module = "def decide(exam):\n    exam.decide('works', passed=True, measured='fine')\n"
    (project.folder / "criteria" / "works.py").write_text(module)
    settings = make_settings(tmp_path / "state", isolation=isolation)
    assert run(project, make_submission(tmp_path / "work"), settings).verdict == "passed"


def test_a_print_in_an_examiner_is_no_finding(tmp_path: Path) -> None:
    examiner = "async def examine(exam):\n    print('{}')\n    exam.decide('works', passed=True, measured='fine')"
    project = make_project(tmp_path / "projects", examiner=examiner)
    report = run(project, make_submission(tmp_path / "work"), make_settings(tmp_path / "state"))
    assert report.verdict == "passed"


def test_a_service_that_dies_is_told_with_its_log(tmp_path: Path) -> None:
    folder = make_submission(tmp_path / "work", before="raise SystemExit('no \\x1b[31mdatabase\\x1b[0m found')")
    report = run(make_project(tmp_path / "projects"), folder, make_settings(tmp_path / "state"))
    assert (report.verdict, report.fault) == ("not gradable", "learner")
    log = report.evidence[0]
    assert isinstance(log, LogEvidence)
    assert "database" in log.text
    assert "\x1b" not in log.text


@pytest.mark.parametrize("value", ["a\\0b", "x" * 60_000 + "${A}"])
def test_a_command_that_nobody_can_start_is_the_learners(tmp_path: Path, value: str) -> None:
    folder = make_submission(tmp_path / "work")
    env = f'{{A: "{"y" * 1_000}", B: "{value}"}}'
    word = "${B}" * 2
    text = f"project: small\nservices:\n  probe: {{command: [python, probe.py, '{word}'], env: {env}}}\n"
    (folder / "academy.yaml").write_text(text)
    report = run(make_project(tmp_path / "projects"), folder, make_settings(tmp_path / "state"))
    assert (report.verdict, report.fault) == ("not gradable", "learner")
    assert "environment of 'probe' cannot be used" in report.message


CALLER = """
import sys
from pathlib import Path
sys.path.insert(0, {repository!r})
from tests.integration.exams.exam_bench import make_settings, run
from labs.projects import load_project
from schema import Problems
root = Path({root!r})
project = load_project("small", Problems(), root=root / "projects")
run(project, root / "work", make_settings(root / "state", isolation={isolation!r}))
"""
STAYS = """
import subprocess, sys
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", "{marker}"], start_new_session=True)
"""
WAITS = "def report():\n    import time\n    time.sleep(600)"


@pytest.mark.linux
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_nothing_outlives_a_killed_caller(tmp_path: Path, how: signal.Signals) -> None:
    marker = f"stays-{uuid.uuid4().hex}"
    make_project(tmp_path / "projects")
    make_submission(tmp_path / "work", report=WAITS, before=STAYS.format(marker=marker))
    repository = str(Path(__file__).parents[3])
    code = CALLER.format(repository=repository, root=str(tmp_path), isolation="required")
    with subprocess.Popen([sys.executable, "-c", code]) as caller:
        until("the submission runs", lambda: processes_with(marker))
        os.kill(caller.pid, how)
        caller.wait()
    until("no daemon of the submission outlives the exam", lambda: not processes_with(marker), seconds=20)
    until("no sandbox outlives its caller", lambda: not processes_with(str(tmp_path)), seconds=20)


@pytest.mark.linux
def test_without_a_sandbox_the_services_still_die_with_the_caller(tmp_path: Path) -> None:
    make_project(tmp_path / "projects")
    make_submission(tmp_path / "work", report=WAITS)
    code = CALLER.format(repository=str(Path(__file__).parents[3]), root=str(tmp_path), isolation="none")
    with subprocess.Popen([sys.executable, "-c", code]) as caller:
        plan = f"{tmp_path}/state"
        until("the examiner runs", lambda: any("plan.json" in _command(pid) for pid in processes_with(plan)))
        examiner = next(pid for pid in processes_with(plan) if "plan.json" in _command(pid))
        until("a service runs", lambda: _children(examiner))
        services = _children(examiner)
        caller.kill()
    until("all are gone", lambda: not any(_is_alive(pid) for pid in [examiner, *services]), seconds=20)


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def _children(pid: int) -> list[int]:
    return [int(child) for path in Path(f"/proc/{pid}/task").glob("*/children") for child in path.read_text().split()]


def _is_alive(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def test_exams_take_turns(tmp_path: Path) -> None:
    slow = "import asyncio, time\nasync def examine(exam):\n    async with exam.phase('working'):\n"
    slow += "        await asyncio.sleep(1)\n    exam.decide('works', passed=True, measured=str(time.time()))"
    project = make_project(tmp_path / "projects", examiner=slow)
    folder, settings = make_submission(tmp_path / "work"), make_settings(tmp_path / "state")
    events: list[list[Event]] = [[], [], []]
    ends: list[float] = []

    def one(number: int) -> None:
        report = run(project, folder, settings, events[number])
        assert report.verdict == "passed"
        ends.append(float(report.criteria[0].measured))

    threads = [threading.Thread(target=one, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ends.sort()
    assert len(ends) == 3
    assert all(later - earlier >= 1 for earlier, later in itertools.pairwise(ends))
    positions = {event.position for each in events for event in each if isinstance(event, WaitingForTurn)}
    assert positions == {1, 2}

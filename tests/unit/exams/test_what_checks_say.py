"""What a learner reads of a check: what was looked for, without the answer, and what was found, in the file's words."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from labs.catalogue.loader import HERE, load_labs
from labs.exams import judge
from labs.exams.findings import CheckReport
from labs.exams.probes.every import Check
from schema import Problems


def _report(probe: str, given: dict[str, Any], *, says: str | None, **collected: Any) -> CheckReport:
    check = {"probe": probe, "with": given, "title": "t", "says": says, "hint": "h"}
    files = {name: base64.b64encode(text.encode()).decode() for name, text in collected.get("files", {}).items()}
    one = {"check": check, "files": files, "command": collected.get("command")}
    return judge.judge({"addresses": {}, "hosts": {}, "token": "t", "checks": [one]})[0]


def test_the_authors_words_stand_for_the_values() -> None:
    wanted = {"path": "found.yaml", "values": {"customers": 400, "up": True}}
    text = "customers: null\nup: false\n"
    said = _report("file.data", wanted, says="the number of customers", files={"found.yaml": text})
    assert said.looked_for == "the number of customers"
    assert said.found == "customers is null, up is false"
    assert "400" in _report("file.data", wanted, says=None, files={"found.yaml": text}).looked_for


def _ran(exit_code: int, stdout: str = "", stderr: str = "") -> dict[str, Any]:
    return {"exit": exit_code, "stdout": stdout, "stderr": stderr}


@pytest.mark.parametrize(
    ("ran", "status", "found"),
    [
        (_ran(1, stderr="a warning\nno run yet\n"), "failed", "no run yet"),
        (_ran(0, "all is there\n", "a warning\n"), "passed", "all is there"),
        (
            _ran(1, stderr="Traceback (most recent call last):\n  here\nKeyError: 'workspace'\n"),
            "failed",
            "the check could not read what is there (KeyError: 'workspace')",
        ),
        (_ran(2), "failed", "it ended with 2"),
    ],
)
def test_a_script_of_a_check_speaks_for_itself(ran: dict[str, Any], status: str, found: str) -> None:
    run = {"run": ["python", "-c", "import this\nimport that"]}
    said = _report("command", run, says="a run", command=ran)
    assert (said.status, said.looked_for, said.found) == (status, "a run", found)


def test_a_command_of_the_learner_is_told_with_its_exit_code() -> None:
    said = _report("command", {"run": ["python", "gate.py"]}, says="it passes", command=_ran(1, "REFUSE: worse\n"))
    assert said.found == "it ended with 1; it said: REFUSE: worse"


def test_a_command_without_words_is_refused() -> None:
    with pytest.raises(ValidationError, match="says"):
        _check = {"probe": "command", "with": {"run": ["true"]}, "title": "t", "hint": "h"}
        TypeAdapter[Check](Check).validate_python(_check)


def test_patterns_are_told_in_words() -> None:
    wanted = {"path": "q.json", "matches": {"rate of errors": "rate\\("}, "absent": ["secret"]}
    said = _report("file.text", wanted, says=None, files={"q.json": "errors"})
    assert (said.looked_for, said.found) == (
        "a file q.json with rate of errors and without secret",
        "no rate of errors",
    )


def test_no_lab_tells_the_bounds_of_what_is_to_be_measured() -> None:
    checks = [check for lab in load_labs(HERE, Problems()).values() for step in lab.steps for check in step.checks]
    asked = [(one.title, one.with_.model_dump(include={"metrics", "values"})) for one in checks if one.says is None]
    assert not [title for title, values in asked if "'min'" in str(values)]

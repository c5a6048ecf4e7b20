"""`lms exam run`: the exam of the platform from the shell, without an account or a database."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from labs.places import REPOSITORY

pytestmark = pytest.mark.labs


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "lms.cli", "exam", "run", *arguments]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)


def test_json_is_the_report_and_nothing_else(tmp_path: Path) -> None:
    done = run("multi-model-ab-testing", str(tmp_path), "--json")
    report = json.loads(done.stdout)
    assert (report["verdict"], report["fault"], done.returncode) == ("not gradable", "learner", 2)
    assert "academy.yaml" in report["message"]
    assert "copying the submission" in done.stderr


def test_an_unknown_project_is_answered_with_those_there_are(tmp_path: Path) -> None:
    done = run("nothing", str(tmp_path))
    assert done.returncode == 2
    assert "multi-model-ab-testing" in done.stderr

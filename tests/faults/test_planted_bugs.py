"""The tests are tested: each planted bug must be found by the check that is there for it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.factories.databases import left_to_others
from tests.faults.points import ROOT
from tests.faults.test_kill_points import complaints, run

pytestmark = pytest.mark.once


@pytest.mark.parametrize("plant", ["ack-before-commit", "accept-before-bytes", "no-unique-form"])
def test_a_bug_in_accepting_is_found(plant: str, tmp_path: Path, databases: None) -> None:
    """Without anybody being killed: the client sends its form again, and finds what it was promised."""
    assert complaints(run("accept a submission", tmp_path, "--undisturbed", plant=plant))


def test_without_a_bug_there_is_nothing_to_find(tmp_path: Path, databases: None) -> None:
    assert complaints(run("accept a submission", tmp_path, "--undisturbed")) == []


def test_a_missing_fence_is_found(tmp_path: Path, databases: None) -> None:
    said = _fails("test_zombies.py", plant="no-fence")
    assert "test_its_view_of_a_lab_is_not_written" in said


def test_an_answer_before_the_commit_is_found_by_who_kills_the_web(databases: None) -> None:
    """Through the real web: learners are told of submissions that are not there."""
    said = _fails("test_web.py", "-k", "killed_web", plant="ack-before-commit")
    assert "every submission that was accepted is there" in said


def _fails(suite: str, *options: str, plant: str) -> str:
    """What the suite says when it meets the bug."""
    left_to_others()
    argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"tests/faults/{suite}", *options]
    environment = os.environ | {"ACADEMY_PLANT": plant}
    done = subprocess.run(argv, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=280)
    assert done.returncode == 1, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout

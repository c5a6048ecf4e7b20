"""The tests are tested: each planted bug must be found by the check that is there for it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.points import ROOT
from tests.faults.test_kill_points import complaints, run


@pytest.mark.parametrize("plant", ["ack-before-commit", "accept-before-bytes", "no-unique-form"])
def test_a_bug_in_accepting_is_found(plant: str, tmp_path: Path) -> None:
    """Without anybody being killed: the client sends its form again, and finds what it was promised."""
    assert complaints(run("accept a submission", tmp_path, "--undisturbed", plant=plant))


def test_without_a_bug_there_is_nothing_to_find(tmp_path: Path) -> None:
    assert complaints(run("accept a submission", tmp_path, "--undisturbed")) == []


def test_a_missing_fence_is_found(tmp_path: Path) -> None:
    zombies = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/faults/test_zombies.py"]
    environment = os.environ | {"ACADEMY_PLANT": "no-fence"}
    done = subprocess.run(zombies, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=200)
    assert done.returncode == 1, done.stdout[-2000:] + done.stderr[-2000:]
    assert "test_its_view_of_a_lab_is_not_written" in done.stdout

"""Kill -9 at every commit and every effect, found by running the code: the end is as if nobody had died."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.factories.databases import left_to_others
from tests.faults.points import ROOT
from tests.faults.scenarios import SCENARIOS

#: A commit and an effect that each scenario must have passed: an enumeration that finds nothing proves nothing.
MUST_PASS = {
    "start a lab": ("after commit leases.take", "subprocess.Popen processes.start"),
    "fill the pool": ("before commit lab_pool.keep", "subprocess.Popen processes.start"),
    "empty the pool": ("after commit lab_pool.keep", "shutil.rmtree folders._clear_gone"),
    "claim a lab of the pool": ("before commit labs.start", "after commit labs.start"),
    "stop a lab": ("after commit leases.take", "before commit leases.write"),
    "reset a lab": ("after commit labs._order < labs.reset", "shutil.rmtree folders._clear_gone"),
    "extend a lab": ("before commit labs.extend", "after commit labs.extend"),
    "delete a lab": ("after commit leases.take", "os.rename"),
    "check a step": ("after commit lab_checks.ask", "subprocess.Popen checks._judge"),
    "accept a submission": ("after commit submissions._kept < submissions._accept", "os.rename uploads.accept"),
    "examine a submission": ("before commit leases.write < leases.release", "subprocess.Popen examiner_process"),
}


def run(scenario: str, folder: Path, *options: str, plant: str = "") -> dict[str, Any]:
    """What the runner says, from a process of its own."""
    left_to_others()
    environment = os.environ | {"ACADEMY_PLANT": plant}
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.runner", scenario, str(folder), *options],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=560,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def complaints(found: dict[str, Any]) -> list[str]:
    """What is wrong with the end of a scenario, in all its runs."""
    state = found["state"]
    if "error" in state:
        return [str(state["error"])]
    wrong = [f"more than one of {what}" for what in ("labs", "submissions", "reports") if len(state[what]) > 1]
    wrong += [f"{what}: {state[what]}" for what in ("lost", "strays", "unnamed uploads", "leases") if state[what]]
    wrong += [f"damaged bytes: {one}" for one in state["submissions"] if not one[2]]
    return wrong + [f"killed at {point}: {end}" for point, end in found["differences"].items()]


@pytest.mark.beside
@pytest.mark.timeout(600)  # forty deaths and recoveries, on a machine that may be busy
@pytest.mark.parametrize("scenario", sorted(SCENARIOS))
def test_it_does_not_matter_who_died_when(scenario: str, tmp_path: Path, databases: None) -> None:
    found = run(scenario, tmp_path)
    assert complaints(found) == []
    assert found["points"][-1] == "the end"
    for needed in MUST_PASS[scenario]:
        assert any(point.startswith(needed) for point in found["points"]), found["points"]
    if scenario == "claim a lab of the pool":
        assert found["state"]["labs"] == [["running", "ready", True]]
        assert found["state"]["owned"] == [[True, True, True]]
    if scenario == "examine a submission":
        # So that equal does not mean equally wrong.
        assert found["state"]["reports"] == [[1, "passed", 100.0]]
        assert found["state"]["examinations"] == [[1, "done"]]

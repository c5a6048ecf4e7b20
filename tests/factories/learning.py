"""What a learner does on an installation, whatever it runs on: first steps of a lab, and a project for an exam."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from lms.services.packing import pack
from lms.supervisor.plan import CHECKOUT
from tests.factories.jupyter_client import Visitor as Jupyter
from tests.factories.visitor import Visitor

LAB, PROJECT = "tour-your-lab", "multi-model-ab-testing"
#: Checked by files and commands, and by what MLflow says: a component that only the worker may ask from outside.
STEPS = ("find-your-way", "first-run")


def work_in_a_lab(learner: Visitor, *, seconds: float) -> None:
    """Start it, come in by its credential alone, solve its first steps in a kernel, and have them checked."""
    learner.start_lab(LAB)
    workspace = learner.wait_for_lab(LAB, seconds=seconds)
    answer = learner.open(workspace)
    assert answer.status_code == 200 and "JupyterLab" in answer.text
    without = learner.open(workspace.partition("?")[0])
    assert "JupyterLab" not in without.text or without.status_code != 200
    inside = jupyter_of(learner, workspace)
    for step in STEPS:
        script = (CHECKOUT / "labs" / "catalogue" / LAB / "solution" / f"{step}.py").read_text()
        done = f"import subprocess; print('ended with', subprocess.run(['python', '-c', {script!r}]).returncode)"
        assert "ended with 0" in inside.run_in_kernel(done)
        learner.check_step(LAB, step)


def jupyter_of(learner: Visitor, workspace: str) -> Jupyter:
    """The learner's JupyterLab at that address, by their own door."""
    way, door = urlsplit(learner.door), urlsplit(workspace)
    assert way.hostname and way.port and door.hostname
    return Jupyter(way.hostname, way.port, door.hostname, parse_qs(door.query)["token"][0])


def examined(learner: Visitor, folder: Path, *, seconds: float) -> dict[str, Any]:
    """The report of the project's own solution, handed in as an archive that is made in `folder`."""
    archive = folder / "solution.zip"
    pack(CHECKOUT / "labs" / "projects" / PROJECT / "solution", archive)
    form = f"/projects/{PROJECT}"
    answer = learner.post(f"{form}/submissions", form_at=form, files={"file": archive})
    return learner.wait_for_report(answer.headers["Location"], seconds=seconds)

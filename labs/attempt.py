"""Tries one variant of a lab from start to end, as `tests/content` and authors do."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from labs import naming
from labs.catalogue.model import Lab
from labs.catalogue.variants import Variant, command
from labs.components.loader import known_components
from labs.errors import OurFault
from labs.exams.checks import check_step
from labs.exams.findings import StepReport
from labs.ports import Provider
from labs.spec import LabSpec

SCRIPT_SECONDS = 180.0
Say = Callable[[str], None]


def order(lab: Lab, *, lab_id: int, installation: str) -> LabSpec:
    """Make the order for one lab of the catalogue, without a door for a browser: nobody comes in here."""
    name = naming.lab_name(lab_id)
    asked = {check.with_.component for step in lab.steps for check in step.checks if check.probe == "http.json"}
    known = known_components()
    components = tuple(one for one in lab.components if not known[one].door or one in asked) or lab.components
    return LabSpec(
        installation=installation, lab_id=lab_id, name=name, components=components, starter=lab.starter,
        host=naming.host_name(name), token=secrets.token_urlsafe(32),
        egress=lab.egress, kubectl=lab.kubectl,
    )  # fmt: skip


@contextmanager
def running(provider: Provider, spec: LabSpec) -> Iterator[None]:
    """Have the lab running; it is deleted afterwards, whatever happens."""
    try:
        start(provider, spec)
        yield
    finally:
        provider.delete(spec)


def start(provider: Provider, spec: LabSpec, *, seconds: float = 240.0) -> None:
    """Call `ensure` until the lab is ready; raise when it fails or takes too long."""
    deadline = time.monotonic() + seconds
    while (seen := provider.ensure(spec)).state != "ready":
        if seen.problem:
            raise OurFault(f"{spec.name} did not start: {seen.problem.what}\n{seen.problem.log}")
        if time.monotonic() > deadline:
            raise OurFault(f"{spec.name} was not ready within {seconds:.0f} s")
        time.sleep(0.1)


def attempt(
    provider: Provider, spec: LabSpec, lab: Lab, variant: Variant, *, say: Say, before: Say = lambda _: None
) -> list[StepReport]:
    """Run the variant's scripts in step order, then check every step.

    A variant without failing steps is checked step by step, each right after its script, and the first that does not
    pass ends the attempt. `before` is told the id of a step whose script is about to run.
    """
    reports: list[StepReport] = []
    for step in lab.steps:
        if path := variant.scripts.get(step.id):
            before(step.id)
            say(f"running {path.parent.name}/{path.name}")
            ran = provider.run(spec, command(path), timeout=SCRIPT_SECONDS)
            if ran.exit != 0:
                say(f"{path} ended with {ran.exit}:\n{ran.stdout[-1500:]}{ran.stderr[-1500:]}")
            if not variant.fails:
                reports.append(checked(provider, spec, lab, step.id, say=say))
                if not reports[-1].passed:
                    return reports
    return reports or [checked(provider, spec, lab, step.id, say=say) for step in lab.steps]


def checked(provider: Provider, spec: LabSpec, lab: Lab, step_id: str, *, say: Say) -> StepReport:
    """Check one step and tell what was seen."""
    step = next(step for step in lab.steps if step.id == step_id)
    report = check_step(provider, spec, step)
    say(f"step {step.id}: {'error: ' + report.problem if report.status == 'error' else _verdict(report)}")
    for check in report.checks:
        say(f"  [{check.status}] {check.title}\n    looked for: {check.looked_for}\n    found: {check.found}")
        if check.hint:
            say(f"    hint: {check.hint}")
    return report


def _verdict(report: StepReport) -> str:
    return "passed" if report.passed else "failed"


def failing(reports: list[StepReport]) -> frozenset[str]:
    """Name the steps that did not pass; a fault of ours is raised, as it is no verdict."""
    for report in reports:
        if report.status == "error":
            raise OurFault(f"step {report.step} could not be checked: {report.problem}")
    return frozenset(report.step for report in reports if not report.passed)

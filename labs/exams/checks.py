"""Checks one step of a running lab.

Two halves: here, with the provider, files and command results are collected as bytes within a cap; then a process of
its own, without credentials of the platform, asks the lab over HTTP and judges. Replies of a lab are read only there.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from pydantic import TypeAdapter, ValidationError

from labs.errors import JudgeFailed, LabError
from labs.exams.findings import CheckReport, StepReport
from labs.exams.probes.every import Check
from labs.ports import Observation, Provider
from labs.spec import LabSpec

JUDGE = Path(__file__).with_name("judge.py")
JUDGE_SECONDS = 60.0
FILE_CAP = 1_048_576
REPORT_CAP = 1_048_576
_REPORTS = TypeAdapter(tuple[CheckReport, ...])


class Step(Protocol):
    """What a step of the catalogue is to a judge."""

    @property
    def id(self) -> str:
        """Its name within the lab."""
        ...

    @property
    def checks(self) -> Sequence[Check]:
        """What must hold."""
        ...


def check_step(provider: Provider, lab: LabSpec, step: Step) -> StepReport:
    """Check a step against the lab's real state; any fault of ours gives status `error`, never a failed check."""
    started = time.monotonic()
    try:
        seen = provider.observe(lab)
        if seen.state != "ready":
            return _error(step, f"the lab is {seen.state}; start it, wait until it is ready, and check again")
        checks = _judge(_plan(provider, lab, step, seen))
    except (LabError, OSError, subprocess.SubprocessError) as error:
        return _error(step, f"the check itself failed ({type(error).__name__}: {error}); try again")
    errors = [check for check in checks if check.status == "error"]
    return StepReport(
        step=step.id,
        status="error" if errors else "judged",
        passed=all(check.status == "passed" for check in checks),
        checks=checks,
        problem=errors[0].found if errors else "",
        seconds=round(time.monotonic() - started, 3),
    )


def _error(step: Step, problem: str) -> StepReport:
    return StepReport(step=step.id, status="error", passed=False, problem=problem)


def _plan(provider: Provider, lab: LabSpec, step: Step, seen: Observation) -> dict[str, Any]:
    """Give everything that the judge needs; the only secret in it is this lab's own token."""
    return {
        "addresses": {one.name: one.address for one in seen.components if one.address},
        "hosts": {one.name: one.host for one in seen.components if one.host},
        "token": lab.token.get_secret_value(),
        "checks": [_collected(provider, lab, check) for check in step.checks],
    }


def _collected(provider: Provider, lab: LabSpec, check: Check) -> dict[str, Any]:
    probe = check.with_
    files = {path: provider.read(lab, path, max_bytes=FILE_CAP) for path in probe.files()}
    need = probe.command()
    ran = provider.run(lab, need.run, timeout=need.timeout_seconds) if need else None
    return {
        "check": check.model_dump(mode="json", by_alias=True),
        "files": {path: None if data is None else base64.b64encode(data).decode() for path, data in files.items()},
        "command": ran.model_dump(mode="json") if ran else None,
    }


def _judge(plan: dict[str, Any]) -> tuple[CheckReport, ...]:
    """Let the plan be judged in a scrubbed process: no environment, an empty folder, one JSON report within a cap."""
    with tempfile.TemporaryDirectory(prefix="judge-") as folder, tempfile.TemporaryFile() as answer:
        ran = subprocess.run(
            [sys.executable, "-I", str(JUDGE)], input=json.dumps(plan).encode(), stdout=answer, stderr=subprocess.PIPE,
            cwd=folder, env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}, timeout=JUDGE_SECONDS, check=False,
        )  # fmt: skip
        answer.seek(0)
        report = answer.read(REPORT_CAP + 1)
    if ran.returncode != 0 or len(report) > REPORT_CAP:
        raise JudgeFailed(
            f"the judge ended with {ran.returncode}: {ran.stderr[-300:].decode(errors='replace').strip()}"
        )
    try:
        checks = _REPORTS.validate_json(report)
    except ValidationError as error:
        raise JudgeFailed("the judge gave no report that can be read") from error
    if len(checks) != len(plan["checks"]):
        raise JudgeFailed(f"the judge reported {len(checks)} of {len(plan['checks'])} checks")
    return checks

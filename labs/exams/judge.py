"""The judging process: one JSON plan on stdin, one JSON list of check reports on stdout.

Started with `python -I` and an empty environment: it holds no credential but that of the lab that it looks at.
"""

from __future__ import annotations

import base64
import json
import sys
import time
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    # Isolated mode knows neither the working folder nor PYTHONPATH.
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from pydantic import TypeAdapter

from labs.exams.findings import CheckReport, Finding
from labs.exams.probes.base import Evidence, Probe
from labs.exams.probes.every import Check
from labs.exams.replies import Asker, Unreachable
from labs.ports import CommandResult

PAUSE_SECONDS = 0.5


def judge(plan: dict[str, Any]) -> list[CheckReport]:
    """Judge every check of the plan."""
    asker, since = Asker(plan["addresses"], plan["token"], plan["hosts"]), time.monotonic()
    checks = [TypeAdapter[Check](Check).validate_python(one["check"]) for one in plan["checks"]]
    return [_judge_one(check, one, asker, since) for check, one in zip(checks, plan["checks"], strict=True)]


def _judge_one(check: Check, collected: dict[str, Any], asker: Asker, since: float) -> CheckReport:
    files = {path: None if data is None else base64.b64decode(data) for path, data in collected["files"].items()}
    ran = CommandResult.model_validate(collected["command"]) if collected["command"] else None
    try:
        finding = patiently(check.with_, Evidence(asker, files, ran), since=since)
    except Unreachable as error:
        return CheckReport(title=check.title, status="error", found=str(error), hint="Is the lab still running?")
    return CheckReport(
        title=check.title,
        status="passed" if finding.passed else "failed",
        looked_for=check.says or finding.looked_for,
        found=finding.found,
        hint="" if finding.passed else check.hint,
    )


def patiently(probe: Probe, evidence: Evidence, *, since: float) -> Finding:
    """Judge until it passes or the probe's patience is over; the last finding counts.

    Patience begins with the first check of a step: while that waits, what the others wait for happens too.
    """
    deadline = since + probe.patience_seconds
    while not (finding := probe.judge(evidence)).passed and time.monotonic() < deadline:
        time.sleep(PAUSE_SECONDS)
    return finding


if __name__ == "__main__":
    reports = judge(json.load(sys.stdin))
    json.dump([report.model_dump(mode="json") for report in reports], sys.stdout)

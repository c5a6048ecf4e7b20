"""`prometheus.target`: Prometheus scrapes a target, and the target is in the asked health."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from labs.exams.findings import Finding, short
from labs.exams.probes import prometheus_api
from labs.exams.probes.base import CheckBase, Evidence, Probe, Wanted, described, matches
from schema.content import Text

PATIENCE_SECONDS = 15.0
"""Several scrapes: in a lab that just started the first ones are late, and a busy target misses one."""


class PrometheusTarget(Probe):
    """A target of a job, with labels and health."""

    patience_seconds: ClassVar[float] = PATIENCE_SECONDS

    job: Text
    labels: dict[str, Wanted] = Field(default_factory=dict)
    health: Literal["up", "down", "unknown"] = "up"

    def judge(self, evidence: Evidence) -> Finding:
        """Look through the active targets."""
        data = prometheus_api.ask(evidence, "/targets", state="active")
        of_job = [
            target
            for target in prometheus_api.objects(data.get("activeTargets"))
            if prometheus_api.labels(target).get("job") == self.job
        ]
        if not of_job:
            return self._finding(False, f"Prometheus has no target of the job '{self.job}'")
        fitting = [
            target
            for target in of_job
            if all(matches(value, prometheus_api.labels(target).get(key)) for key, value in self.labels.items())
        ]
        if not fitting:
            return self._finding(False, f"{len(of_job)} target(s) of the job, none with {described(self.labels)}")
        if any(target.get("health") == self.health for target in fitting):
            return self._finding(True, f"a target of '{self.job}' is {self.health}")
        first = fitting[0]
        error = f" ({short(first['lastError'])})" if first.get("lastError") else ""
        return self._finding(False, f"the target of '{self.job}' is {short(first.get('health'), 20)}{error}")

    def _finding(self, passed: bool, found: str) -> Finding:
        with_ = f" with {described(self.labels)}" if self.labels else ""
        return Finding(
            passed=passed, looked_for=f"a target of the job '{self.job}'{with_} that is {self.health}", found=found
        )


class PrometheusTargetCheck(CheckBase):
    """A check by `prometheus.target`."""

    probe: Literal["prometheus.target"]
    with_: PrometheusTarget = Field(alias="with")

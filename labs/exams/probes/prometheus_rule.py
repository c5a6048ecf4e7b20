"""`prometheus.rule`: Prometheus has loaded an alert rule, perhaps in a certain state."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from labs.exams.findings import Finding, listed, short
from labs.exams.probes import prometheus_api
from labs.exams.probes.base import CheckBase, Evidence, Probe
from schema.content import Text


class PrometheusRule(Probe):
    """An alert by its name."""

    patience_seconds: ClassVar[float] = prometheus_api.PATIENCE_SECONDS

    alert: Text
    state: Literal["inactive", "pending", "firing"] | None = None
    query_contains: Text | None = None

    def judge(self, evidence: Evidence) -> Finding:
        """Look through the loaded alert rules."""
        data = prometheus_api.ask(evidence, "/rules", type="alert")
        groups = prometheus_api.objects(data.get("groups"))
        rules = [rule for group in groups for rule in prometheus_api.objects(group.get("rules"))]
        named = [rule for rule in rules if rule.get("name") == self.alert]
        if not named:
            loaded = listed([str(rule.get("name")) for rule in rules])
            return self._finding(False, f"no rule '{self.alert}' is loaded; loaded alerts: {loaded}")
        wanted = self.query_contains
        fitting = [rule for rule in named if wanted is None or wanted in str(rule.get("query"))]
        if not fitting:
            return self._finding(False, f"the rule's query is `{short(named[0].get('query'))}`")
        health = fitting[0].get("health")
        if health == "err":
            return self._finding(False, f"the rule cannot be evaluated: {short(fitting[0].get('lastError'))}")
        state = fitting[0].get("state")
        return self._finding(self.state in (None, state), f"the rule is loaded and {short(state, 20)}")

    def _finding(self, passed: bool, found: str) -> Finding:
        state = f" that is {self.state}" if self.state else ""
        query = f" whose query contains `{self.query_contains}`" if self.query_contains else ""
        return Finding(passed=passed, looked_for=f"an alert rule '{self.alert}'{query}{state}", found=found)


class PrometheusRuleCheck(CheckBase):
    """A check by `prometheus.rule`."""

    probe: Literal["prometheus.rule"]
    with_: PrometheusRule = Field(alias="with")

"""`prometheus.query`: a PromQL query gives enough series, with values within bounds."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from labs.exams.findings import Finding, short
from labs.exams.probes import prometheus_api
from labs.exams.probes.base import Bounds, CheckBase, Count, Evidence, Probe


class PrometheusQuery(Probe):
    """A query, and what one of its series (every one with `all`) must give."""

    patience_seconds: ClassVar[float] = prometheus_api.PATIENCE_SECONDS

    query: Annotated[str, Field(min_length=1, max_length=2000)]
    min: float | None = None
    max: float | None = None
    series: Count = Count()

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min {self.min:g} is above max {self.max:g}")
        return self

    def judge(self, evidence: Evidence) -> Finding:
        """Ask once, now; every series that is counted has a value within the bounds."""
        data = prometheus_api.ask(evidence, "/query", query=self.query, timeout="8s")
        if "error" in data:
            return self._finding(False, f"Prometheus refused the query: {short(data['error'])}")
        values = _values(data)
        bounds = Bounds(min=self.min, max=self.max)
        fitting = [value for value in values if bounds.holds(value)]
        shown = ", ".join(f"{value:g}" for value in values[:5])
        found = f"{len(values)} series" + (f", values {shown}" if values else "")
        return self._finding(self.series.holds(len(fitting)), found)

    def _finding(self, passed: bool, found: str) -> Finding:
        bounds = "" if self.min is None and self.max is None else f" of {Bounds(min=self.min, max=self.max)}"
        return Finding(passed=passed, looked_for=f"{self.series} series{bounds} from `{self.query}`", found=found)


def _values(data: dict[str, Any]) -> list[float]:
    """Give the value of each series; a scalar counts as one."""
    result = data.get("result")
    if data.get("resultType") == "scalar":
        pairs = [result]
    else:
        pairs = [one.get("value") for one in prometheus_api.objects(result)]
    values = []
    for pair in pairs:
        if isinstance(pair, list) and len(pair) == 2:
            try:
                values.append(float(str(pair[1])))
            except ValueError:
                continue
    return values


class PrometheusQueryCheck(CheckBase):
    """A check by `prometheus.query`."""

    probe: Literal["prometheus.query"]
    with_: PrometheusQuery = Field(alias="with")

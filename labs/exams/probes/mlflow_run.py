"""`mlflow.run`: a run with the asked parameters, metrics, tags and artifact exists."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import Field

from labs.exams.findings import Finding, listed, short
from labs.exams.probes import mlflow_api
from labs.exams.probes.base import Bounds, CheckBase, Count, Evidence, Path, Probe, Wanted, described, matches
from schema.content import Text


class MlflowRun(Probe):
    """Runs of an experiment that match everything that is asked."""

    experiment: Text
    params: dict[str, Wanted] = Field(default_factory=dict)
    metrics: dict[str, Bounds] = Field(default_factory=dict)
    tags: dict[str, Wanted] = Field(default_factory=dict)
    count: Count = Count()
    artifact: Path | None = None
    status: Annotated[str, Field(pattern="^(RUNNING|SCHEDULED|FINISHED|FAILED|KILLED|[*])$")] = "FINISHED"
    nested: bool | None = None

    def judge(self, evidence: Evidence) -> Finding:
        """Count the runs that match; say what the nearest one lacks."""
        where = mlflow_api.experiment_id(evidence, self.experiment)
        if where is None:
            return self._finding(False, f"there is no experiment '{self.experiment}'")
        seen, matching, nearest = 0, 0, [""] * 99
        for run in mlflow_api.runs(evidence, where):
            seen += 1
            lacks = self._lacks(run, evidence)
            matching += not lacks
            nearest = lacks if lacks and len(lacks) < len(nearest) else nearest
        passed = self.count.holds(matching)
        found = f"{matching} of {seen} runs in '{self.experiment}' match"
        if not passed and matching < self.count.min and seen:
            found += f"; the nearest of the others: {listed(nearest)}"
        return self._finding(passed, found)

    def _finding(self, passed: bool, found: str) -> Finding:
        return Finding(passed=passed, looked_for=self._looked_for(), found=found)

    def _looked_for(self) -> str:
        parts = [f"parameters {described(self.params)}"] if self.params else []
        parts += [f"{name} {bounds}" for name, bounds in self.metrics.items()]
        parts += [f"tags {described(self.tags)}"] if self.tags else []
        parts += [f"the artifact {self.artifact}"] if self.artifact else []
        parts += ["a parent run"] if self.nested else ["no parent run"] if self.nested is False else []
        status = "" if self.status == "*" else f"{self.status.lower()} "
        with_ = f" with {'; '.join(parts)}" if parts else ""
        return f"{self.count} {status}run(s) in the experiment '{self.experiment}'{with_}"

    def _lacks(self, run: dict[str, Any], evidence: Evidence) -> list[str]:
        """Name everything that one run lacks; the artifact is asked for only when all else fits."""
        info, data = mlflow_api.part(run, "info"), mlflow_api.part(run, "data")
        params, tags = mlflow_api.pairs(data.get("params")), mlflow_api.pairs(data.get("tags"))
        metrics = mlflow_api.pairs(data.get("metrics"))
        lacks = [f"status {short(info.get('status'))}"] if not self._status_fits(info.get("status")) else []
        lacks += [
            _lack("parameter", key, params) for key, value in self.params.items() if not matches(value, params.get(key))
        ]
        lacks += [
            _lack("metric", key, metrics)
            for key, bounds in self.metrics.items()
            if not _holds(bounds, metrics.get(key))
        ]
        lacks += [_lack("tag", key, tags) for key, value in self.tags.items() if not matches(value, tags.get(key))]
        if self.nested is not None and self.nested != bool(tags.get("mlflow.parentRunId")):
            lacks.append("no parent run" if self.nested else "a parent run")
        if not lacks and self.artifact and not has_artifact(evidence, str(info.get("run_id")), self.artifact):
            lacks.append(f"no artifact {self.artifact}")
        return lacks

    def _status_fits(self, status: Any) -> bool:
        return self.status in ("*", status)


def _lack(kind: str, key: str, values: dict[str, Any]) -> str:
    return f"{kind} {key} is {short(values[key], 40)}" if key in values else f"no {kind} {key}"


def _holds(bounds: Bounds, value: Any) -> bool:
    # MLflow writes nan and infinity as text; both are values that were logged, and neither is within bounds.
    return (
        isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and bounds.holds(value)
    )


def has_artifact(evidence: Evidence, run_id: str, path: str) -> bool:
    """Say whether a run has this file or folder among its artifacts."""
    parent = path.rstrip("/").rpartition("/")[0]
    query = {"run_id": run_id} | ({"path": parent} if parent else {})
    found = mlflow_api.get(evidence, "/artifacts/list", **query)
    return any(one.get("path") == path.rstrip("/") for one in mlflow_api.objects((found or {}).get("files")))


class MlflowRunCheck(CheckBase):
    """A check by `mlflow.run`."""

    probe: Literal["mlflow.run"]
    with_: MlflowRun = Field(alias="with")

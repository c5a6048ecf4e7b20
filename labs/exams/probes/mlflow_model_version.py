"""`mlflow.model_version`: a registered model has the version that is asked for."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import yaml
from pydantic import Field

from labs.exams.findings import Finding, short
from labs.exams.probes import mlflow_api
from labs.exams.probes.base import CheckBase, Count, Evidence, Probe, Wanted, described, matches
from schema.content import Text


class MlflowModelVersion(Probe):
    """Versions of a model: one that matches, and how many there are."""

    model: Annotated[str, Field(pattern=r"^[^'/:]+$")]
    alias: Text | None = None
    version: Annotated[int, Field(ge=1)] | None = None
    count: Count = Count()
    tags: dict[str, Wanted] = Field(default_factory=dict)
    from_run: bool = False
    input_example: bool = False

    def judge(self, evidence: Evidence) -> Finding:
        """Look for one version that fits everything."""
        versions = mlflow_api.versions(evidence, self.model)
        if not versions:
            return self._finding(self._none_is_enough(), f"the registry has no version of '{self.model}'")
        if not self.count.holds(len(versions)):
            return self._finding(False, f"'{self.model}' has {len(versions)} versions")
        candidates, why = self._candidates(versions, evidence)
        for version in candidates:
            lacks = self._lacks(version, evidence)
            if not lacks:
                carries = f" and carries '{self.alias}'" if self.alias else ""
                return self._finding(True, f"version {short(version.get('version'))} of '{self.model}' fits{carries}")
            why = why or f"version {short(version.get('version'))} {'; '.join(lacks)}"
        return self._finding(False, why)

    def _none_is_enough(self) -> bool:
        asks = self.alias or self.version or self.tags or self.from_run or self.input_example
        return self.count.min == 0 and not asks

    def _finding(self, passed: bool, found: str) -> Finding:
        parts = [f"the alias '{self.alias}'"] if self.alias else []
        parts += [f"number {self.version}"] if self.version else []
        parts += [f"tags {described(self.tags)}"] if self.tags else []
        parts += ["the run that it came from"] if self.from_run else []
        parts += ["a signature"] if self.input_example else []
        with_ = f", one of them with {', '.join(parts)}" if parts else ""
        return Finding(passed=passed, looked_for=f"{self.count} version(s) of '{self.model}'{with_}", found=found)

    def _candidates(self, versions: list[dict[str, Any]], evidence: Evidence) -> tuple[list[dict[str, Any]], str]:
        if self.alias:
            carrier = mlflow_api.version_of_alias(evidence, self.model, self.alias)
            if carrier is None:
                return [], f"no version of '{self.model}' carries the alias '{self.alias}'"
            versions = [carrier]
        if self.version is not None:
            fitting = [one for one in versions if str(one.get("version")) == str(self.version)]
            numbers = ", ".join(short(one.get("version"), 12) for one in versions[:8])
            where = f"'{self.alias}' is on version {numbers}" if self.alias else f"there are versions {numbers}"
            return fitting, "" if fitting else where
        return versions, ""

    def _lacks(self, version: dict[str, Any], evidence: Evidence) -> list[str]:
        tags = mlflow_api.pairs(version.get("tags"))
        lacks = [
            f"has the tag {key}={short(tags[key], 60)}" if key in tags else f"has no tag {key}"
            for key, value in self.tags.items()
            if not matches(value, tags.get(key))
        ]
        if self.from_run and not _comes_from_run(version, evidence):
            lacks.append("does not come from a run that still exists")
        if self.input_example and not _has_signature(version, evidence):
            lacks.append("has no signature (log the model with an input example)")
        return lacks


def _comes_from_run(version: dict[str, Any], evidence: Evidence) -> bool:
    run_id = version.get("run_id")
    found = mlflow_api.get(evidence, "/runs/get", run_id=run_id) if isinstance(run_id, str) and run_id else None
    info = ((found or {}).get("run") or {}).get("info") or {}
    return isinstance(info, dict) and info.get("lifecycle_stage") == "active"


def _has_signature(version: dict[str, Any], evidence: Evidence) -> bool:
    """Read the model's own description through MLflow's artifact proxy."""
    query = {"name": str(version.get("name")), "version": str(version.get("version"))}
    found = mlflow_api.get(evidence, "/model-versions/get-download-uri", **query) or {}
    place = str(found.get("artifact_uri", "")).removeprefix("mlflow-artifacts:/").lstrip("/")
    if not place or ".." in place or ":" in place:
        return False
    reply = evidence.asker.ask("mlflow", f"/api/2.0/mlflow-artifacts/artifacts/{place}/MLmodel")
    if reply.status != 200 or not reply.whole or len(reply.body) > 262_144:
        return False
    try:
        described_model = yaml.safe_load(reply.text)
    except (yaml.YAMLError, RecursionError):
        return False
    signature = described_model.get("signature") if isinstance(described_model, dict) else None
    return isinstance(signature, dict) and bool(signature.get("inputs"))


class MlflowModelVersionCheck(CheckBase):
    """A check by `mlflow.model_version`."""

    probe: Literal["mlflow.model_version"]
    with_: MlflowModelVersion = Field(alias="with")

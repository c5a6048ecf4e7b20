"""`serving.predict`: the model server answers with predictions of the version that the registry's alias names."""

from __future__ import annotations

import time
from typing import Annotated, Any, Literal

from pydantic import Field

from labs.exams.findings import Finding, short
from labs.exams.probes import mlflow_api
from labs.exams.probes.base import CheckBase, Evidence, Probe
from labs.exams.replies import Reply
from schema.content import Text

PATIENCE_SECONDS = 30.0
"""A lab that just started loads its model after it is ready, which takes many seconds on a busy machine."""
PAUSE_SECONDS = 0.25
Feature = float | int | bool | str | None


class ServingPredict(Probe):
    """One request to /predict, compared with the registry."""

    inputs: Annotated[list[dict[str, Feature]], Field(min_length=1, max_length=100)]
    model: Text
    alias: Text = "champion"
    predictions: Annotated[int, Field(ge=1)] | None = None

    def judge(self, evidence: Evidence) -> Finding:
        """Ask for predictions and compare the version that answers."""
        carrier = mlflow_api.version_of_alias(evidence, self.model, self.alias)
        wanted = str(carrier.get("version")) if carrier else None
        reply = self._predict(evidence, wanted)
        data = reply.json if isinstance(reply.json, dict) else {}
        if reply.status != 200:
            return self._finding(False, f"/predict answered {reply.status}: {short(data.get('detail', reply.text))}")
        if wanted is None:
            return self._finding(False, f"the registry has no '{self.model}' with the alias '{self.alias}'")
        return self._compare(data, wanted)

    def _predict(self, evidence: Evidence, wanted: str | None) -> Reply:
        """Ask for predictions, and once more only when the server changed its model between its health and this."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            follows = wanted is not None and self._wait(evidence, wanted, deadline)
            reply = evidence.asker.ask("serving", "/predict", method="POST", body={"inputs": self.inputs})
            if not follows or reply.status not in (200, 503) or self._is_served(reply, wanted):
                return reply
            time.sleep(PAUSE_SECONDS)

    def _wait(self, evidence: Evidence, wanted: str, deadline: float) -> bool:
        """Give the server the time that it takes to follow the alias; /health counts nothing, unlike /predict."""
        while time.monotonic() < deadline:
            if self._is_served(evidence.asker.ask("serving", "/health"), wanted):
                return True
            time.sleep(PAUSE_SECONDS)
        return False

    def _is_served(self, reply: Reply, wanted: str | None) -> bool:
        served = mlflow_api.part(reply.json, "model") if isinstance(reply.json, dict) else {}
        return (served.get("name"), str(served.get("version"))) == (self.model, wanted)

    def _compare(self, data: dict[str, Any], wanted: str) -> Finding:
        served = mlflow_api.part(data, "model")
        given = data.get("predictions")
        number = len(given) if isinstance(given, list) else 0
        found = (
            f"{number} prediction(s) from '{short(served.get('name'), 60)}' version {short(served.get('version'), 20)}"
        )
        if (served.get("name"), str(served.get("version"))) != (self.model, wanted):
            return self._finding(False, f"{found}, but the alias '{self.alias}' is on version {short(wanted, 20)}")
        return self._finding(number == self._number(), found)

    def _number(self) -> int:
        return self.predictions or len(self.inputs)

    def _finding(self, passed: bool, found: str) -> Finding:
        looked_for = f"{self._number()} prediction(s) by the version of '{self.model}' behind the alias '{self.alias}'"
        return Finding(passed=passed, looked_for=looked_for, found=found)


class ServingPredictCheck(CheckBase):
    """A check by `serving.predict`."""

    probe: Literal["serving.predict"]
    with_: ServingPredict = Field(alias="with")

"""`http.json`: a component answers a request with the asked status and values."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from labs.exams.findings import Finding, listed, short
from labs.exams.probes.base import CheckBase, Evidence, Probe
from labs.exams.probes.values import WantedValues, misfits, wanted_text


class HttpJson(Probe):
    """One request and what its answer must hold."""

    component: Literal["mlflow", "serving", "prometheus", "workspace"]
    path: Annotated[str, Field(pattern=r"^/([^/\s#][^\s#]*)?$")]
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    # Called `json` in files; pydantic keeps that name for a method of its own.
    payload: Any = Field(default=None, alias="json")
    status: Annotated[int, Field(ge=100, le=599)] = 200
    body: WantedValues = Field(default_factory=dict)

    def judge(self, evidence: Evidence) -> Finding:
        """Send the request and compare."""
        reply = evidence.asker.ask(self.component, self.path, method=self.method, body=self.payload)
        if reply.status != self.status:
            return self._finding(False, f"it answered {reply.status}: {short(reply.text)}")
        if not self.body:
            return self._finding(True, f"it answered {reply.status}")
        if reply.json is None:
            return self._finding(False, f"the answer is no JSON within 1 MiB: {short(reply.text)}")
        wrong = misfits(self.body, reply.json)
        return self._finding(not wrong, listed(wrong) if wrong else f"it answered {reply.status} with all of it")

    def _finding(self, passed: bool, found: str) -> Finding:
        body = f" with {wanted_text(self.body)}" if self.body else ""
        looked_for = f"{self.method} {self.path} of {self.component} answers {self.status}{body}"
        return Finding(passed=passed, looked_for=looked_for, found=found)


class HttpJsonCheck(CheckBase):
    """A check by `http.json`."""

    probe: Literal["http.json"]
    with_: HttpJson = Field(alias="with")

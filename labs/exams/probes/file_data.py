"""`file.data`: a JSON or YAML file of the workspace holds the asked values."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field

from labs.exams.findings import Finding, listed, short
from labs.exams.probes.base import CheckBase, Evidence, Path, Probe
from labs.exams.probes.values import WantedValues, misfits, wanted_text

CAP_BYTES = 262_144


class FileData(Probe):
    """A file and values by dotted paths."""

    path: Annotated[Path, Field(pattern=r"\.(json|ya?ml)$")]
    values: Annotated[WantedValues, Field(min_length=1)]

    def files(self) -> tuple[str, ...]:
        """The file."""
        return (self.path,)

    def judge(self, evidence: Evidence) -> Finding:
        """Read the file and compare."""
        data = evidence.files.get(self.path)
        if data is None:
            return self._finding(False, f"there is no file {self.path} in the workspace")
        if len(data) > CAP_BYTES:
            return self._finding(False, f"{self.path} is larger than {CAP_BYTES // 1024} KiB")
        try:
            parsed = _parsed(data.decode(), self.path)
        except (ValueError, yaml.YAMLError, RecursionError) as error:
            return self._finding(False, f"{self.path} cannot be read: {short(str(error))}")
        wrong = misfits(self.values, parsed)
        return self._finding(not wrong, listed(wrong) if wrong else f"{self.path} has all of it")

    def _finding(self, passed: bool, found: str) -> Finding:
        return Finding(passed=passed, looked_for=f"{self.path} with {wanted_text(self.values)}", found=found)


def _parsed(text: str, path: str) -> Any:
    if path.endswith(".json"):
        return json.loads(text)
    # Aliases let a few bytes stand for gigabytes.
    if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.SafeLoader)):
        raise ValueError("YAML aliases are not read here")
    return yaml.safe_load(text)


class FileDataCheck(CheckBase):
    """A check by `file.data`."""

    probe: Literal["file.data"]
    with_: FileData = Field(alias="with")

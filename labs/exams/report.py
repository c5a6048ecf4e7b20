"""The report of an exam: typed, bounded, and with points that only the host adds up."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Verdict = Literal["passed", "failed", "not gradable"]
Fault = Literal["learner", "platform"]
Isolation = Literal["bubblewrap", "docker", "kubernetes", "none"]

Name = Annotated[str, Field(min_length=1, max_length=120)]
Sentence = Annotated[str, Field(max_length=2_000)]
Points = Annotated[float, Field(ge=0, le=1_000, allow_inf_nan=False)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Seconds = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]


class Strict(BaseModel):
    """Knows its keys, is frozen, and holds finite numbers only."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class TextEvidence(Strict):
    """A paragraph."""

    kind: Literal["text"] = "text"
    title: Name
    text: Annotated[str, Field(max_length=8_000)]


class TableEvidence(Strict):
    """Rows under column names."""

    kind: Literal["table"] = "table"
    title: Name
    columns: Annotated[list[Name], Field(min_length=1, max_length=12)]
    rows: Annotated[list[list[str | int | Number]], Field(max_length=200)]


class Series(Strict):
    """One line or cloud of points."""

    name: Name
    points: Annotated[list[tuple[Number, Number]], Field(max_length=4_000)]


class Mark(Strict):
    """A moment worth seeing: a line at `at` on the x axis."""

    at: Number
    label: Name


class PlotEvidence(Strict):
    """A picture over time; the page draws it."""

    kind: Literal["plot"] = "plot"
    title: Name
    x_label: Name
    y_label: Name
    series: Annotated[list[Series], Field(min_length=1, max_length=6)]
    marks: Annotated[list[Mark], Field(max_length=10)] = []


class Bar(Strict):
    """One bar, with the range in which it is accepted where there is one."""

    name: Name
    value: Number
    low: Number | None = None
    high: Number | None = None


class BarsEvidence(Strict):
    """Amounts side by side."""

    kind: Literal["bars"] = "bars"
    title: Name
    y_label: Name
    bars: Annotated[list[Bar], Field(min_length=1, max_length=40)]


class LogEvidence(Strict):
    """The end of what a service wrote; text that a learner made, to be shown escaped."""

    kind: Literal["log"] = "log"
    title: Name
    text: Annotated[str, Field(max_length=20_000)]


Evidence = Annotated[
    TextEvidence | TableEvidence | PlotEvidence | BarsEvidence | LogEvidence, Field(discriminator="kind")
]


class CriterionResult(Strict):
    """What one criterion measured, and what it was worth."""

    id: Name
    title: Name
    points: Points
    max_points: Points
    measured: Sentence
    limit: Sentence
    advice: Sentence = ""
    evidence: Annotated[list[Evidence], Field(max_length=12)] = []


class Phase(Strict):
    """A named part of the exam and how long it took."""

    name: Name
    seconds: Seconds


class Versions(Strict):
    """Which examiner looked at which content."""

    examiner: Annotated[str, Field(max_length=64)]
    content: Annotated[str, Field(max_length=64)]


class Findings(Strict):
    """What the examiner process hands over: no verdict and no sum, the host makes those."""

    learner_fault: Sentence | None = None
    platform_fault: Sentence | None = None
    evidence: Annotated[list[Evidence], Field(max_length=12)] = []
    criteria: Annotated[list[CriterionResult], Field(max_length=60)] = []
    phases: Annotated[list[Phase], Field(max_length=60)] = []


class Report(Strict):
    """The outcome of one exam of one submission."""

    schema_version: Literal[1] = 1
    project: Name
    verdict: Verdict
    fault: Fault | None = None
    message: Sentence
    isolation: Isolation
    isolation_note: Sentence = ""
    points: Points
    max_points: Points
    pass_points: Points
    criteria: Annotated[list[CriterionResult], Field(max_length=60)] = []
    evidence: Annotated[list[Evidence], Field(max_length=12)] = []
    phases: Annotated[list[Phase], Field(max_length=80)] = []
    seconds: Seconds = 0
    versions: Versions


def counted_users(count: int) -> str:
    """So many users, in words of a report."""
    return "1 user" if count == 1 else f"{count} users"

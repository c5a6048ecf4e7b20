"""What an exam tells while it runs: small JSON lines, typed on both sides."""

from typing import Literal

from labs.exams.report import CriterionResult, Findings, Name, Seconds, Sentence, Strict


class WaitingForTurn(Strict):
    """Another exam runs on this machine; `position` of them come first."""

    kind: Literal["waiting"] = "waiting"
    position: int


class PhaseStarted(Strict):
    """A part of the exam begins."""

    kind: Literal["phase-started"] = "phase-started"
    name: Name


class PhaseEnded(Strict):
    """A part of the exam is over."""

    kind: Literal["phase-ended"] = "phase-ended"
    name: Name
    seconds: Seconds


class Progress(Strict):
    """How far the exam is, in words; sent every few seconds, so silence means trouble."""

    kind: Literal["progress"] = "progress"
    text: Sentence


class CriterionDecided(Strict):
    """A criterion has its points."""

    kind: Literal["criterion"] = "criterion"
    result: CriterionResult


class FinalFindings(Strict):
    """The last line of an examiner, sent once; never handed to listeners."""

    kind: Literal["findings"] = "findings"
    findings: Findings


Event = WaitingForTurn | PhaseStarted | PhaseEnded | Progress | CriterionDecided

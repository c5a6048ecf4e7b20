"""What can go wrong around an exam, told to people.

ExamError
├── IntakeError        the upload or the repository cannot be taken; the learner's to mend
├── ManifestError      academy.yaml is wrong; the learner's to mend
├── LearnerFault       the project cannot be examined as it is (it does not start, say)
└── ExaminerBroke      our own fault; costs the learner nothing
    └── CutOff         the examiner ended before its findings: broken itself, or taken away together with its machine
"""

from labs.exams.report import Evidence

#: How the report of an exam begins that we failed to hold.
NOT_YOUR_FAULT = "The exam could not be held, and that is not your fault:"


class ExamError(Exception):
    """The message is a sentence for the person who asked for the exam."""


class IntakeError(ExamError):
    """An upload or a repository was refused."""


class ManifestError(ExamError):
    """academy.yaml is missing or wrong; the message names file and line."""


class LearnerFault(ExamError):
    """The learner's system cannot be examined; what it said is in `evidence`."""

    def __init__(self, message: str, *evidence: Evidence) -> None:
        super().__init__(message)
        self.evidence = evidence


class ExaminerBroke(ExamError):
    """The platform failed; the exam is not gradable and nobody loses an attempt."""


class CutOff(ExaminerBroke):
    """The examiner ended before its findings; who started it finds out why."""

"""What `lms exam run` prints while an exam runs and at its end."""

import io

import pytest
from rich.console import Console

from labs.exams.events import CriterionDecided
from labs.exams.report import CriterionResult, Report, Verdict, Versions, counted_users
from lms.cli.exam import _show, _tell

MISSED = CriterionResult(id="p95", title="Soon", points=0, max_points=20, measured="2 s", limit="1 s")


def _report(verdict: Verdict, *criteria: CriterionResult) -> Report:
    return Report.model_construct(
        project="queue", verdict=verdict, message="The machine was busy.", isolation="none", isolation_note="",
        criteria=list(criteria), evidence=[], seconds=1.0, points=0, max_points=20, pass_points=14,
        versions=Versions(examiner="", content=""),
    )  # fmt: skip


@pytest.mark.parametrize("report, crosses", [(_report("not gradable"), 0), (_report("failed", MISSED), 1)])
def test_nothing_is_called_missed_before_the_exam_was_graded(report: Report, crosses: int) -> None:
    text = io.StringIO()
    shown = Console(file=text, width=100, highlight=False, markup=False)
    _tell(shown, CriterionDecided(result=MISSED))
    assert "Soon" in text.getvalue() and "✗" not in text.getvalue() and "20" not in text.getvalue()
    _show(shown, report)
    assert text.getvalue().count("✗ 0 / 20") == text.getvalue().count("✗") == crosses


@pytest.mark.parametrize("count, words", [(0, "0 users"), (1, "1 user"), (2, "2 users")])
def test_one_user_is_no_users(count: int, words: str) -> None:
    assert counted_users(count) == words

"""What an instructor reads of a learner in words and numbers: risk, the plan, a cell of the gradebook."""

import datetime as dt

from lms.services import gradebook, risk
from lms.services.progress import Share


def test_a_gradebook_keeps_numbers_and_ordinary_names() -> None:
    assert [gradebook.safe_cell(value) for value in (12.5, 0, "O'Neil", "Zoë", "Jean-Luc")] == [
        "12.5", "0", "O'Neil", "Zoë", "Jean-Luc",
    ]  # fmt: skip


def test_risk_has_reasons_in_words() -> None:
    now = dt.datetime(2026, 5, 10, tzinfo=dt.UTC)
    share, done, ends = Share(2, 10), Share(10, 10), dt.date(2026, 5, 20)
    quiet = now - dt.timedelta(days=6)

    def why(**changes: object) -> list[str]:
        given = {"share": share, "last_active": now, "verdicts": [], "expected": 30.0, "ends_on": ends, "now": now}
        return risk.reasons(**(given | changes))  # type: ignore[arg-type]  # the keywords above

    assert why() == []
    assert why(last_active=None) == ["has not begun"]
    assert why(last_active=quiet, expected=55.0) == ["nothing done for 6 days", "35 points behind the plan"]
    assert why(verdicts=["failed", "failed"]) == ["2 submissions did not pass"]
    assert why(verdicts=["failed", "failed", "passed"]) == []
    assert why(share=done, last_active=quiet) == []
    assert why(ends_on=dt.date(2026, 5, 1)) == ["did not finish: 20 % done"]
    assert why(expected=0.0, last_active=None) == [], "it has not started"


def test_the_plan_rises_evenly_from_the_first_to_the_last_day() -> None:
    first, last = dt.date(2026, 5, 1), dt.date(2026, 5, 10)
    days = [dt.date(2026, 4, 30), first, dt.date(2026, 5, 5), last, dt.date(2026, 6, 1)]
    assert [risk.expected_percent(first, last, day) for day in days] == [0, 10, 50, 100, 100]

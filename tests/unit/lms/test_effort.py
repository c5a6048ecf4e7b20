"""A day is a day: a project's time stands beside it."""

import pytest

from curricula.loader import load
from lms.services.progress import Effort, Standing
from lms.web.page import effort_text


@pytest.mark.parametrize(
    "effort, text",
    [
        (Effort(310, 480), "5 h 10 min, project 8 h in your own time"),
        (Effort(310), "5 h 10 min"),
        (Effort(0, 480), "project 8 h in your own time"),
        (Effort(), "0 min"),
    ],
)
def test_time_is_said_with_the_project_apart(effort: Effort, text: str) -> None:
    assert effort_text(effort) == text


def test_every_day_of_the_three_day_pathway_fits_a_day() -> None:
    curriculum = load()
    pathway = next(one for one in curriculum.active_pathways if one.length == "3 days")
    days = [Standing({}).share(map(curriculum.module, stage.modules)).whole for stage in pathway.stages]
    assert len(days) == 3 and all(4 * 60 <= day.minutes <= 6 * 60 for day in days)


def test_a_modules_minutes_are_those_of_its_activities() -> None:
    wrong = [one.slug for one in load().modules if one.minutes != sum(each.minutes for each in one.activities)]
    assert wrong == []

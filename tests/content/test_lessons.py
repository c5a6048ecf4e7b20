"""Every tested code block of every lesson runs in the lab environment and prints what the lesson says."""

from pathlib import Path

import pytest

from tests.content.lab_environment import REPOSITORY, lab_environment
from tests.content.lesson_runs import run_lesson, runs_of

LESSONS = sorted((REPOSITORY / "curricula" / "modules").glob("*/*.md"))


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_code_of_the_lesson_runs_as_it_says(path: Path, tmp_path: Path) -> None:
    lesson = path.read_text(encoding="utf-8")
    mistakes = run_lesson(lesson, environment=lab_environment(), folder=tmp_path)
    assert not mistakes, f"{path.relative_to(REPOSITORY)}: " + "\n".join(mistakes)


def test_there_are_lessons_with_code_to_run() -> None:
    assert any(runs_of(path.read_text(encoding="utf-8")) for path in LESSONS)

"""The runner of lessons notices each way in which code can break its promise."""

import sys
from pathlib import Path

import psutil

from schema.markdown import code_blocks
from tests.content.lab_environment import REPOSITORY, lab_environment
from tests.content.lesson_runs import run_lesson
from tests.factories.waiting import until

HERE = Path(sys.prefix)


def has_ended(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def block(info: str, code: str) -> str:
    return f"```{info}\n{code}\n```\n\n"


def test_blocks_share_names_files_and_order(tmp_path: Path) -> None:
    lesson = (
        block("python run", "x = 1")
        + block("python", "raise SystemExit('only shown')")
        + block("python run", "open('made.py', 'w').write(f'y = {x}'); print('a    b')")
        + block("text output", "a b")
        + block("bash run", "python -c 'import made; print(made.y)'")
        + block("text output", "1")
        + block("python run", "assert 'x' not in globals(); import made")
    )
    assert run_lesson(lesson, environment=HERE, folder=tmp_path) == []


def test_an_error_is_told_with_the_line_of_the_lesson(tmp_path: Path) -> None:
    lesson = "Text.\n\n" + block("python run", "x = 1") + "More.\n\n" + block("python run", "1 / 0")
    (mistake,) = run_lesson(lesson, environment=HERE, folder=tmp_path)
    assert mistake.startswith("the python code from line 3 on ended with 1")
    # Line 10 of the lesson is line 7 of the script, which starts after the fence in line 3.
    assert "ZeroDivisionError" in mistake
    assert "line 7" in mistake


def test_bash_stops_at_the_first_error(tmp_path: Path) -> None:
    (mistake,) = run_lesson(block("bash run", "false | true\necho on"), environment=HERE, folder=tmp_path)
    assert "ended with 1" in mistake


def test_output_that_does_not_come_is_told(tmp_path: Path) -> None:
    lesson = block("python run", "print('one')") + block("text output", "two")
    (mistake,) = run_lesson(lesson, environment=HERE, folder=tmp_path)
    assert mistake == "line 5: this output did not come:\ntwo\n\nbut:\none\n"


def test_code_that_hangs_is_ended_with_what_it_started(tmp_path: Path) -> None:
    lesson = block("bash run", "sleep 600 & echo $! > pid\nwait")
    (mistake,) = run_lesson(lesson, environment=HERE, folder=tmp_path, limit_seconds=5)
    assert "took too long" in mistake
    pid = int((tmp_path / "work" / "pid").read_text())
    until("the end of what it started", lambda: has_ended(pid), seconds=10)


def test_the_lesson_of_the_how_to_runs(tmp_path: Path) -> None:
    page = (REPOSITORY / "docs" / "how-to" / "write-a-module.md").read_text(encoding="utf-8")
    (lesson,) = (found.code for found in code_blocks(page) if found.language == "markdown")
    assert run_lesson(lesson, environment=lab_environment(), folder=tmp_path) == []

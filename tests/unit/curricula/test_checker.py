"""The command prints every error and says so by its exit status."""

import subprocess
import sys

import pytest

from curricula.checker import main
from tests.unit.curricula.content_folder import ContentFolder


def test_right_content_exits_with_0(content: ContentFolder, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--root", str(content.root)]) == 0
    assert capsys.readouterr().out == "1 pathway and 2 modules, no errors.\n"


def test_wrong_content_prints_all_and_exits_with_1(content: ContentFolder) -> None:
    content.replace("modules/first/module.yaml", "minutes: 60", "minuets: 60")
    content.replace("modules/second/lesson.md", "## Why", "# Why")
    command = [sys.executable, "-m", "curricula", "--root", str(content.root)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout.count("\n") == 3
    assert "first/module.yaml:4: the key 'minuets' is unknown. Did you mean 'minutes'?" in done.stdout
    assert "second/lesson.md:1: " in done.stdout
    assert done.stderr == "3 errors.\n"


def test_an_author_asks_for_one_module(content: ContentFolder, capsys: pytest.CaptureFixture[str]) -> None:
    content.replace("modules/second/lesson.md", "## Why", "# Why")
    assert main(["--root", str(content.root), "first"]) == 0
    assert capsys.readouterr().out == "No errors there (1 elsewhere).\n"
    assert main(["--root", str(content.root), "second"]) == 1

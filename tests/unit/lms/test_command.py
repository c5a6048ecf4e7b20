"""Commands in messages can be pasted."""

import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from lms.cli import main
from lms.cli.up import settings_for
from lms.command import command
from tests.conftest import make_settings


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an `lms` that this process was started from, and a shell that does not find it."""
    program = tmp_path / ".venv" / "bin" / "lms"
    program.parent.mkdir(parents=True)
    program.touch(mode=0o755)
    monkeypatch.setattr(sys, "executable", str(program.with_name("python")))
    monkeypatch.setenv("PATH", "/usr/bin")
    for name in ("ACADEMY_HOME", "ACADEMY_INSTANCE", "ACADEMY_PORT", "ACADEMY_PUBLIC_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_command_is_written_as_this_shell_finds_it(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert command("down") == ".venv/bin/lms down"
    (checkout / "elsewhere").mkdir()
    monkeypatch.chdir(checkout / "elsewhere")
    assert command("down") == f"{checkout}/.venv/bin/lms down"
    monkeypatch.setenv("PATH", str(checkout / ".venv" / "bin"))
    assert command("down") == "lms down"


def test_it_names_the_instance_that_it_is_about(checkout: Path) -> None:
    assert command("down", settings_for(demo=False)) == ".venv/bin/lms down"
    assert command("down", settings_for(demo=True)) == ".venv/bin/lms down --demo"
    elsewhere = make_settings(checkout / "my home", port=9000)
    assert command("down", elsewhere) == f"ACADEMY_HOME='{checkout}/my home' ACADEMY_PORT=9000 .venv/bin/lms down"


@pytest.mark.usefixtures("checkout")
def test_a_link_for_nobody_says_both_commands() -> None:
    said = CliRunner().invoke(main, ["admin", "link"])
    assert said.exit_code == 2
    assert ".venv/bin/lms admin link --first" in said.output and ".venv/bin/lms admin link EMAIL" in said.output


def test_a_list_of_commands_says_whole_sentences() -> None:
    with click.Context(main) as context:
        every = {name: main.get_command(context, name) for name in main.list_commands(context)}
    groups = [name for name, one in every.items() if isinstance(one, click.Group)]
    assert "content" in groups
    for arguments in [[], *([name] for name in groups)]:
        told = CliRunner().invoke(main, [*arguments, "--help"]).output.partition("Commands:")[2]
        assert told and not [line for line in told.splitlines() if line.endswith("...")], told

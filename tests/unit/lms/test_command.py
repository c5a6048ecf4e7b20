"""Commands in messages can be pasted."""

import socket
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from lms.cli import main
from lms.cli.up import settings_for
from lms.command import command
from lms.supervisor import database
from lms.supervisor.start import CannotStart, check_port
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
    assert command("demo links", settings_for(demo=True)) == ".venv/bin/lms demo links", "it knows no --demo"
    elsewhere = make_settings(checkout / "my home", port=9000)
    assert command("down", elsewhere) == f"ACADEMY_HOME='{checkout}/my home' ACADEMY_PORT=9000 .venv/bin/lms down"


@pytest.mark.parametrize(("instance", "start"), [("main", "8080 make up"), ("demo", "8081 make demo")])
def test_a_port_in_use_is_told_with_what_starts_the_same_instance_elsewhere(
    checkout: Path, instance: str, start: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        settings = make_settings(checkout / "home", instance=instance, port=other.getsockname()[1])
        with pytest.raises(CannotStart) as told:
            check_port(settings)
    advice = str(told.value).splitlines()[-1]
    assert advice == f"Choose another one: ACADEMY_HOME={checkout}/home ACADEMY_PORT={start}"


@pytest.mark.once
@pytest.mark.usefixtures("databases")
def test_the_demos_log_says_its_links_with_its_settings(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {"HOME": str(checkout / "home"), "INSTANCE": "demo", "PORT": "8481"}.items():
        monkeypatch.setenv(f"ACADEMY_{name}", value)
    monkeypatch.setattr("lms.demo.fill", lambda password: False)
    assert database.main() == 0
    assert f": ACADEMY_HOME={checkout}/home ACADEMY_PORT=8481 .venv/bin/lms demo links\n" in capsys.readouterr().out


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

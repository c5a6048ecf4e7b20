"""What the set-up reads and what it says when something is wrong."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

PREPARE = Path(__file__).resolve().parents[3] / "scripts" / "prepare"


@pytest.fixture
def prepare(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, ModuleType]]:
    """The set-up's modules, imported as the script does; none of them stays behind."""
    monkeypatch.syspath_prepend(str(PREPARE))
    names = ("steps", "packages", "front_end", "environments")
    yield {name: importlib.import_module(name) for name in names}
    for name in names:
        sys.modules.pop(name, None)


def test_unknown_icons_are_named_all_at_once(prepare: dict[str, ModuleType], tmp_path: Path) -> None:
    (tmp_path / "outline").mkdir()
    (tmp_path / "outline" / "home.svg").write_text('<svg xmlns="x"><path d="M1 1" /></svg>')
    listed = tmp_path / "icons.txt"
    listed.write_text("# comment\nhome\nno-such\nnor-this\n")
    with pytest.raises(prepare["steps"].SetupError, match=r"no-such, nor-this"):
        prepare["front_end"].read_icons(listed, folder=tmp_path)
    listed.write_text("home\n")
    icons = prepare["front_end"].read_icons(listed, folder=tmp_path)
    assert '<symbol id="home" viewBox="0 0 24 24"' in prepare["front_end"].sprite(icons)


def test_uv_is_told_what_the_site_told_pip(prepare: dict[str, ModuleType], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in prepare["packages"].UV_NAMES.values():
        monkeypatch.delenv(name, raising=False)
    listing = "global.index-url='http://mirror.example/simple'\n:env:.find-links='/some/wheels'\nglobal.colour='red'\n"
    assert prepare["packages"].pip_settings(listing) == {
        "UV_DEFAULT_INDEX": "http://mirror.example/simple",
        "UV_FIND_LINKS": "/some/wheels",
    }


def test_a_failing_command_says_why_what_it_printed_and_what_to_do(prepare: dict[str, ModuleType]) -> None:
    steps = prepare["steps"]
    with pytest.raises(steps.SetupError) as failed:
        steps.run(["sh", "-c", "echo broken wheel; exit 3"], why="It failed", mend="Do this.")
    assert str(failed.value) == "It failed (exit code 3).\n    | broken wheel\nDo this."


def test_set_up_and_platform_name_the_same_lab_environment(
    prepare: dict[str, ModuleType], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from lms.config import Settings

    monkeypatch.setenv("ACADEMY_HOME", str(tmp_path))
    assert prepare["environments"].lab_folder() == Settings().lab_environment

"""What is wrong with an academy.yaml is told with its line."""

from pathlib import Path

import pytest

from labs.exams.errors import ManifestError
from labs.exams.manifest import Manifest, read_manifest

GOOD = """\
project: some-project
services:
  router:
    command: python -m uvicorn router:app --port ${PORT}
    env: {MODE: "a b"}
"""


def read(folder: Path, text: str) -> Manifest:
    (folder / "academy.yaml").write_text(text)
    return read_manifest(folder, project="some-project", services=("router",))


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(ManifestError) as refused:
        read(folder, text)
    return str(refused.value)


def test_a_command_may_be_a_line_or_a_list_and_gets_its_port(tmp_path: Path) -> None:
    router = read(tmp_path, GOOD).services["router"]
    assert router.argv({"PORT": "8001"})[-1] == "8001"
    as_list = GOOD.replace("python -m uvicorn router:app --port ${PORT}", '[python, "a b.py", "$5"]')
    assert read(tmp_path, as_list).services["router"].argv({}) == ["python", "a b.py", "$5"]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("project: some-project", "project: other", 1),
        ("  router:", "  ruoter:", 2),
        ("    command:", "    comand:", 4),
        ("    env: {MODE:", "    env: {LD_PRELOAD:", 5),
        ('    env: {MODE: "a b"}', "    workdir: ../elsewhere", 5),
        ('    env: {MODE: "a b"}', "    workdir: missing", 5),
        ('    env: {MODE: "a b"}', "    ready: health", 5),
        ("python -m uvicorn", "python 'unclosed", 4),
        ("services:", "services: [", 2),
    ],
)
def test_each_mistake_names_its_line(tmp_path: Path, old: str, new: str, line: int) -> None:
    said = refusal(tmp_path, GOOD.replace(old, new))
    assert f"academy.yaml:{line}: " in said or (new.endswith("[") and "academy.yaml:" in said)


def test_several_mistakes_are_told_at_once(tmp_path: Path) -> None:
    said = refusal(tmp_path, GOOD.replace("command:", "comand:").replace("project: some-project", "project: 5"))
    assert "academy.yaml:1: " in said
    assert "academy.yaml:4: " in said


def test_a_wrong_project_and_a_wrong_command_are_told_together_in_the_words_of_the_brief(tmp_path: Path) -> None:
    text = "project: other\nservices:\n  ruoter: {command: 3, workdir: missing}\n"
    first, second, *others = refusal(tmp_path, text).splitlines()
    assert first.startswith("academy.yaml:1: the project is 'other', but this exam is for 'some-project'.")
    assert second.startswith("academy.yaml:2: the services lack router.")
    assert (
        "academy.yaml:3: the workdir 'missing' of 'ruoter' does not exist. Name a folder of the submission." in others
    )
    assert any("3 is no command; write a line, such as 'python main.py', or a list of words." in one for one in others)
    assert len(others) == 2


def test_a_missing_manifest_says_where_it_is_instead(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "academy.yaml").write_text(GOOD)
    with pytest.raises(ManifestError, match="inside the folder 'inner'"):
        read_manifest(tmp_path, project="some-project")


def test_aliases_that_multiply_are_refused(tmp_path: Path) -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "\n".join(f"b{i}: &b{i} [*a,*a,*a,*a,*a,*a,*a,*a]" for i in range(9))
    assert "academy.yaml:" in refusal(tmp_path, bomb)


def test_a_deep_nest_is_refused(tmp_path: Path) -> None:
    assert "academy.yaml" in refusal(tmp_path, "project: " + "[" * 20_000)

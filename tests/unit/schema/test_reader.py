"""Every mistake in a YAML file is reported with its line and a mend, all of them at once."""

from pathlib import Path
from textwrap import dedent
from typing import Annotated, Literal
from uuid import UUID

import pytest
from pydantic import Field

from schema import Content, Problem, Problems, Slug, Text, read_source, read_yaml


class Circle(Content):
    kind: Literal["circle"]
    radius: float


class Square(Content):
    kind: Literal["square"]
    side: float
    note: str | None = None


class Drawing(Content):
    uuid: UUID
    title: Text
    slug: Slug
    state: Literal["draft", "active"]
    shapes: tuple[Annotated[Circle | Square, Field(discriminator="kind")], ...] = ()
    labels: dict[str, Square] = Field(default_factory=dict)
    public: bool = False
    copies: int = 1
    tags: tuple[str, ...] = Field(default=(), max_length=2)


GOOD = """\
uuid: 6b3c7a8e-3b0f-4a44-9a5e-7f6e3f0c1d21
title: A drawing
slug: a-drawing
state: active
"""


def read(tmp_path: Path, text: str) -> tuple[Drawing | None, list[tuple[int, str]]]:
    path = tmp_path / "drawing.yaml"
    path.write_text(text, encoding="utf-8")
    problems = Problems()
    drawing = read_yaml(path, Drawing, problems)
    assert all(problem.path == path for problem in problems)
    return drawing, [(problem.line, f"{problem.message}. {problem.mend}") for problem in problems]


def test_a_right_file_gives_a_frozen_object(tmp_path: Path) -> None:
    drawing, found = read(tmp_path, GOOD + "shapes:\n  - {kind: circle, radius: 2}\n")
    assert found == []
    assert drawing is not None
    assert drawing.shapes == (Circle(kind="circle", radius=2),)
    with pytest.raises(ValueError, match="frozen"):
        drawing.title = "another"  # type: ignore[misc]  # the very thing under test


def test_all_mistakes_come_at_once_each_with_its_line_and_mend(tmp_path: Path) -> None:
    text = dedent("""\
        uuid: not-one
        titel: A drawing
        slug: A Drawing
        state: activ
        shapes:
          - kind: circle
            radius: two
          - kind: triangle
          - {side: 3}
          - kind: square
            sied: 3
        labels:
          corner:
            kind: square
            side: 3
            nota: x
        public: 7
        copies: 1.5
        tags: [1, two, three]
        """)
    drawing, found = read(tmp_path, text)
    assert drawing is None
    expected = [
        (1, "'uuid' is 'not-one', but must be a UUID. Make one with: python3"),
        (1, "the key 'title' is missing. Add 'title:' there."),
        (2, "the key 'titel' is unknown. Did you mean 'title'?"),
        (3, "'slug' is 'A Drawing', which does not have the asked form. Use small letters, digits and hyphens"),
        (4, "'state' is 'activ', but must be 'draft' or 'active'. Did you mean 'active'?"),
        (7, "'shapes[1].radius' is 'two', but must be a number. Write the number without quotes or units."),
        (8, "'shapes[2]' has the unknown kind 'triangle'. Use one of: circle, square."),
        (9, "the key 'kind' is missing in 'shapes[3]'. Add 'kind:' there."),
        (10, "the key 'side' is missing in 'shapes[4]'. Add 'side:' there."),
        (11, "the key 'sied' is unknown in 'shapes[4]'. Did you mean 'side'?"),
        (16, "the key 'nota' is unknown in 'labels.corner'. Did you mean 'note'?"),
        (17, "'public' is 7, but must be true or false. Write true or false."),
        (18, "'copies' is 1.5, but must be a whole number. Write the number without quotes or units."),
        (19, "'tags[1]' is 1, but must be text. Put it in quotes: \"1\"."),
    ]
    for line, sentence in expected:
        assert [one for at, one in found if at == line and one.startswith(sentence)], (line, sentence, found)
    assert len(found) == len(expected)


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        (GOOD + "title: Again\n", 5, "the key 'title' is here a second time (first on line 2). Keep one"),
        (GOOD + "\tcopies: 2\n", 5, "this is not YAML: "),
        (GOOD + "copies: two: three\n", 5, "this is not YAML: "),
        (GOOD + "tags: [a, b\n", 6, "this is not YAML: "),
        (GOOD + "tags: [*nobody]\n", 5, "this is not YAML: found undefined alias. Put text that starts"),
        (GOOD + "on: true\n", 5, 'the key on is not read as text. Write it in quotes: "on".'),
        (GOOD + "copies: !!python/object:os.system x\n", 5, "the value 'x' cannot be read. Put it in quotes."),
        (GOOD + "copies:\n", 5, "'copies' is empty, but must be a whole number. Write a value after the colon."),
        (GOOD + "tags: one\n", 5, "'tags' is 'one', but must be a list. Write it as [one, two]"),
        (GOOD + "tags: [a, b, c]\n", 5, "'tags' has 3 items, but may have at most 2. Remove some."),
        (GOOD + "tags: &a [*a]\n", 5, "an alias contains itself. Write the value out."),
        ("", 1, "the file is empty. Write the keys"),
        ("- a\n- b\n", 1, "the file does not hold keys and values. Start it with"),
        (GOOD.replace("A drawing", '""'), 2, "'title' is empty. Write a value."),
        (GOOD + "---\n" + GOOD, 5, "this is not YAML: "),
    ],
)
def test_each_kind_of_mistake_says_what_to_do(tmp_path: Path, text: str, line: int, sentence: str) -> None:
    drawing, found = read(tmp_path, text)
    assert drawing is None
    assert [one for at, one in found if at == line and one.startswith(sentence)], found
    assert all(not one.endswith(". ") for _, one in found), "a mistake without a mend"


def test_duplicate_keys_do_not_hide_the_other_mistakes(tmp_path: Path) -> None:
    _, found = read(tmp_path, GOOD + "title: Again\ncolour: red\n")
    assert [line for line, _ in found] == [5, 6]


def test_files_that_cannot_be_read_are_problems_not_exceptions(tmp_path: Path) -> None:
    problems = Problems()
    (tmp_path / "latin.yaml").write_bytes(b"title: a\nslug: caf\xe9\n")
    (tmp_path / "folder.yaml").mkdir()
    for name in ("absent.yaml", "latin.yaml", "folder.yaml"):
        assert read_yaml(tmp_path / name, Drawing, problems) is None
    lines = {problem.path.name: (problem.line, problem.message) for problem in problems}
    assert lines["absent.yaml"] == (1, "the file does not exist")
    assert lines["latin.yaml"] == (2, "the file is not UTF-8 text")
    assert lines["folder.yaml"][1].startswith("the file cannot be read")


def test_given_keys_come_from_elsewhere_and_may_not_be_written(tmp_path: Path) -> None:
    path = tmp_path / "drawing.yaml"
    path.write_text(GOOD.replace("slug: a-drawing\n", ""), encoding="utf-8")
    problems = Problems()
    sourced = read_source(path, Drawing, problems, given={"slug": "from-outside"})
    assert sourced is not None
    assert (sourced.value.slug, sourced.line("state"), sourced.path) == ("from-outside", 3, path)
    path.write_text(GOOD, encoding="utf-8")
    assert read_source(path, Drawing, problems, given={"slug": "from-outside"}) is None
    assert [(problem.line, problem.mend) for problem in problems] == [(3, "Remove it.")]


def test_problems_read_as_one_sentence_a_line_in_the_order_of_files() -> None:
    problems = Problems([Problem(Path("b.yaml"), 2, "late", "Mend it."), Problem(Path("a.yaml"), 10, "ten")])
    problems.add(Path("a.yaml"), 9, "nine.")
    problems.add(Path("a.yaml"), 9, "nine.")
    assert str(problems) == "a.yaml:9: nine.\na.yaml:10: ten.\nb.yaml:2: late. Mend it."
    assert len(problems) == 3
    assert len(problems.within(Path("b.yaml"))) == 1
    assert str(Problems([Problem(Path("/x/y"), 1, "m")]).relative_to(Path("/x"))) == "y:1: m."

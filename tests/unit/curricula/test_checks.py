"""Each rule of the content: spoil one thing, see one sentence on the right line."""

from collections.abc import Callable
from typing import Any

import pytest

from curricula.loader import find_problems
from tests.unit.curricula.content_folder import ContentFolder, new_pathway, new_quiz

Spoil = Callable[[ContentFolder], object]


def sentences(content: ContentFolder) -> list[str]:
    return [
        str(problem.path.relative_to(content.root)) + f":{problem.line}: {problem.message}"
        for problem in find_problems(content.root)
    ]


def lesson(old: str, new: str) -> Spoil:
    return lambda content: content.replace("modules/first/lesson.md", old, new)


def svg(old: str, new: str) -> Spoil:
    return lambda content: content.replace("modules/first/flow.svg", old, new)


def quiz(change: Callable[[list[dict[str, Any]]], object]) -> Spoil:
    def spoil(content: ContentFolder) -> None:
        data = new_quiz()
        change(data["questions"])
        content.write("modules/first/quiz.yaml", data)

    return spoil


def test_the_folder_is_right_before_it_is_spoiled(content: ContentFolder) -> None:
    assert sentences(content) == []


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (lambda c: c.pathway("way", "first", "second", "third"), "pathway.yaml:13: the module 'third' does not exist"),
        (lambda c: c.pathway("way", "second", "first"), "pathway.yaml:11: 'second' needs 'first', which does not come"),
        (
            lambda c: c.pathway("way", "first", "second", "first"),
            "13: the module 'first' is listed a second time (first",
        ),
        (lambda c: c.module("first", status="retired"), "11: an active pathway lists the retired module 'first'"),
        (lambda c: c.module("first", status="draft"), "11: an active pathway lists the draft module 'first'"),
        (lambda c: c.module("first", prerequisites=["zero"]), "the prerequisite 'zero' is no module"),
        (lambda c: c.module("first", prerequisites=["second"]), "go in a circle: first -> second -> first"),
        (lambda c: c.module("first", prerequisites=["first"]), "go in a circle: first -> first"),
        (lambda c: c.module("Bad_Slug"), "Bad_Slug/module.yaml:1: 'slug' (given from outside the file) is 'Bad_Slug'"),
        (lambda c: (c.root / "modules/first/quiz.yaml").unlink(), "the file 'quiz.yaml' does not exist"),
        (lambda c: c.write("modules/first/left.svg", "x"), "left.svg:1: nothing in this module refers"),
        (lambda c: c.replace("modules/first/module.yaml", "kind: lab", "kind: labb"), "has the unknown kind 'labb'"),
    ],
)
def test_modules_and_pathways(content: ContentFolder, spoil: Spoil, expected: str) -> None:
    spoil(content)
    found = sentences(content)
    assert any(expected in sentence for sentence in found), found


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (lesson("word word word", "word"), "lesson.md:1: the lesson has 4"),
        (lesson("```bash run", "```bash"), "lesson.md:1: the lesson has 1 blocks of code that are tested"),
        (lesson("## Why", "# Why"), "lesson.md:1: the heading 'Why' is of level 1"),
        (lesson("## Why", "### Why"), "lesson.md:1: the heading 'Why' skips a level"),
        (lesson("```bash run", "```sql run"), "a block of 'sql' cannot be run"),
        (lesson("```python run", "```python"), "this output does not directly follow a block that is run"),
        (lesson("```\n\n```text", "```\n\nand\n\n```text"), "this output does not directly follow"),
        (lesson("```bash run", "```bash runs"), "the word 'runs' after the language"),
        (lesson("(flow.svg)", "(flaw.svg)"), "lesson.md:5: the diagram 'flaw.svg' does not exist"),
        (lesson("(flow.svg)", "(https://example.org/x.svg)"), "is no diagram of this module"),
        (lesson("[A flow]", "[]"), "lesson.md:5: the image flow.svg has no alternative text"),
        (lesson("![A", "See ![A"), "the image flow.svg is not alone"),
        (lesson("![A flow](flow.svg)", "![A](flow.svg)\n\n![B](flow.svg)"), "7: the diagram 'flow.svg' is shown twice"),
        (lesson("## Why", "## Why\n\n[x](other.md)"), "lesson.md:3: the link 'other.md' leads nowhere"),
        (lesson("## Why", "## Why\n\n[x](#wy)"), "lesson.md:3: no heading has the anchor '#wy'"),
        (lesson("## Why", "## Why\n\n::: tip Now"), "lesson.md:3: the callout 'Now' has no end"),
        (lesson("## Why", "## Why\n\n::: info Now\n:::"), "lesson.md:3: this ::: begins or ends no callout"),
    ],
)
def test_lessons(content: ContentFolder, spoil: Spoil, expected: str) -> None:
    spoil(content)
    found = sentences(content)
    assert any(expected in sentence for sentence in found), found


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (quiz(lambda q: q.pop()), "quiz.yaml:1: the quiz has 5 questions"),
        (quiz(lambda q: q[1].update(id="q-0")), "the question id 'q-0' is used twice"),
        (quiz(lambda q: q[0]["options"][1].update(correct=True)), "2: the question 'q-0' is single but has 2 correct"),
        (quiz(lambda q: q[0]["options"][0].update(correct=False)), "'q-0' is single but has 0 correct"),
        (
            quiz(lambda q: (q[0].update(kind="multiple"), q[0]["options"][0].update(correct=False))),
            "'q-0' has no correct",
        ),
        (quiz(lambda q: q[0]["options"][1].update(text="yes")), "offers the same option twice: yes"),
        (quiz(lambda q: q[0]["options"][1].pop("why")), "the key 'why' is missing in 'questions[1].options[2]'"),
        (quiz(lambda q: q[0]["options"][1].update(why="")), "'questions[1].options[2].why' is empty"),
    ],
)
def test_quizzes(content: ContentFolder, spoil: Spoil, expected: str) -> None:
    spoil(content)
    found = sentences(content)
    assert any(expected in sentence for sentence in found), found


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (svg(' viewBox="0 0 200 80"', ""), "flow.svg:1: the diagram has no viewBox"),
        (svg(' role="img"', ""), "flow.svg:1: the diagram is not marked as an image"),
        (svg("<svg ", '<svg width="20" '), "flow.svg:1: <svg> has a width"),
        (svg("<title>A flow</title>", "<title> </title>"), "flow.svg:1: the diagram has no <title>"),
        (svg("<title>", "<style>.a{}</style><title>"), "flow.svg:2: the element <style> may not be used"),
        (svg("<title>", "<script>x</script><title>"), "flow.svg:2: the element <script> may not be used"),
        (svg("<title>", "<foreignObject/><title>"), "the element <foreignObject> may not be used"),
        (svg("<rect ", '<rect onclick="x" '), "flow.svg:5: <rect> has the attribute 'onclick'"),
        (svg("<rect ", '<rect style="x" '), "flow.svg:5: <rect> has the attribute 'style'"),
        (svg("<rect ", '<rect href="x" '), "flow.svg:5: <rect> has the attribute 'href'"),
        (svg("<rect ", '<rect fill="#fff" '), "flow.svg:5: <rect> has a colour of its own"),
        (svg('"d-box"', '"box"'), "flow.svg:5: the class 'box' is unknown"),
        (svg("flow-arrow", "arrow"), "flow.svg:3: the id 'arrow' does not begin with the file's name"),
        (svg("url(#flow-arrow)", "url(#flow-arow)"), "flow.svg:6: nothing here has the id 'flow-arow'"),
        (svg("url(#", "url(http://x/#"), "refers to something outside the file"),
        (svg("/></marker>", "></marker>"), "flow.svg:4: this is not XML: mismatched tag"),
        (svg("<svg", '<!DOCTYPE svg [<!ENTITY a "b">]><svg'), "flow.svg:1: the diagram has a DOCTYPE"),
    ],
)
def test_diagrams(content: ContentFolder, spoil: Spoil, expected: str) -> None:
    spoil(content)
    found = sentences(content)
    assert any(expected in sentence for sentence in found), found


def test_a_uuid_is_used_once_in_all_content(content: ContentFolder) -> None:
    uuid = "0b9f2f4e-9a43-4d5c-8a53-1d3f0f6a7b11"
    content.module("first", uuid=uuid)
    content.write("pathways/way/pathway.yaml", new_pathway("first", "second", uuid=uuid))
    assert sentences(content) == [f"modules/first/module.yaml:1: the uuid {uuid} is used already in way/pathway.yaml:1"]


def test_an_empty_folder_says_so(content: ContentFolder) -> None:
    empty = ContentFolder(content.root / "empty")
    empty.root.mkdir()
    assert [problem.message for problem in find_problems(empty.root)] == ["there is no module"]

"""Right content becomes an immutable curriculum; wrong content becomes all its problems at once."""

from uuid import uuid4

import pytest

from curricula.curriculum import NotInCurriculum
from curricula.loader import ContentErrors, load
from curricula.schema import LabActivity, LessonActivity, Question, QuizActivity
from tests.unit.curricula.content_folder import LESSON, SVG, ContentFolder


def test_everything_can_be_looked_up(content: ContentFolder) -> None:
    curriculum = load(content.root)
    (pathway,) = curriculum.pathways
    first, second = curriculum.modules_of(pathway)
    assert (first.slug, second.slug) == pathway.modules == ("first", "second")
    assert curriculum.pathway("way") is curriculum.pathway(pathway.uuid) is pathway
    assert curriculum.module("first") is curriculum.module(str(first.uuid)) is first
    assert curriculum.pathways_of(second) == (pathway,)
    lesson, lab, quiz = first.activities
    assert isinstance(lesson, LessonActivity)
    assert isinstance(lab, LabActivity)
    assert isinstance(quiz, QuizActivity)
    assert curriculum.activity(lab.uuid) == (first, lab)
    assert curriculum.lesson(lesson.uuid).text == LESSON
    assert curriculum.lesson(lesson.uuid).diagrams == {"flow.svg": SVG}
    assert quiz.pass_percent == 70
    question = curriculum.quiz(quiz.uuid).questions[0]
    assert isinstance(question, Question)
    assert question.correct == {0}


def test_what_is_not_there_is_named(content: ContentFolder) -> None:
    curriculum = load(content.root)
    with pytest.raises(NotInCurriculum, match="no module nothing"):
        curriculum.module("nothing")
    with pytest.raises(NotInCurriculum):
        curriculum.activity(uuid4())


def test_nothing_of_it_can_be_changed(content: ContentFolder) -> None:
    curriculum = load(content.root)
    with pytest.raises(AttributeError):
        curriculum.digest = ""  # type: ignore[misc]  # the very thing under test
    with pytest.raises(TypeError):
        curriculum.quizzes[uuid4()] = None  # type: ignore[index]
    with pytest.raises(ValueError, match="frozen"):
        curriculum.modules[0].title = ""  # type: ignore[misc]


def test_unchanged_files_are_not_parsed_again_and_changed_ones_are(content: ContentFolder) -> None:
    before = load(content.root)
    assert load(content.root) is before
    content.replace("modules/first/lesson.md", "## Why", "## Why not")
    after = load(content.root)
    assert after.digest != before.digest
    assert len(after.digest) == 64
    assert after.lesson(after.module("first").activities[0].uuid).text.startswith("## Why not")


def test_the_digest_sees_names_and_not_hidden_files(content: ContentFolder) -> None:
    before = load(content.root).digest
    content.write("modules/.cache/x.yaml", "x")
    content.write("modules/first/.lesson.md.swp", "x")
    assert load(content.root).digest == before
    (content.root / "pathways" / "way").rename(content.root / "pathways" / "other")
    assert load(content.root).digest != before


def test_retired_and_draft_content_may_lie_beside(content: ContentFolder) -> None:
    content.module("old", status="retired")
    content.module("new", status="draft")
    content.write("modules/new/lesson.md", "## Soon\n\n![A flow](flow.svg)\n")
    content.pathway("former", "old", status="retired")
    curriculum = load(content.root)
    assert [pathway.slug for pathway in curriculum.active_pathways] == ["way"]
    assert curriculum.module("old").status == "retired"


def test_mistakes_of_every_file_come_at_once(content: ContentFolder) -> None:
    content.replace("modules/first/module.yaml", "minutes: 60", "minuets: 60")
    content.replace("modules/second/quiz.yaml", "correct: true", "correct: false")
    content.replace("modules/second/lesson.md", "## Why", "# Why")
    content.replace("modules/second/flow.svg", "<title>A flow</title>", "")
    content.replace("pathways/way/pathway.yaml", "- second", "- third")
    content.write("modules/fourth/module.yaml", "title: [\n")
    with pytest.raises(ContentErrors) as caught:
        load(content.root)
    found = {(problem.path.parent.name, problem.path.name) for problem in caught.value.problems}
    assert found == {
        ("first", "module.yaml"),
        ("second", "quiz.yaml"),
        ("second", "lesson.md"),
        ("second", "flow.svg"),
        ("way", "pathway.yaml"),
        ("fourth", "module.yaml"),
    }
    assert "Did you mean 'minutes'?" in str(caught.value)

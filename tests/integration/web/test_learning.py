"""A learner's way: enrol, read, answer, resume; what is locked stays locked and nothing typed is lost."""

import re

from flask import Flask
from sqlalchemy import func, select

from curricula.schema import Module, Pathway
from lms.models import ActivityProgress, QuizAttempt, db
from lms.services import content, progress
from tests.integration.web.browser import Browser, NewPerson, hidden


def _pathway() -> Pathway:
    return content.current().curriculum.active_pathways[0]


def _module(*, locked: bool = False) -> Module:
    modules = content.current().curriculum.modules_of(_pathway())
    return next(module for module in modules if bool(module.prerequisites) == locked)


def _path(module: Module, kind: str, more: str = "") -> str:
    activity = next(one for one in module.activities if one.kind == kind)
    return f"/pathways/{_pathway().slug}/{module.slug}/{activity.uuid}{more}"


def _enrol(learner: Browser) -> None:
    assert learner.post(f"/pathways/{_pathway().slug}/enrol").status_code == 302


def _answers(module: Module, *, right: bool) -> dict[str, list[int]]:
    activity = next(one for one in module.activities if one.kind == "quiz")
    given: dict[str, list[int]] = {}
    for question in content.current().curriculum.quiz(activity.uuid).questions:
        wrong = next(number for number in range(len(question.options)) if number not in question.correct)
        given[f"q-{question.id}"] = sorted(question.correct) if right else [wrong]
    return given


def _percent(web: Flask, learner: Browser) -> float:
    with web.app_context():
        return progress.standing(learner.user_id or 0).of_pathway(_pathway()).percent


def test_enrolling_leads_to_the_first_lesson_and_twice_is_once(web: Flask, learner: Browser) -> None:
    first = learner.post(f"/pathways/{_pathway().slug}/enrol")
    assert first.headers["Location"] == _path(_module(), "lesson")
    assert learner.post(f"/pathways/{_pathway().slug}/enrol").status_code == 302
    assert learner.page("/").count("card resume") == 1


def test_an_activity_asks_to_enrol_first(learner: Browser) -> None:
    answer = learner.get(_path(_module(), "lesson"))
    assert answer.status_code == 302 and answer.headers["Location"] == f"/pathways/{_pathway().slug}"


def test_reading_a_lesson_marks_it_once_and_leads_on(web: Flask, learner: Browser) -> None:
    _enrol(learner)
    module = _module()
    for _ in range(2):
        assert learner.post(_path(module, "lesson", "/done")).status_code == 302
    total = sum(len(one.activities) for one in content.current().curriculum.modules_of(_pathway()))
    assert _percent(web, learner) == 100 / total


def test_a_quiz_is_not_done_by_saying_so(web: Flask, learner: Browser) -> None:
    _enrol(learner)
    assert learner.post(_path(_module(), "quiz", "/done")).status_code == 400
    assert _percent(web, learner) == 0


def test_the_same_quiz_form_sent_twice_is_one_attempt(web: Flask, learner: Browser) -> None:
    _enrol(learner)
    module = _module()
    form = _answers(module, right=True) | {"form_key": hidden(learner.page(_path(module, "quiz")), "form_key")}
    first, second = (learner.post(_path(module, "quiz", "/answers"), form) for _ in range(2))
    assert first.status_code == second.status_code == 302
    assert first.headers["Location"] == second.headers["Location"]
    assert "Passed" in learner.page(first.headers["Location"])
    with web.app_context():
        assert db.session.scalar(select(func.count()).select_from(QuizAttempt)) == 1


def test_a_quiz_with_gaps_keeps_what_was_chosen(web: Flask, learner: Browser) -> None:
    _enrol(learner)
    module = _module()
    given = _answers(module, right=True)
    left_out = list(given)[-1]
    del given[left_out]
    key = hidden(learner.page(_path(module, "quiz")), "form_key")
    answer = learner.post(_path(module, "quiz", "/answers"), given | {"form_key": key})
    assert answer.status_code == 400
    number = len(given) + 1
    assert re.search(f'Still open: <a [^>]*href="#question-{number}"[^>]*>{number}</a>\\.', answer.text)
    places = answer.text.split("<fieldset ")[1:]
    assert [f'id="question-{n}"' in place for n, place in enumerate(places, 1)] == [True] * number
    assert ["Still open" in place for place in places] == [False] * len(given) + [True], "marked at its place"
    again = learner.get(_path(module, "quiz", "/answers"))
    assert again.status_code == 302 and again.headers["Location"] == _path(module, "quiz"), "opened anew"
    assert "Still open" not in learner.page(_path(module, "quiz"))
    assert answer.text.count(" checked>") == sum(len(chosen) for chosen in given.values())
    assert hidden(answer.text, "form_key") == key
    with web.app_context():
        assert db.session.scalar(select(func.count()).select_from(QuizAttempt)) == 0


def test_options_that_do_not_exist_are_refused(learner: Browser) -> None:
    _enrol(learner)
    module = _module()
    for wild in ("99", "-1", "one"):
        given: dict[str, object] = {name: [wild] for name in _answers(module, right=True)}
        assert learner.post(_path(module, "quiz", "/answers"), given | {"form_key": f"key-{wild}"}).status_code == 400


def test_the_best_attempt_counts_and_done_stays_done(web: Flask, learner: Browser) -> None:
    _enrol(learner)
    module = _module()
    for number, right in enumerate((False, True, False)):
        learner.post(_path(module, "quiz", "/answers"), _answers(module, right=right) | {"form_key": f"form-{number}"})
    with web.app_context():
        row = db.session.scalars(select(ActivityProgress).where(ActivityProgress.score_percent.is_not(None))).one()
        assert row.score_percent == 100 and row.completed_at is not None


def test_one_learners_attempt_is_not_shown_to_another(learner: Browser, new_person: NewPerson) -> None:
    other = new_person("Eve")
    module = _module()
    for browser in (learner, other):
        _enrol(browser)
    made = learner.post(_path(module, "quiz", "/answers"), _answers(module, right=True) | {"form_key": "form-one"})
    assert "your answer" in learner.page(made.headers["Location"])
    assert "your answer" not in other.page(made.headers["Location"])


def test_a_locked_module_says_what_it_needs(learner: Browser) -> None:
    _enrol(learner)
    module = _module(locked=True)
    answer = learner.get(_path(module, "lesson"))
    assert answer.status_code == 403
    for slug in module.prerequisites:
        assert content.current().curriculum.module(slug).title in answer.text
    assert learner.post(_path(module, "lesson", "/done")).status_code == 400
    assert learner.post(_path(module, "quiz", "/answers"), _answers(module, right=True)).status_code == 400


def test_lessons_and_quizzes_of_the_prerequisites_open_a_module(learner: Browser) -> None:
    _enrol(learner)
    first = _module()
    following = next(
        one for one in content.current().curriculum.modules_of(_pathway()) if one.prerequisites == (first.slug,)
    )
    assert learner.get(_path(following, "lesson")).status_code == 403
    learner.post(_path(first, "lesson", "/done"))
    learner.post(_path(first, "quiz", "/answers"), _answers(first, right=True) | {"form_key": "form-one"})
    assert learner.get(_path(following, "lesson")).status_code == 200


def test_resume_leads_to_the_last_place_then_on(learner: Browser) -> None:
    _enrol(learner)
    module = _module()
    resume = f"/resume/{_pathway().slug}"
    assert learner.get(resume).headers["Location"] == _path(module, "lesson")
    assert learner.post(_path(module, "quiz", "/place"), {"anchor": "x" * 500}).status_code == 204
    assert learner.get(resume).headers["Location"].startswith(_path(module, "quiz"))
    learner.post(_path(module, "quiz", "/answers"), _answers(module, right=True) | {"form_key": "form-one"})
    assert learner.get(resume).headers["Location"].startswith(_path(module, "lesson"))


def test_unknown_places_do_not_exist(learner: Browser) -> None:
    _enrol(learner)
    module, slug = _module(), _pathway().slug
    elsewhere = _path(_module(locked=True), "lesson").rsplit("/", 1)[1]
    for path in (
        "/pathways/none",
        f"/pathways/{slug}/none",
        f"/pathways/{slug}/{module.slug}/{elsewhere}",
        "/resume/none",
    ):
        assert learner.get(path).status_code == 404, path

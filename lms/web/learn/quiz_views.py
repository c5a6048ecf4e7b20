"""The address that takes a learner's answers to a quiz."""

import uuid

from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from lms.services import content, enrolments, quizzes
from lms.services.errors import Invalid
from lms.web.access import policy
from lms.web.learn import blueprint
from lms.web.learn.activity_page import opened, quiz_again


@blueprint.post("/pathways/<slug>/<module_slug>/<uuid:activity_uuid>/answers")
@policy("signed in")
def answers(slug: str, module_slug: str, activity_uuid: uuid.UUID) -> ResponseReturnValue:
    shown = opened(slug, module_slug, activity_uuid)
    if shown.activity.kind != "quiz":
        raise Invalid("This is no quiz.")
    given = _given_answers(shown.activity.uuid)
    try:
        attempt = quizzes.answer(g.actor, shown.activity, given, form_key=request.form.get("form_key", "")[:64])
    except quizzes.Gaps as gaps:
        return quiz_again(shown, given, still_open=gaps.numbers), 400
    except Invalid as error:
        flash(str(error), "danger")
        return quiz_again(shown, given), 400
    enrolments.remember_place(shown.enrolment, shown.activity.uuid)
    return redirect(
        url_for(".activity", slug=slug, module_slug=module_slug, activity_uuid=activity_uuid, attempt=attempt.id)
    )


@blueprint.get("/pathways/<slug>/<module_slug>/<uuid:activity_uuid>/answers")
@policy("signed in")
def quiz_of_answers(slug: str, module_slug: str, activity_uuid: uuid.UUID) -> ResponseReturnValue:
    """The address of a refused form, opened anew or kept as a bookmark: to the quiz that it belongs to."""
    return redirect(url_for(".activity", slug=slug, module_slug=module_slug, activity_uuid=activity_uuid))


def _given_answers(activity_uuid: uuid.UUID) -> dict[str, frozenset[int]]:
    quiz = content.current().curriculum.quiz(activity_uuid)
    try:
        return {q.id: frozenset(int(value) for value in request.form.getlist(f"q-{q.id}")) for q in quiz.questions}
    except ValueError as error:
        raise Invalid("One of the answers is not among the options. Reload the page and answer again.") from error

"""The page of an activity: the frame that all kinds share, and what each kind shows in it."""

import dataclasses
import secrets
import uuid
from typing import Any

from flask import g, render_template, request
from flask.typing import ResponseReturnValue

from curricula.schema import Activity, Module, Pathway
from lms.models import Enrolment
from lms.services import content, enrolments, lab_component_views, lab_steps, progress, quizzes
from lms.services.errors import Invalid
from lms.web.learn.outline import outline, place_after
from lms.web.markdown import LessonRenderer
from lms.web.values import row_id

RENDERER = LessonRenderer()


@dataclasses.dataclass(frozen=True)
class Opened:
    """An activity, where it stands, and the actor's enrolment that leads to it."""

    pathway: Pathway
    module: Module
    activity: Activity
    enrolment: Enrolment


def opened(slug: str, module_slug: str, activity_uuid: uuid.UUID) -> Opened:
    """The activity for a learner who may work on it; Invalid, with why, for one who is not enrolled or not so far."""
    pathway = enrolments.pathway(slug)
    module = enrolments.module_of(pathway, module_slug)
    enrolment = enrolments.of(g.actor, pathway)
    if enrolment is None:
        raise Invalid("Enrol in the pathway first: then your progress is kept.")
    if unmet := progress.standing(g.actor.id).unmet(module):
        raise Invalid(f"“{module.title}” opens after {', '.join(needed.title for needed in unmet)}.")
    return Opened(pathway, module, enrolments.activity_of(module, activity_uuid), enrolment)


def page(shown: Opened) -> ResponseReturnValue:
    """The activity's page, or what its module needs first."""
    frame = _frame(shown)
    if unmet := frame["standing"].unmet(shown.module):
        return render_template("learn/locked.html", unmet=unmet, **frame), 403
    return render_template(f"learn/{shown.activity.kind}.html", **frame, **_details(shown.activity))


def quiz_again(shown: Opened, given: dict[str, frozenset[int]], *, still_open: tuple[int, ...] = ()) -> str:
    """The quiz with everything that was chosen still chosen, and each question of these numbers marked."""
    details = _quiz(shown.activity) | {
        "chosen": given,
        "still_open": still_open,
        "attempt": None,
        "form_key": request.form.get("form_key", ""),
    }
    return render_template("learn/quiz.html", **_frame(shown), **details)


def _frame(shown: Opened) -> dict[str, Any]:
    standing = progress.standing(g.actor.id)
    return {
        "pathway": shown.pathway,
        "module": shown.module,
        "activity": shown.activity,
        "standing": standing,
        "outline": outline(shown.pathway, standing, shown.activity),
        "following": place_after(shown.pathway, shown.activity),
    }


def _details(chosen: Activity) -> dict[str, Any]:
    if chosen.kind == "lesson":
        lesson = content.current().curriculum.lesson(chosen.uuid)
        return {"lesson": RENDERER.render(lesson.text, lesson.diagrams)}
    if chosen.kind == "quiz":
        return _quiz(chosen)
    if chosen.kind == "lab":
        lab = content.current().labs[chosen.lab]
        parts = lab_component_views.titles(lab)
        return {"lab": lab, "parts": parts, "passed": lab_steps.passed(g.actor.id, lab.uuid)}
    return {"project": content.current().projects[chosen.project]}


def _quiz(chosen: Activity) -> dict[str, Any]:
    made = quizzes.attempt(g.actor, request.args.get("attempt", 0, row_id), chosen.uuid)
    return {
        "quiz": content.current().curriculum.quiz(chosen.uuid),
        "attempts": quizzes.attempts(g.actor, chosen.uuid),
        "attempt": made,
        "marked": quizzes.marked(made) if made else None,
        "form_key": secrets.token_urlsafe(16),
        "inline": RENDERER.inline,
        "fragment": RENDERER.fragment,
        "chosen": {},
        "still_open": (),
    }

"""Views of the learn area: pathways, modules and their activities."""

import secrets
import uuid
from typing import Any

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from curricula.schema import Activity, Module, Pathway
from lms.models import Enrolment, db
from lms.services import content, enrolments, lab_steps, progress, quizzes
from lms.services.errors import Invalid
from lms.web.access import policy
from lms.web.highlighting import highlight_css
from lms.web.learn import blueprint
from lms.web.learn.outline import outline, place_after
from lms.web.limits import limiter
from lms.web.markdown import LessonRenderer

RENDERER = LessonRenderer()


@blueprint.get("/highlight.css")
@policy("anyone")
@limiter.exempt
def highlight() -> ResponseReturnValue:
    """The colours of code, made by Pygments for both themes."""
    return Response(highlight_css(), mimetype="text/css", headers={"Cache-Control": "public, max-age=3600"})


@blueprint.get("/pathways")
@policy("signed in")
def pathways() -> ResponseReturnValue:
    mine = {pathway.uuid for _, pathway in enrolments.all_of(g.actor)}
    return render_template(
        "learn/pathways.html",
        pathways=content.current().curriculum.active_pathways,
        standing=progress.standing(g.actor.id),
        mine=mine,
    )


@blueprint.get("/pathways/<slug>")
@policy("signed in")
def pathway(slug: str) -> ResponseReturnValue:
    shown = enrolments.pathway(slug)
    return render_template(
        "learn/pathway.html",
        pathway=shown,
        enrolment=enrolments.of(g.actor, shown),
        standing=progress.standing(g.actor.id),
        curriculum=content.current().curriculum,
        projects=content.current().projects,
    )


@blueprint.post("/pathways/<slug>/enrol")
@policy("signed in")
def enrol(slug: str) -> ResponseReturnValue:
    chosen = enrolments.pathway(slug)
    enrolments.enrol(g.actor, chosen)
    following = progress.standing(g.actor.id).next_on(chosen)
    if following is None:
        return redirect(url_for("learn.pathway", slug=slug))
    flash(f"You are on “{chosen.title}”. Here is where it starts.", "success")
    return redirect(
        url_for("learn.activity", slug=slug, module_slug=following[0].slug, activity_uuid=following[1].uuid)
    )


@blueprint.get("/pathways/<slug>/<module_slug>")
@policy("signed in")
def module(slug: str, module_slug: str) -> ResponseReturnValue:
    """Leads to the first activity that is not done, else to the first."""
    on = enrolments.pathway(slug)
    wanted = enrolments.module_of(on, module_slug)
    activity = progress.standing(g.actor.id).next_in(wanted) or wanted.activities[0]
    return redirect(url_for("learn.activity", slug=slug, module_slug=module_slug, activity_uuid=activity.uuid))


@blueprint.get("/pathways/<slug>/<module_slug>/<uuid:activity_uuid>")
@policy("signed in")
def activity(slug: str, module_slug: str, activity_uuid: uuid.UUID) -> ResponseReturnValue:
    on = enrolments.pathway(slug)
    shown = enrolments.module_of(on, module_slug)
    chosen = enrolments.activity_of(shown, activity_uuid)
    enrolment = enrolments.of(g.actor, on)
    if enrolment is None:
        flash("Enrol first: then your progress is kept.", "warning")
        return redirect(url_for("learn.pathway", slug=slug))
    return _activity_page(on, shown, chosen, enrolment)


def _activity_page(on: Pathway, shown: Module, chosen: Activity, enrolment: Enrolment) -> ResponseReturnValue:
    standing = progress.standing(g.actor.id)
    frame = {
        "pathway": on,
        "module": shown,
        "activity": chosen,
        "enrolment": enrolment,
        "standing": standing,
        "outline": outline(on, standing, chosen),
        "following": place_after(on, chosen),
    }
    if unmet := standing.unmet(shown):
        return render_template("learn/locked.html", unmet=unmet, **frame), 403
    return render_template(f"learn/{chosen.kind}.html", **frame, **_details(chosen))


def _details(chosen: Activity) -> dict[str, Any]:
    if chosen.kind == "lesson":
        lesson = content.current().curriculum.lesson(chosen.uuid)
        return {"lesson": RENDERER.render(lesson.text, lesson.diagrams)}
    if chosen.kind == "quiz":
        made = quizzes.attempt(g.actor, request.args.get("attempt", 0, int), chosen.uuid)
        return {
            "quiz": content.current().curriculum.quiz(chosen.uuid),
            "attempts": quizzes.attempts(g.actor, chosen.uuid),
            "attempt": made,
            "marked": quizzes.marked(made) if made else None,
            "form_key": secrets.token_urlsafe(16),
            "inline": RENDERER.inline,
            "fragment": RENDERER.fragment,
            "chosen": {},
        }
    if chosen.kind == "lab":
        lab = content.current().labs[chosen.lab]
        return {"lab": lab, "passed": lab_steps.passed(g.actor.id, lab.uuid)}
    return {"project": content.current().projects[chosen.project]}


@blueprint.post("/pathways/<slug>/<module_slug>/<uuid:activity_uuid>/done")
@policy("signed in")
def lesson_done(slug: str, module_slug: str, activity_uuid: uuid.UUID) -> ResponseReturnValue:
    """Marks a lesson as read and leads on; other kinds are done by doing them."""
    _, _, chosen, enrolment = _enrolled_activity(slug, module_slug, activity_uuid)
    if chosen.kind != "lesson":
        raise Invalid("Only a lesson is marked as read; this is done by doing it.")
    progress.record(g.actor.id, chosen.uuid, done=True)
    db.session.commit()
    following = place_after(enrolments.pathway(slug), chosen)
    if following is None:
        return redirect(url_for("learn.pathway", slug=slug))
    enrolments.remember_place(enrolment, following.activity.uuid)
    return redirect(following.url)


@blueprint.post("/pathways/<slug>/<module_slug>/<uuid:activity_uuid>/place")
@policy("signed in")
def place(slug: str, module_slug: str, activity_uuid: uuid.UUID) -> ResponseReturnValue:
    """The reader's browser says where they are, so that *resume* leads there."""
    _, _, chosen, enrolment = _enrolled_activity(slug, module_slug, activity_uuid)
    anchor = request.form.get("anchor", "")[:120]
    progress.record(g.actor.id, chosen.uuid, done=False)
    enrolments.remember_place(enrolment, chosen.uuid, anchor=anchor or None)
    return "", 204


@blueprint.post("/pathways/<slug>/<module_slug>/<uuid:activity_uuid>/answers")
@policy("signed in")
def answers(slug: str, module_slug: str, activity_uuid: uuid.UUID) -> ResponseReturnValue:
    on, shown, chosen, enrolment = _enrolled_activity(slug, module_slug, activity_uuid)
    if chosen.kind != "quiz":
        raise Invalid("This is no quiz.")
    given = _given_answers(chosen.uuid)
    try:
        attempt = quizzes.answer(g.actor, chosen, given, form_key=request.form.get("form_key", "")[:64])
    except Invalid as error:
        flash(str(error), "danger")
        return _quiz_again(on, shown, chosen, enrolment, given), 400
    enrolments.remember_place(enrolment, chosen.uuid)
    return redirect(
        url_for(".activity", slug=slug, module_slug=module_slug, activity_uuid=activity_uuid, attempt=attempt.id)
    )


def _quiz_again(on: Pathway, shown: Module, chosen: Activity, enrolment: Enrolment, given: Any) -> str:
    """The quiz with everything that was chosen still chosen."""
    standing = progress.standing(g.actor.id)
    details = _details(chosen) | {"chosen": given, "attempt": None, "form_key": request.form.get("form_key", "")}
    return render_template(
        "learn/quiz.html",
        pathway=on,
        module=shown,
        activity=chosen,
        enrolment=enrolment,
        standing=standing,
        outline=outline(on, standing, chosen),
        following=place_after(on, chosen),
        **details,
    )


def _given_answers(activity_uuid: uuid.UUID) -> dict[str, frozenset[int]]:
    quiz = content.current().curriculum.quiz(activity_uuid)
    try:
        return {q.id: frozenset(int(value) for value in request.form.getlist(f"q-{q.id}")) for q in quiz.questions}
    except ValueError as error:
        raise Invalid("One of the answers is not among the options. Reload the page and answer again.") from error


def _enrolled_activity(
    slug: str, module_slug: str, activity_uuid: uuid.UUID
) -> tuple[Pathway, Module, Activity, Enrolment]:
    on = enrolments.pathway(slug)
    shown = enrolments.module_of(on, module_slug)
    enrolment = enrolments.of(g.actor, on)
    if enrolment is None:
        raise Invalid("Enrol in the pathway first: then your progress is kept.")
    if unmet := progress.standing(g.actor.id).unmet(shown):
        raise Invalid(f"“{shown.title}” opens after {', '.join(needed.title for needed in unmet)}.")
    return on, shown, enrolments.activity_of(shown, activity_uuid), enrolment

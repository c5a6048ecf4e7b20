"""Views of the learn area: pathways, modules and their activities."""

import uuid

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms.models import db
from lms.services import content, enrolments, progress
from lms.services.errors import Invalid
from lms.web.access import policy
from lms.web.highlighting import highlight_css
from lms.web.learn import blueprint
from lms.web.learn.activity_page import Opened, opened, page
from lms.web.learn.outline import place_after
from lms.web.limits import limiter


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
    return page(Opened(on, shown, chosen, enrolment))


@blueprint.post("/pathways/<slug>/<module_slug>/<uuid:activity_uuid>/done")
@policy("signed in")
def lesson_done(slug: str, module_slug: str, activity_uuid: uuid.UUID) -> ResponseReturnValue:
    """Marks a lesson as read and leads on; other kinds are done by doing them."""
    shown = opened(slug, module_slug, activity_uuid)
    if shown.activity.kind != "lesson":
        raise Invalid("Only a lesson is marked as read; this is done by doing it.")
    progress.record(g.actor.id, shown.activity.uuid, done=True)
    db.session.commit()
    following = place_after(shown.pathway, shown.activity)
    if following is None:
        return redirect(url_for("learn.pathway", slug=slug))
    enrolments.remember_place(shown.enrolment, following.activity.uuid)
    return redirect(following.url)


@blueprint.post("/pathways/<slug>/<module_slug>/<uuid:activity_uuid>/place")
@policy("signed in")
def place(slug: str, module_slug: str, activity_uuid: uuid.UUID) -> ResponseReturnValue:
    """The reader's browser says where they are, so that *resume* leads there."""
    shown = opened(slug, module_slug, activity_uuid)
    anchor = request.form.get("anchor", "")[:120]
    progress.record(g.actor.id, shown.activity.uuid, done=False)
    enrolments.remember_place(shown.enrolment, shown.activity.uuid, anchor=anchor or None)
    return "", 204

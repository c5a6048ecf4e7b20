"""Views of the labs area: every order is a service call that returns at once; the page shows the row."""

import uuid

from flask import Response, current_app, flash, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms.services import lab_checks, lab_endings, lab_steps, lab_views, labs
from lms.services.errors import NotFound
from lms.services.lab_step_views import StepView
from lms.services.lab_views import LabView
from lms.web.access import policy
from lms.web.labs import blueprint
from lms.web.labs.doors import tabs
from lms.web.limits import configured, limiter
from lms.web.markdown import LessonRenderer
from lms.web.values import row_id

RENDERER = LessonRenderer()


@blueprint.get("/labs")
@policy("signed in")
def index() -> ResponseReturnValue:
    return render_template("labs/index.html", cards=lab_views.cards(g.actor))


@blueprint.get("/labs/<slug>")
@policy("signed in")
def lab(slug: str) -> ResponseReturnValue:
    written = labs.lab_file(slug)
    view = lab_views.view(g.actor, slug)
    settings = current_app.config["ACADEMY"]
    # Under another name of this machine the lab is another site, and its frame would get no cookie.
    elsewhere = None if request.host.rsplit(":", 1)[0] == settings.host else settings.base_url + request.path
    return render_template(
        "labs/lab.html",
        lab=written,
        view=view,
        own_lab=view.lab_id,
        tabs=tabs(view),
        render=RENDERER.fragment,
        inline=RENDERER.inline,
        elsewhere=elsewhere,
    )


@blueprint.get("/labs/<slug>/now")
@policy("signed in")
@limiter.exempt
def now(slug: str) -> ResponseReturnValue:
    """The lab's state as a fragment; when it is another one than the page shows, the whole page comes anew."""
    view = lab_views.view(g.actor, slug)
    if request.args.get("shown") != view.shown:
        return Response(status=204, headers={"HX-Refresh": "true"})
    part = "labs/bar.html" if view.shown == "ready" else "labs/progress.html"
    return render_template(part, lab=labs.lab_file(slug), view=view)


@blueprint.get("/labs/of/me/ending")
@policy("signed in")
@limiter.exempt
def endings() -> ResponseReturnValue:
    """The warning of every page anew, for a page that was open when the warning fell due."""
    found = lab_endings.of(g.actor, but=request.args.get("but", type=row_id))
    return render_template("lab_endings.html", endings=found)


@blueprint.post("/labs/<slug>/start")
@policy("signed in")
@limiter.limit(configured("lab_start"))
def start(slug: str) -> ResponseReturnValue:
    labs.start(g.actor, slug)
    return redirect(url_for("labs.lab", slug=slug))


@blueprint.post("/labs/of/<int:lab_id>/stop")
@policy("own lab")
def stop(lab_id: int) -> ResponseReturnValue:
    return _back(labs.stop(g.actor, lab_id).lab_uuid)


@blueprint.post("/labs/of/<int:lab_id>/reset")
@policy("own lab")
@limiter.limit(configured("lab_start"))
def reset(lab_id: int) -> ResponseReturnValue:
    return _back(labs.reset(g.actor, lab_id).lab_uuid)


@blueprint.post("/labs/of/<int:lab_id>/extend")
@policy("own lab")
def extend(lab_id: int) -> ResponseReturnValue:
    extended = labs.extend(g.actor, lab_id)
    if request.headers.get("HX-Request"):
        # Whoever was warned on another page stays there, with what they were typing.
        return render_template("lab_endings.html", endings=lab_endings.of(g.actor)), {"HX-Trigger": "lab-extended"}
    flash("You have more time.", "success")
    return _back(extended.lab_uuid)


@blueprint.post("/labs/of/<int:lab_id>/delete")
@policy("own lab")
def delete(lab_id: int) -> ResponseReturnValue:
    labs.delete(g.actor, lab_id)
    flash("The lab and its files are removed. The steps you passed stay passed.", "success")
    return redirect(url_for("labs.index"))


@blueprint.get("/labs/of/<int:lab_id>/steps/<step_id>")
@policy("own lab")
@limiter.exempt
def step(lab_id: int, step_id: str) -> ResponseReturnValue:
    return _step_fragment(lab_id, step_id)


@blueprint.post("/labs/of/<int:lab_id>/steps/<step_id>/check")
@policy("own lab")
@limiter.limit("30 per minute")
def check(lab_id: int, step_id: str) -> ResponseReturnValue:
    lab_checks.ask(g.actor, lab_id, step_id)
    return _step_answer(lab_id, step_id)


@blueprint.post("/labs/of/<int:lab_id>/steps/<step_id>/hint")
@policy("own lab")
def hint(lab_id: int, step_id: str) -> ResponseReturnValue:
    lab_steps.reveal_hint(g.actor, lab_id, step_id)
    return _step_answer(lab_id, step_id)


def _step_answer(lab_id: int, step_id: str) -> ResponseReturnValue:
    """A fragment for a page with htmx, a redirect to the step for one without."""
    if request.headers.get("HX-Request"):
        return _step_fragment(lab_id, step_id)
    written = labs.lab_file(labs.owned(g.actor, lab_id).lab_uuid)
    return redirect(url_for("labs.lab", slug=written.slug, _anchor=f"step-{step_id}"))


def _step_fragment(lab_id: int, step_id: str) -> ResponseReturnValue:
    view, shown = _step_view(lab_id, step_id)
    page = render_template("labs/step_fragment.html", view=view, step=shown, inline=RENDERER.inline)
    answer = make_response(page)
    if shown.check and shown.check.status == "done":
        answer.headers["HX-Trigger"] = "lab-step-checked"
    return answer


def _step_view(lab_id: int, step_id: str) -> tuple[LabView, StepView]:
    written = labs.lab_file(labs.owned(g.actor, lab_id).lab_uuid)
    view = lab_views.view(g.actor, written.slug)
    for shown in view.steps:
        if shown.id == step_id:
            return view, shown
    raise NotFound("This lab has no such step.")


def _back(lab_uuid: uuid.UUID) -> ResponseReturnValue:
    return redirect(url_for("labs.lab", slug=labs.lab_file(lab_uuid).slug))

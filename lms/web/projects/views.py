"""Views of the projects area: briefs, submissions, exams as they run, and reports."""

import json
import secrets

from flask import Response, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from lms.models import Submission
from lms.services import (
    access,
    content,
    overrides,
    report_views,
    starters,
    submission_attempts,
    submission_views,
    submissions,
)
from lms.services.errors import Conflict, Invalid
from lms.web.access import policy
from lms.web.forms import mark, named_field, valid
from lms.web.limits import configured, limiter
from lms.web.markdown import LessonRenderer
from lms.web.projects import blueprint
from lms.web.projects.exam_phases import phases
from lms.web.projects.forms import OverrideForm, RegradeForm, SubmissionForm

RENDERER = LessonRenderer()


@blueprint.get("/projects")
@policy("signed in")
def index() -> ResponseReturnValue:
    return render_template(
        "projects/index.html",
        projects=content.current().projects,
        mine=submission_views.of_learner(g.actor.id),
    )


@blueprint.get("/projects/<slug>")
@policy("signed in")
def project(slug: str) -> ResponseReturnValue:
    return _project_page(slug, SubmissionForm(form_key=secrets.token_urlsafe(16)))


@blueprint.get("/projects/<slug>/starter.zip")
@policy("signed in")
def starter(slug: str) -> ResponseReturnValue:
    found = submissions.project(slug)
    headers = {"Content-Disposition": f'attachment; filename="{found.slug}-starter.zip"'}
    return Response(starters.starter_zip(slug), mimetype="application/zip", headers=headers)


@blueprint.post("/projects/<slug>/submissions")
@policy("signed in")
@limiter.limit(configured("submission"), deduct_when=lambda answer: answer.status_code == 303)
@limiter.limit(configured("submission_tries"))
def submit(slug: str) -> ResponseReturnValue:
    form = SubmissionForm()
    if not form.validate():
        return _project_page(slug, form), 400
    try:
        made = _submit(slug, form)
    except (Invalid, Conflict) as error:
        mark(named_field(form, error) or form.file, error)
        form.form_key.data = secrets.token_urlsafe(16)
        return _project_page(slug, form), 400
    return redirect(url_for("projects.submission", submission_id=made.id), 303)


def _submit(slug: str, form: SubmissionForm) -> Submission:
    upload, url = form.file.data, (form.git_url.data or "").strip()
    if upload and upload.filename and url:
        raise Invalid("Give a zip file or a git URL, not both.", field="git_url")
    if upload and upload.filename:
        return submissions.submit_zip(
            g.actor, slug, upload.stream, filename=upload.filename, form_key=form.form_key.data
        )
    if url:
        return submissions.submit_git(g.actor, slug, url, form_key=form.form_key.data)
    raise Invalid("Choose a zip file, or give a git URL.", field="file")


def _project_page(slug: str, form: SubmissionForm) -> str:
    shown = submissions.project(slug)
    return render_template(
        "projects/project.html",
        project=shown,
        brief=RENDERER.render(shown.brief_path.read_text()),
        form=form,
        attempts_left=submission_attempts.left(g.actor.id, shown),
        mine=submission_views.of_learner(g.actor.id, slug),
    )


@blueprint.get("/submissions/<int:submission_id>")
@policy("own or teaches submission")
def submission(submission_id: int) -> ResponseReturnValue:
    view = submission_views.view(submission_id)
    return render_template("projects/submission.html", **_about(view))


@blueprint.get("/submissions/<int:submission_id>/now")
@policy("own or teaches submission")
@limiter.exempt
def now(submission_id: int) -> ResponseReturnValue:
    """The running exam as a fragment; when it is over the whole page comes anew."""
    view = submission_views.view(submission_id)
    if view.settled:
        return Response(status=204, headers={"HX-Refresh": "true"})
    return render_template("projects/live.html", **_about(view))


@blueprint.get("/submissions/<int:submission_id>/report.json")
@policy("own or teaches submission")
def report_json(submission_id: int) -> ResponseReturnValue:
    view = submission_views.view(submission_id)
    if view.report is None:
        raise Conflict("There is no report yet.")
    name = f"{view.project_slug}-{view.submission.number}.json"
    body = json.dumps(report_views.document(view.report), indent=2)
    return Response(
        body, mimetype="application/json", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@blueprint.post("/submissions/<int:submission_id>/override")
@policy("teaches submission")
def override(submission_id: int) -> ResponseReturnValue:
    form = OverrideForm()
    view = submission_views.view(submission_id)
    if view.report is None:
        raise Conflict("There is no report yet.")
    valid(form)
    overrides.override_criterion(
        g.actor,
        view.report.report_id,
        form.criterion_id.data,
        passed=form.points.data == "all",
        reason=form.reason.data,
    )
    flash("Your word counts now; the learner sees it with its reason.", "success")
    return redirect(url_for("projects.submission", submission_id=submission_id, _anchor=form.criterion_id.data))


@blueprint.post("/submissions/<int:submission_id>/regrade")
@policy("teaches submission")
def regrade(submission_id: int) -> ResponseReturnValue:
    form = valid(RegradeForm())
    submissions.regrade(g.actor, submission_id, reason=form.reason.data)
    return redirect(url_for("projects.submission", submission_id=submission_id))


def _about(view: submission_views.SubmissionView) -> dict[str, object]:
    own = view.submission.user_id == g.actor.id
    return {
        "view": view,
        "own": own,
        "may_override": not own and access.teaches_learner(g.actor, view.submission.user_id),
        "phases": phases(view.events),
    }

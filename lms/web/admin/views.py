"""Views of administration: accounts, the audit trail, the state of the system."""

from flask import current_app, flash, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from lms.command import command
from lms.models import Role
from lms.services import (
    administration,
    audit,
    cohort_work,
    content,
    invitations,
    lab_custody,
    lab_troubles,
    submissions,
)
from lms.services.errors import Invalid
from lms.web.access import policy
from lms.web.admin import blueprint
from lms.web.forms import valid
from lms.web.projects.forms import RegradeForm
from lms.web.values import page_number


@blueprint.get("/admin")
@policy("administrator")
def index() -> ResponseReturnValue:
    """Accounts: search, and pages of fifty."""
    search = request.args.get("q", "")[:100]
    page = page_number()
    users, count = administration.find_users(g.actor, search, page)
    pages = max(1, -(-count // administration.PAGE))
    return render_template(
        "admin/users.html",
        users=users,
        invited=invitations.waiting(users),
        count=count,
        search=search,
        page=page,
        pages=pages,
    )


@blueprint.post("/admin/users/<int:user_id>/link")
@policy("administrator")
def sign_in_link(user_id: int) -> ResponseReturnValue:
    """The link stands in this one answer and nowhere else."""
    token = administration.sign_in_link(g.actor, user_id)
    url = current_app.config["ACADEMY"].base_url + url_for("auth.sign_in_by_link", token=token)
    answer = make_response(render_template("admin/link.html", user=administration.get(g.actor, user_id), url=url))
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.post("/admin/users/<int:user_id>/active")
@policy("administrator")
def switch(user_id: int) -> ResponseReturnValue:
    user = administration.switch(g.actor, user_id, active=_yes("active"))
    flash(f"The account of {user.name} is switched {'on' if user.active else 'off; every sign-in ended'}.", "success")
    return _back()


@blueprint.post("/admin/users/<int:user_id>/administrator")
@policy("administrator")
def set_role(user_id: int) -> ResponseReturnValue:
    role = Role.ADMINISTRATOR if _yes("administrator") else Role.LEARNER
    user = administration.set_role(g.actor, user_id, role)
    flash(f"{user.name} is {'an administrator' if user.is_administrator else 'no administrator any more'}.", "success")
    return _back()


@blueprint.get("/admin/audit")
@policy("administrator")
def trail() -> ResponseReturnValue:
    search = request.args.get("q", "")[:100]
    page = page_number()
    lines, more = audit.page(page, search=search)
    return render_template("admin/audit.html", lines=lines, more=more, search=search, page=page)


@blueprint.get("/admin/system")
@policy("administrator")
def system() -> ResponseReturnValue:
    waiting = cohort_work.needing_staff()
    troubled = lab_troubles.of_everybody()
    custody, settings = lab_custody.current(), current_app.config["ACADEMY"]
    concerned = {one.user_id for one in waiting} | {one.user_id for one in troubled if one.user_id is not None}
    return render_template(
        "admin/system.html",
        state=administration.state(g.actor),
        waiting=waiting,
        troubled=troubled,
        custody=custody,
        custody_sentence=lab_custody.sentence(custody),
        # Whole, as `lms labs` tells it: only administrators see this page, and another instance must not be armed.
        commands={words: command(words, settings) for words in ("labs", "labs arm")},
        people={user_id: administration.get(g.actor, user_id) for user_id in concerned},
        labs={one.uuid: one.title for one in content.current().labs},
    )


@blueprint.post("/admin/submissions/<int:submission_id>/regrade")
@policy("administrator")
def regrade(submission_id: int) -> ResponseReturnValue:
    form = valid(RegradeForm())
    submissions.regrade(g.actor, submission_id, reason=form.reason.data)
    flash("It is in the queue again.", "success")
    return redirect(url_for("admin.system"))


def _yes(name: str) -> bool:
    value = request.form.get(name)
    if value not in ("yes", "no"):
        raise Invalid("The form is incomplete. Reload the page and send it again.")
    return value == "yes"


def _back() -> Response:
    return redirect(url_for("admin.index", q=request.form.get("q") or None))

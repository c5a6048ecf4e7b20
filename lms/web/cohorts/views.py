"""Views of the cohorts area: who is where, who needs help, what was handed in."""

import datetime as dt
import re
import unicodedata
from typing import get_args

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms.services import audit, cohort_views, cohorts, content, gradebook, learner_views, risk, submission_views
from lms.services.address_list import Addressee
from lms.services.cohort_views import CohortView, Sorting
from lms.services.errors import Invalid
from lms.web.access import policy
from lms.web.admin.forms import InviteForm
from lms.web.admin.inviting import invite_page
from lms.web.cohorts import blueprint
from lms.web.cohorts.forms import CohortForm, InstructorForm, MembersForm
from lms.web.forms import valid
from lms.web.values import page_number

ROWS = 60
SHOWN_AT_FIRST = 8


@blueprint.get("/cohorts")
@policy("teaches")
def index() -> ResponseReturnValue:
    return _list(CohortForm(formdata=None).offer_pathways())


def _list(form: CohortForm) -> str:
    taught = cohorts.taught_by(g.actor)
    pathways = {one.uuid: one for one in content.current().curriculum.pathways}
    today = dt.datetime.now(dt.UTC).date()
    return render_template("cohorts/index.html", cohorts=taught, pathways=pathways, form=form, today=today)


@blueprint.post("/cohorts")
@policy("administrator")
def create() -> ResponseReturnValue:
    form = CohortForm().offer_pathways()
    if not form.validate():
        return _list(form), 400
    try:
        made = cohorts.create(g.actor, form.plan())
    except Invalid as error:
        form.show(error)
        return _list(form), 400
    flash(f"“{made.name}” is there. Add its learners and who teaches it.", "success")
    return redirect(url_for("cohorts.cohort", cohort_id=made.id, _anchor="people"))


@blueprint.get("/cohorts/<int:cohort_id>")
@policy("teaches cohort")
def cohort(cohort_id: int) -> ResponseReturnValue:
    view = cohort_views.view(g.actor, cohort_id)
    return render_template("cohorts/cohort.html", view=view, risk_rule=risk.RULE, **_chosen(view))


def _chosen(view: CohortView) -> dict[str, object]:
    """The part of the table that was asked for by search, filter, order and page."""
    wanted = request.args.get("sort", "")
    sorting: Sorting = wanted if wanted in get_args(Sorting) else "name"  # type: ignore[assignment]  # one of the words
    search, only_risk = request.args.get("q", "")[:100], request.args.get("risk") == "1"
    found = view.found(search, only_risk=only_risk, sorting=sorting)
    pages = max(1, -(-len(found) // ROWS))
    page = min(page_number(), pages)
    return {
        "search": search,
        "only_risk": only_risk,
        "sorting": sorting,
        "found": len(found),
        "rows": found[ROWS * (page - 1) : ROWS * page],
        "page": page,
        "pages": pages,
        "means": view.module_means(),
        "shown_at_first": SHOWN_AT_FIRST,
    }


@blueprint.get("/cohorts/<int:cohort_id>/learners/<int:user_id>")
@policy("teaches member")
def learner(cohort_id: int, user_id: int) -> ResponseReturnValue:
    shown = cohorts.get(g.actor, cohort_id)
    pathway = content.current().curriculum.pathway(shown.pathway_uuid)
    return render_template(
        "cohorts/learner.html",
        cohort=shown,
        pathway=pathway,
        view=learner_views.view(user_id, pathway),
        submissions=submission_views.of_learner(user_id),
        history=audit.about(user_id),
    )


@blueprint.get("/cohorts/<int:cohort_id>/gradebook.csv")
@policy("teaches cohort")
def export(cohort_id: int) -> ResponseReturnValue:
    """UTF-8 with a byte order mark, so that spreadsheets read every name right."""
    view = cohort_views.view(g.actor, cohort_id)
    plain = unicodedata.normalize("NFKD", view.cohort.name).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "cohort"
    return Response(
        "\ufeff" + gradebook.as_csv(view),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="gradebook-{name}.csv"'},
    )


@blueprint.get("/cohorts/<int:cohort_id>/members")
@blueprint.get("/cohorts/<int:cohort_id>/instructors", endpoint="after_adding_instructor")
@policy("teaches cohort")
def after_adding(cohort_id: int) -> ResponseReturnValue:
    """What was refused stays on its form's address: who opens that again is led back."""
    return redirect(url_for("cohorts.cohort", cohort_id=cohort_id, _anchor="people"))


@blueprint.post("/cohorts/<int:cohort_id>/members")
@policy("teaches cohort")
def add_members(cohort_id: int) -> ResponseReturnValue:
    form = valid(MembersForm())
    added, unknown = cohorts.add_members(g.actor, cohort_id, form.emails.data)
    if added:
        flash(f"{added} learner{'s' if added > 1 else ''} added and enrolled.", "success")
    if unknown and g.actor.is_administrator:
        return _offer_to_invite(cohort_id, unknown)
    if unknown:
        flash(_ask_for_accounts(unknown), "warning")
    if not added and not unknown:
        flash("They are all in this cohort already.", "info")
    return redirect(url_for("cohorts.cohort", cohort_id=cohort_id, _anchor="people"))


def _offer_to_invite(cohort_id: int, unknown: list[Addressee]) -> str:
    flash("These have no account yet. Invite them, and they are in the cohort at once.", "warning")
    people = "\n".join(map(str, unknown))
    form = InviteForm(formdata=None, people=people, cohort=str(cohort_id)).offer_cohorts(g.actor)
    return invite_page(form)


def _ask_for_accounts(unknown: list[Addressee]) -> str:
    shown = ", ".join(one.email for one in unknown[:10])
    more = f" and {len(unknown) - 10} more" if len(unknown) > 10 else ""
    return f"Nobody has an account with: {shown}{more}. Ask an administrator to invite them into this cohort."


@blueprint.post("/cohorts/<int:cohort_id>/learners/<int:user_id>/remove")
@policy("teaches member")
def remove_member(cohort_id: int, user_id: int) -> ResponseReturnValue:
    cohorts.remove_member(g.actor, cohort_id, user_id)
    flash("The learner is out of this cohort; their progress stays theirs.", "success")
    if request.form.get("from") == "edit":
        return redirect(url_for("cohorts.edit", cohort_id=cohort_id, _anchor="learners"))
    return redirect(url_for("cohorts.cohort", cohort_id=cohort_id))


@blueprint.post("/cohorts/<int:cohort_id>/instructors")
@policy("administrator")
def add_instructor(cohort_id: int) -> ResponseReturnValue:
    form = valid(InstructorForm())
    user = cohorts.add_instructor(g.actor, cohort_id, form.email.data)
    flash(f"{user.name} teaches this cohort now.", "success")
    if request.form.get("from") == "edit":
        return redirect(url_for("cohorts.edit", cohort_id=cohort_id, _anchor="instructors"))
    return redirect(url_for("cohorts.cohort", cohort_id=cohort_id, _anchor="people"))

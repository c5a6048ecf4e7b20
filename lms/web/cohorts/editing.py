"""Views in which an administrator changes a cohort: its plan, who teaches it, who is in it."""

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms.models import Cohort
from lms.services import cohort_editing, cohorts
from lms.services.errors import Invalid
from lms.web.access import policy
from lms.web.cohorts import blueprint
from lms.web.cohorts.forms import CohortForm
from lms.web.values import page_number

LEARNERS = 50


@blueprint.get("/cohorts/<int:cohort_id>/edit")
@policy("administrator")
def edit(cohort_id: int) -> ResponseReturnValue:
    cohort = cohorts.get(g.actor, cohort_id)
    form = CohortForm(formdata=None, obj=cohort, pathway=str(cohort.pathway_uuid))
    return _page(cohort, form.offer_pathways(also=cohort.pathway_uuid))


@blueprint.post("/cohorts/<int:cohort_id>/edit")
@policy("administrator")
def save(cohort_id: int) -> ResponseReturnValue:
    cohort = cohorts.get(g.actor, cohort_id)
    form = CohortForm().offer_pathways(also=cohort.pathway_uuid)
    if not form.validate():
        return _page(cohort, form), 400
    try:
        cohort_editing.edit(g.actor, cohort_id, form.plan())
    except Invalid as error:
        form.show(error)
        return _page(cohorts.get(g.actor, cohort_id), form), 400
    flash("The cohort is changed.", "success")
    return redirect(url_for("cohorts.edit", cohort_id=cohort_id))


@blueprint.post("/cohorts/<int:cohort_id>/delete")
@policy("administrator")
def remove(cohort_id: int) -> ResponseReturnValue:
    cohort_editing.remove(g.actor, cohort_id)
    flash("The cohort is deleted.", "success")
    return redirect(url_for("cohorts.index"))


@blueprint.post("/cohorts/<int:cohort_id>/instructors/<int:user_id>/remove")
@policy("administrator")
def remove_instructor(cohort_id: int, user_id: int) -> ResponseReturnValue:
    cohort_editing.remove_instructor(g.actor, cohort_id, user_id)
    flash("They do not teach this cohort any more.", "success")
    return redirect(url_for("cohorts.edit", cohort_id=cohort_id, _anchor="instructors"))


def _page(cohort: Cohort, form: CohortForm) -> str:
    search = request.args.get("q", "")[:100]
    everybody = cohorts.members(cohort)
    found = [one for one in everybody if search.casefold() in f"{one.name} {one.email}".casefold()]
    pages = max(1, -(-len(found) // LEARNERS))
    page = min(page_number(), pages)
    return render_template(
        "cohorts/edit.html",
        cohort=cohort,
        form=form,
        instructors=cohorts.instructors(cohort),
        learners=found[LEARNERS * (page - 1) : LEARNERS * page],
        count=len(found),
        empty_cohort=not everybody,
        search=search,
        page=page,
        pages=pages,
    )

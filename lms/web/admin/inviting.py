"""Views in which an administrator invites people. The platform sends no mail: the links stand in one answer."""

from flask import current_app, g, make_response, render_template, url_for
from flask.typing import ResponseReturnValue

from lms.services import invitations
from lms.services.errors import Invalid
from lms.services.invitations import Invited
from lms.web.access import policy
from lms.web.admin import blueprint
from lms.web.admin.forms import InviteForm
from lms.web.forms import mark, named_field
from lms.web.session import no_store


@blueprint.get("/admin/invite")
@policy("administrator")
def invite() -> ResponseReturnValue:
    return invite_page(InviteForm(formdata=None).offer_cohorts(g.actor))


@blueprint.post("/admin/invite")
@policy("administrator")
def send_invitations() -> ResponseReturnValue:
    form = InviteForm().offer_cohorts(g.actor)
    if not form.validate():
        return invite_page(form), 400
    try:
        invited = invitations.invite(g.actor, form.people.data, cohort_id=form.cohort_id)
    except Invalid as error:
        mark(named_field(form, error) or form.people, error)
        return invite_page(form), 400
    return no_store(make_response(_links_page(invited)))


def invite_page(form: InviteForm) -> str:
    return render_template("admin/invite.html", form=form, days=invitations.DAYS)


def _links_page(invited: Invited) -> str:
    base = current_app.config["ACADEMY"].base_url
    links = [(one.user, base + url_for("auth.invitation", token=one.token)) for one in invited.new]
    return render_template("admin/invited.html", links=links, present=invited.present, days=invitations.DAYS)

"""Views of the home area: what a learner sees first."""

from flask import g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from labs.catalogue.model import Lab as LabFile
from lms.models import Lab, User
from lms.services import content, enrolments, lab_status, labs, progress, submission_views
from lms.services.lab_status import Shown
from lms.web.access import policy
from lms.web.home import blueprint, staff
from lms.web.home.resume import Resume, resume_of

RECENT = 4


@blueprint.get("/")
@policy("anyone")
def index() -> ResponseReturnValue:
    if g.actor is None:
        pathways = content.current().curriculum.active_pathways
        return render_template("home/welcome.html", pathways=pathways, labs=content.current().labs)
    standing = progress.standing(g.actor.id)
    mine = enrolments.all_of(g.actor)
    resumes: list[Resume] = [resume_of(enrolment, pathway, standing) for enrolment, pathway in mine]
    return render_template(
        "home/home.html",
        resumes=resumes,
        pathways=content.current().curriculum.active_pathways,
        standing=standing,
        taught=staff.taught(g.actor),
        labs=_labs(g.actor),
        submissions=submission_views.of_learner(g.actor.id, most=RECENT),
    )


def _labs(actor: User) -> list[tuple[Shown, Lab, LabFile]]:
    """The actor's labs with their states; one whose only start was refused never was."""
    mine = [(lab_status.shown_state(lab), lab, labs.lab_file(lab.lab_uuid)) for lab in labs.live(actor)]
    return [one for one in mine if one[0] != "none"]


@blueprint.get("/resume/<slug>")
@policy("signed in")
def resume(slug: str) -> ResponseReturnValue:
    """Leads to the place where the learner stopped on this pathway."""
    pathway = enrolments.pathway(slug)
    enrolment = enrolments.of(g.actor, pathway)
    if enrolment is None:
        return redirect(url_for("learn.pathway", slug=slug))
    place = resume_of(enrolment, pathway, progress.standing(g.actor.id))
    return redirect(place.url)

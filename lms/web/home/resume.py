"""Where *resume* leads: the activity a learner was on, at the heading they read, else the next that is open."""

import dataclasses

from flask import url_for

from curricula.schema import Activity, Module, Pathway
from lms.models import Enrolment
from lms.services import content
from lms.services.progress import Share, Standing


@dataclasses.dataclass(frozen=True)
class Resume:
    pathway: Pathway
    module: Module | None
    activity: Activity | None
    share: Share
    url: str
    begun: bool
    """Whether the learner has been anywhere on the pathway."""


def resume_of(enrolment: Enrolment, pathway: Pathway, standing: Standing) -> Resume:
    """The last place if it is unfinished and open, else the next open activity, else the pathway itself."""
    share = standing.of_pathway(pathway)
    begun = bool(share.done or enrolment.last_activity_uuid)
    found = _last_place(enrolment, pathway, standing) or standing.next_on(pathway)
    if found is None:
        return Resume(pathway, None, None, share, url_for("learn.pathway", slug=pathway.slug), begun)
    module, activity = found
    heading = enrolment.last_anchor if activity.uuid == enrolment.last_activity_uuid else None
    url = url_for(
        "learn.activity", slug=pathway.slug, module_slug=module.slug, activity_uuid=activity.uuid, _anchor=heading
    )
    return Resume(pathway, module, activity, share, url, begun)


def _last_place(enrolment: Enrolment, pathway: Pathway, standing: Standing) -> tuple[Module, Activity] | None:
    for module in content.current().curriculum.modules_of(pathway):
        for activity in module.activities:
            if activity.uuid == enrolment.last_activity_uuid and not standing.done(activity):
                return None if standing.unmet(module) else (module, activity)
    return None

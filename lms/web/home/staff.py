"""What home shows to who teaches: their cohorts that have not ended, and how many learners may need help."""

import dataclasses
import datetime as dt

from lms.models import Cohort, User
from lms.services import cohort_views, cohorts, content

#: Each costs a handful of queries; who has more finds them all on the cohorts' own page.
SHOWN = 6


@dataclasses.dataclass(frozen=True)
class Taught:
    cohort: Cohort
    learners: int
    at_risk: int


def taught(actor: User) -> list[Taught]:
    """The actor's cohorts (an administrator: all) that have not ended, of pathways that are still there."""
    today = dt.datetime.now(dt.UTC).date()
    known = {pathway.uuid for pathway in content.current().curriculum.pathways}
    found = cohorts.taught_by(actor)
    current = [(cohort, count) for cohort, count in found if cohort.ends_on >= today and cohort.pathway_uuid in known]
    return [
        Taught(cohort, count, len(cohort_views.view(actor, cohort.id).at_risk)) for cohort, count in current[:SHOWN]
    ]

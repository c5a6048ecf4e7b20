"""What a cohort is to be: the rules for its name, pathway and days, whether it is made or changed."""

import dataclasses
import datetime as dt
import uuid

from curricula.curriculum import NotInCurriculum
from lms.models import Cohort
from lms.services import content
from lms.services.errors import Invalid


@dataclasses.dataclass(frozen=True)
class CohortPlan:
    name: str
    pathway_uuid: uuid.UUID
    starts_on: dt.date
    ends_on: dt.date

    def checked(self) -> "CohortPlan":
        """The plan with a tidy name; Invalid with the field when it can not be."""
        name = " ".join(self.name.split())
        if not 1 <= len(name) <= 120:
            raise Invalid("Give a name of 1 to 120 characters.", field="name")
        if self.ends_on < self.starts_on:
            raise Invalid("The last day lies before the first.", field="ends_on")
        try:
            content.current().curriculum.pathway(self.pathway_uuid)
        except NotInCurriculum as error:
            raise Invalid("There is no such pathway.", field="pathway") from error
        return dataclasses.replace(self, name=name)

    def write(self, cohort: Cohort) -> None:
        """Puts the plan into the row."""
        cohort.name, cohort.pathway_uuid = self.name, self.pathway_uuid
        cohort.starts_on, cohort.ends_on = self.starts_on, self.ends_on


def of(cohort: Cohort) -> CohortPlan:
    """The plan as it stands."""
    return CohortPlan(cohort.name, cohort.pathway_uuid, cohort.starts_on, cohort.ends_on)

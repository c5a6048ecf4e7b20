"""What instructors and administrators type about cohorts."""

import uuid

from flask_wtf import FlaskForm
from wtforms import DateField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from lms.services import content
from lms.services.cohort_plan import CohortPlan
from lms.services.errors import Invalid
from lms.web.forms import mark, named_field


class CohortForm(FlaskForm):
    name = StringField("Name", [InputRequired("Give the cohort a name."), Length(max=120)])
    pathway = SelectField("Pathway")
    starts_on = DateField("First day", [InputRequired("When does it start?")])
    ends_on = DateField("Last day", [InputRequired("When does it end?")])

    def offer_pathways(self, *, also: uuid.UUID | None = None) -> "CohortForm":
        """The pathways that are taught now, and `also` the one that a cohort has already."""
        curriculum = content.current().curriculum
        offered = [one for one in curriculum.pathways if one in curriculum.active_pathways or one.uuid == also]
        self.pathway.choices = [(str(one.uuid), one.title) for one in offered]
        return self

    def plan(self) -> CohortPlan:
        """What was typed, of a form that is valid."""
        return CohortPlan(self.name.data, uuid.UUID(self.pathway.data), self.starts_on.data, self.ends_on.data)

    def show(self, error: Invalid) -> None:
        """A service's refusal, beside the field that it is about."""
        mark(named_field(self, error) or self.name, error)


class MembersForm(FlaskForm):
    emails = TextAreaField("E-mail addresses", [InputRequired("Type one e-mail address or more."), Length(max=20_000)])


class InstructorForm(FlaskForm):
    email = StringField("E-mail of the instructor", [InputRequired("Type an e-mail address."), Length(max=254)])

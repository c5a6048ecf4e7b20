"""What instructors and administrators type about cohorts."""

from flask_wtf import FlaskForm
from wtforms import DateField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from lms.services import content


class CohortForm(FlaskForm):
    name = StringField("Name", [InputRequired("Give the cohort a name."), Length(max=120)])
    pathway = SelectField("Pathway")
    starts_on = DateField("First day", [InputRequired("When does it start?")])
    ends_on = DateField("Last day", [InputRequired("When does it end?")])

    def offer_pathways(self) -> "CohortForm":
        self.pathway.choices = [(str(one.uuid), one.title) for one in content.current().curriculum.active_pathways]
        return self


class MembersForm(FlaskForm):
    emails = TextAreaField("E-mail addresses", [InputRequired("Type one e-mail address or more."), Length(max=20_000)])


class InstructorForm(FlaskForm):
    email = StringField("E-mail of the instructor", [InputRequired("Type an e-mail address."), Length(max=254)])

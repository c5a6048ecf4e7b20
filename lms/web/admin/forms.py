"""What administrators type."""

from flask_wtf import FlaskForm
from wtforms import SelectField, TextAreaField
from wtforms.validators import InputRequired, Length

from lms.models import User
from lms.services import cohorts


class InviteForm(FlaskForm):
    people = TextAreaField(
        "People", [InputRequired("Type one e-mail address or more."), Length(max=40_000)], render_kw={"rows": 6}
    )
    cohort = SelectField("Cohort", default="")

    def offer_cohorts(self, actor: User) -> "InviteForm":
        self.cohort.choices = [("", "none yet"), *((str(one.id), one.name) for one, _ in cohorts.taught_by(actor))]
        return self

    @property
    def cohort_id(self) -> int | None:
        """Of a form that is valid."""
        return int(self.cohort.data) if self.cohort.data else None

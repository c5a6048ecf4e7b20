"""What is handed in, and what staff says of it."""

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import AnyOf, InputRequired, Length


class SubmissionForm(FlaskForm):
    """A zip or a git URL; `form_key` makes a form that is sent twice one submission."""

    file = FileField("Zip file")
    git_url = StringField("Git URL", [Length(max=500)])
    form_key = HiddenField(validators=[InputRequired(), Length(max=64)])


class OverrideForm(FlaskForm):
    """A criterion gives all its points or none, from the examiner and from an instructor."""

    points = StringField("Points", [AnyOf(("all", "none"), "Choose all points, or none.")])
    reason = TextAreaField("Reason", [InputRequired("Say why; the learner reads it."), Length(min=10, max=2000)])
    criterion_id = HiddenField(validators=[InputRequired(), Length(max=80)])


class RegradeForm(FlaskForm):
    reason = StringField("Reason", [InputRequired("Say why."), Length(min=5, max=2000)])

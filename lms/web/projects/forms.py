"""What is handed in, and what staff says of it."""

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import FloatField, HiddenField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange


class SubmissionForm(FlaskForm):
    """A zip or a git URL; `form_key` makes a form that is sent twice one submission."""

    file = FileField("Zip file")
    git_url = StringField("Git URL", [Length(max=500)])
    form_key = HiddenField(validators=[InputRequired(), Length(max=64)])


class OverrideForm(FlaskForm):
    points = FloatField("Points", [InputRequired("How many points?"), NumberRange(min=0, max=1000)])
    reason = TextAreaField("Reason", [InputRequired("Say why; the learner reads it."), Length(min=10, max=2000)])
    criterion_id = HiddenField(validators=[InputRequired(), Length(max=80)])


class RegradeForm(FlaskForm):
    reason = StringField("Reason", [InputRequired("Say why."), Length(min=5, max=2000)])

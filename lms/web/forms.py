"""What forms of every area share: all or nothing, and a service's refusal at the field that it names."""

from typing import TypeVar

from flask_wtf import FlaskForm
from wtforms import Field

from lms.services.errors import Invalid, ServiceError

Form = TypeVar("Form", bound=FlaskForm)


def valid(form: Form) -> Form:
    """The form when every field holds; else Invalid with all that is wrong."""
    if not form.validate():
        raise Invalid(" ".join(message for messages in form.errors.values() for message in messages))
    return form


def named_field(form: FlaskForm, error: ServiceError) -> Field | None:
    """The field that a refusal is about, where the form has it."""
    return form[error.field] if isinstance(error, Invalid) and error.field and error.field in form else None


def mark(field: Field, error: ServiceError) -> None:
    """The refusal stands at the field when the form is shown again."""
    field.errors = [*field.errors, str(error)]

"""What people type to get in."""

from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length


class SignInForm(FlaskForm):
    email = StringField("E-mail", [InputRequired("Type your e-mail address."), Length(max=254)])
    password = PasswordField("Password", [InputRequired("Type your password."), Length(max=200)])


class RegistrationForm(FlaskForm):
    name = StringField("Name", [InputRequired("How should we call you?"), Length(max=120)])
    email = StringField("E-mail", [InputRequired("Type your e-mail address."), Length(max=254)])
    password = PasswordField("Password", [InputRequired("Choose a password."), Length(max=200)])


class InvitationForm(FlaskForm):
    """For who was invited: the name they were invited by, to correct, and a password of their own."""

    name = StringField("Name", [InputRequired("How should we call you?"), Length(max=120)])
    password = PasswordField("Password", [InputRequired("Choose a password."), Length(max=200)])


class NewPasswordForm(FlaskForm):
    """For who came by a one-time link."""

    password = PasswordField("New password", [InputRequired("Choose a new password."), Length(max=200)])


class PasswordForm(NewPasswordForm):
    current = PasswordField("Current password", [InputRequired("Type the password you have now."), Length(max=200)])

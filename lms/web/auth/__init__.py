"""Accounts: registration, sign-in, one-time links."""

from flask import Blueprint

blueprint = Blueprint("auth", __name__, template_folder="templates")

from lms.web.auth import views  # noqa: E402, F401 - the views attach themselves to the blueprint

"""The cohorts area."""

from flask import Blueprint

blueprint = Blueprint("cohorts", __name__, template_folder="templates")

from lms.web.cohorts import editing, views  # noqa: E402, F401 - the views attach themselves to the blueprint

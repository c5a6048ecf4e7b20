"""The labs area."""

from flask import Blueprint

blueprint = Blueprint("labs", __name__, template_folder="templates")

from lms.web.labs import views  # noqa: E402, F401 - the views attach themselves to the blueprint

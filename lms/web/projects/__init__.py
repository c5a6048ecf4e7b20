"""The projects area."""

from flask import Blueprint

blueprint = Blueprint("projects", __name__, template_folder="templates")

from lms.web.projects import views  # noqa: E402, F401 - the views attach themselves to the blueprint

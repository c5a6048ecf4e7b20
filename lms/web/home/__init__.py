"""The home area."""

from flask import Blueprint

blueprint = Blueprint("home", __name__, template_folder="templates")

from lms.web.home import views  # noqa: E402, F401 - the views attach themselves to the blueprint

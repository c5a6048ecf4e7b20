"""The learn area."""

from flask import Blueprint

blueprint = Blueprint("learn", __name__, template_folder="templates")

from lms.web.learn import quiz_views, views  # noqa: E402, F401 - the views attach themselves to the blueprint

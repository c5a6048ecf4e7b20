"""The admin area."""

from flask import Blueprint

blueprint = Blueprint("admin", __name__, template_folder="templates")

from lms.web.admin import inviting, views  # noqa: E402, F401 - the views attach themselves to the blueprint

"""Views of the admin area."""

from flask import render_template
from flask.typing import ResponseReturnValue

from lms.web.access import policy
from lms.web.admin import blueprint


@blueprint.get("/admin")
@policy("administrator")
def index() -> ResponseReturnValue:
    return render_template("base.html")

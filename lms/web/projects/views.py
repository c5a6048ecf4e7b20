"""Views of the projects area."""

from flask import render_template
from flask.typing import ResponseReturnValue

from lms.web.access import policy
from lms.web.projects import blueprint


@blueprint.get("/projects")
@policy("signed in")
def index() -> ResponseReturnValue:
    return render_template("base.html")

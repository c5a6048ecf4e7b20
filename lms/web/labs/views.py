"""Views of the labs area."""

from flask import render_template
from flask.typing import ResponseReturnValue

from lms.web.access import policy
from lms.web.labs import blueprint


@blueprint.get("/labs")
@policy("signed in")
def index() -> ResponseReturnValue:
    return render_template("base.html")

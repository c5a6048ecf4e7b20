"""Views of the home area."""

from flask import render_template
from flask.typing import ResponseReturnValue

from lms.web.access import policy
from lms.web.home import blueprint


@blueprint.get("/")
@policy("signed in")
def index() -> ResponseReturnValue:
    return render_template("base.html")

"""Views of the cohorts area."""

from flask import render_template
from flask.typing import ResponseReturnValue

from lms.web.access import policy
from lms.web.cohorts import blueprint


@blueprint.get("/cohorts")
@policy("teaches")
def index() -> ResponseReturnValue:
    return render_template("base.html")

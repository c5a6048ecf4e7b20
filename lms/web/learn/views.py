"""Views of the learn area."""

from flask import render_template
from flask.typing import ResponseReturnValue

from lms.web.access import policy
from lms.web.learn import blueprint


@blueprint.get("/pathways")
@policy("signed in")
def pathways() -> ResponseReturnValue:
    return render_template("base.html")

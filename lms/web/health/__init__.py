"""Whether this process lives and can serve: for supervisors and load balancers."""

from flask import Blueprint

blueprint = Blueprint("health", __name__)

from lms.web.health import views  # noqa: E402, F401 - the views attach themselves to the blueprint

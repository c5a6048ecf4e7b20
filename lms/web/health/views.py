"""Views of the health area."""

from flask import current_app
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from lms.models import db
from lms.web.access import policy
from lms.web.health import blueprint
from lms.web.limits import limiter


@blueprint.get("/livez")
@policy("anyone")
@limiter.exempt
def livez() -> ResponseReturnValue:
    """Touches nothing outside: a database hiccup must not restart every process."""
    return {"status": "alive"}


@blueprint.get("/readyz")
@policy("anyone")
@limiter.exempt
def readyz() -> ResponseReturnValue:
    """200 when the database answers with a migrated schema; says whose it is, as another may listen on the port."""
    try:
        db.session.execute(text("select version_num from alembic_version"))
    except SQLAlchemyError:
        return {"status": "the database does not answer or is not migrated"}, 503
    return {"status": "ready", "installation": current_app.config["ACADEMY"].installation}

"""The labs of a platform that runs, as its database has them at this moment."""

from sqlalchemy import create_engine, select

from lms.models import Lab
from tests.factories.instance import Instance


def labs_of(platform: Instance) -> list[Lab]:
    """All rows, those of deleted labs too, in the order in which they were made."""
    engine = create_engine(platform.settings.database_url)
    try:
        with engine.connect() as connection:
            return [Lab(**row._mapping) for row in connection.execute(select(*Lab.__table__.columns).order_by(Lab.id))]
    finally:
        engine.dispose()

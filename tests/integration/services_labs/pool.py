"""A pool of labs that are kept ready, and who asks for them."""

from flask import Flask

from lms.models import Desired, Lab, User, db
from lms.services import installation, lab_pool, labs
from tests.factories.at_once import acting, at_once
from tests.factories.offers import LAB
from tests.factories.providers import ScriptedFake
from tests.integration.services_labs.conftest import settle


def set_up(pool: str, *, places: int = 20) -> None:
    changes = {"lab_pool": pool, "labs_at_once": places}
    installation.install(type(installation.current())(**(installation.current().model_dump() | changes)))


def fill(provider: ScriptedFake, pool: str, *, places: int = 20) -> list[Lab]:
    """A pool whose labs are all ready."""
    set_up(pool, places=places)
    lab_pool.keep()
    settle(provider)
    return pool_labs()


def pool_labs() -> list[Lab]:
    rows = db.select(Lab).where(Lab.user_id.is_(None), Lab.desired == Desired.RUNNING).order_by(Lab.id)
    return list(db.session.scalars(rows.execution_options(populate_existing=True)))


def start_at_once(app: Flask, people: list[User]) -> None:
    assert at_once(app, [acting(one, lambda person: labs.start(person, LAB)) for one in people]) == [None] * len(people)

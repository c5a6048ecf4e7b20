"""Looks for what no row wants, and what the database remembers of them."""

from lms.models import LabCustody, db
from lms.services import lab_orphans
from lms.services.lab_custody import Suspicion
from tests.factories.providers import ScriptedFake


def look(provider: ScriptedFake, *, apart: float = 0) -> tuple[Suspicion, ...]:
    return lab_orphans.look(provider, owner="a worker", apart=apart)


def reaps(provider: ScriptedFake) -> bool:
    """Whether nobody's lab is ended now, when it is seen twice."""
    if "lab-999" not in provider.strays:
        provider.stray("lab-999")
    look(provider)
    look(provider)
    return "lab-999" not in provider.kept


def as_it_was(row: dict[str, object]) -> None:
    """The database, put back."""
    db.session.execute(db.update(LabCustody).values(**row))
    db.session.commit()


def custody_row() -> dict[str, object]:
    row = db.session.execute(db.select(*LabCustody.__table__.columns)).one()
    db.session.commit()
    return dict(row._mapping)

"""Who decides from what they read takes a turn first: nobody else decides about the same until the transaction ends.

SQLite has one writer at a time anyway, and ignores the locks here; PostgreSQL lets many write. Turns are taken in this
order, so that no two wait for each other: administrators, a cohort, people by rising id, the places of labs.
"""

from sqlalchemy import select, text

from lms.models import Cohort, User, db

ADMINISTRATORS = 6402  # an arbitrary number that names this lock on PostgreSQL


def of_administrators() -> None:
    """One at a time decides who is an administrator and who may come in."""
    if db.session.connection().dialect.name == "postgresql":
        db.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADMINISTRATORS})


def of_cohort(cohort_id: int) -> bool:
    """One at a time decides who is in the cohort; False when it is gone."""
    wanted = select(Cohort.id).where(Cohort.id == cohort_id)
    return db.session.scalar(wanted.with_for_update(key_share=True)) is not None


def of_person(user_id: int) -> None:
    """One at a time decides from what this person has done so far; rows that only name the person do not wait."""
    db.session.execute(select(User.id).where(User.id == user_id).with_for_update(key_share=True))

"""The database's clock in statements."""

from sqlalchemy import Select, select

from lms.models import User, db_now


def seen_within(seconds: float) -> Select[User]:
    return select(User).where(User.created_at > db_now(-seconds))


def test_statements_with_the_clock_are_compiled_once_per_offset() -> None:
    keys = [seen_within(seconds)._generate_cache_key() for seconds in (60, 60, 90)]
    assert keys[0] is not None
    assert keys[0] == keys[1]
    assert keys[0] != keys[2]

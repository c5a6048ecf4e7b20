"""A database that is not there, or not one of ours: it is said, and what does not need it goes on."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from lms.app import create_app
from lms.config import Settings
from lms.services import hints
from lms.supervisor.doctor import examine
from lms.supervisor.down import down
from tests.conftest import make_settings


@pytest.fixture
def away(tmp_path: Path) -> Settings:
    return make_settings(tmp_path, database=f"postgresql://academy:secret@/academy?host={tmp_path}")


def test_down_ends_labs_all_the_same(away: Settings) -> None:
    away.instance_folder.mkdir(parents=True)
    said: list[str] = []
    down(away, said.append)
    assert "the database does not answer" in said[0] and "No such file" in said[0]
    assert said[-1] == "no lab runs"


def test_doctor_says_why_and_never_the_password(away: Settings) -> None:
    found = next(one for one in examine(away) if one.subject == "database")
    assert found.state == "missing"
    assert "No such file" in found.what and "ACADEMY_DATABASE" in found.mend
    assert "secret" not in found.what


def test_pages_ask_for_patience(away: Settings) -> None:
    app = create_app(away)
    hints.install(None)
    client = app.test_client()
    assert client.get("/livez").status_code == 200
    assert client.get("/readyz").status_code == 503
    with client.session_transaction() as session:
        session["token"] = "of a sign-in"
    answer = client.get("/")
    assert answer.status_code == 503 and "Try again in a moment" in answer.text


@pytest.mark.parametrize(("url", "reason"), [
    ("mysql://academy@host/academy", "runs on PostgreSQL and SQLite, not on mysql"),
    ("postgresql+psycopg2://academy@host/academy", "write postgresql://"),
    ("academy.sqlite3", "no database URL"),
])  # fmt: skip
def test_databases_that_are_none_of_ours_are_refused_at_the_start(tmp_path: Path, url: str, reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        make_settings(tmp_path, database=url)


def test_the_usual_url_means_our_driver(tmp_path: Path) -> None:
    for url in ("postgresql://a@h/d", "postgres://a@h/d", "postgresql+psycopg://a@h/d"):
        assert make_settings(tmp_path, database=url).database_url == "postgresql+psycopg://a@h/d"

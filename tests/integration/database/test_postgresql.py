"""What only PostgreSQL has: many who migrate, connections that are cut, a table that can be emptied at a stroke."""

import json
import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.pool import QueuePool

from lms.config import Settings
from lms.database import database_app
from lms.models import db
from tests.conftest import make_settings
from tests.factories import databases as factory
from tests.factories.people import create_user

pytestmark = pytest.mark.postgresql
TOGETHER = 3


def test_several_that_start_at_once_migrate_once(tmp_path: Path, databases: None) -> None:
    """As replicas do, and a migration job that was started twice."""
    url = factory.empty(tmp_path)
    argv = [sys.executable, "-m", "lms.supervisor.database"]
    environment = os.environ | {"ACADEMY_HOME": str(tmp_path), "ACADEMY_DATABASE": url}
    started = [
        subprocess.Popen(argv, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(TOGETHER)
    ]
    said = [process.communicate(timeout=120) for process in started]
    assert [process.returncode for process in started] == [0] * TOGETHER, said
    links = {json.loads(out[out.index("{") :])["set_up_link"] for out, _ in said}
    assert len(links) == TOGETHER, "each printed a link; the last one of them is good"
    factory.drop(url)


def test_connections_that_were_cut_do_not_reach_a_page(app: Flask, settings: Settings) -> None:
    """As after a restart or a failover of the server."""
    client = app.test_client()
    assert client.get("/readyz").status_code == 200
    db.session.remove()
    pool = db.engine.pool
    assert isinstance(pool, QueuePool) and pool.checkedin() >= 1
    url = db.engine.url
    host = url.query["host"]
    assert isinstance(host, str)
    with psycopg.connect(host=host, user=url.username, dbname="postgres", autocommit=True) as other:
        cut = other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [url.database])
        assert cut.fetchall()
    assert client.get("/readyz").status_code == 200


def test_a_process_opens_no_more_connections_than_it_may(tmp_path: Path, databases: None) -> None:
    url = factory.migrated(tmp_path)
    few = database_app(make_settings(tmp_path, database=url, database_connections=2))
    with few.app_context():
        pool = db.engine.pool
        assert isinstance(pool, QueuePool)
        pool._timeout = 0.1  # nobody waits here
        held = [db.engine.connect(), db.engine.connect()]
        with pytest.raises(NoConnectionFree):
            db.engine.connect()
        for connection in held:
            connection.close()
        db.engine.dispose()
    factory.drop(url)


def test_the_audit_trail_can_not_be_emptied(app: Flask) -> None:
    with pytest.raises(DBAPIError, match="append-only"):
        db.session.execute(text("TRUNCATE audit_entry"))


def test_names_are_found_in_any_case_and_script(app: Flask) -> None:
    from lms.models import Role
    from lms.services import administration

    root = create_user(name="Root", role=Role.ADMINISTRATOR)
    create_user(name="Ærøskøbing Ünal")
    found, count = administration.find_users(root, "ærøskøbing ÜNAL", 1)
    assert count == 1 and found[0].name == "Ærøskøbing Ünal"

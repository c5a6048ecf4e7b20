"""`lms run`: one part in this very process; what it waits for, and what it refuses."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lms.config import Settings
from lms.supervisor import schema
from tests.factories import databases as factory
from tests.factories.waiting import until

CHECKOUT = Path(__file__).parents[3]
AWAY = "postgresql+psycopg://nobody@127.0.0.1:1/none?connect_timeout=2"


@pytest.fixture
def unmigrated(tmp_path: Path, databases: None) -> Iterator[Settings]:
    url = factory.empty(tmp_path)
    yield Settings(home=tmp_path, database=url)
    factory.drop(url)


def test_a_migrated_database_is_not_waited_for(settings: Settings) -> None:
    said: list[str] = []
    assert schema.wait_for_schema(settings, said.append, seconds=0)
    assert said == []


def test_who_waits_says_for_what(unmigrated: Settings) -> None:
    said: list[str] = []
    assert not schema.wait_for_schema(unmigrated, said.append, seconds=0)
    assert "no migration" in said[-1]
    away = Settings(home=unmigrated.home, database=AWAY)
    assert not schema.wait_for_schema(away, said.append, seconds=0)
    assert "does not answer" in said[-1]


def test_migrate_ends_when_the_database_is_up_to_date(unmigrated: Settings) -> None:
    run = _lms(unmigrated.home, "migrate", ACADEMY_DATABASE=unmigrated.database_url)
    assert run.wait(timeout=60) == 0
    assert schema.wait_for_schema(unmigrated, print, seconds=0)


def test_who_waits_ends_when_told(tmp_path: Path) -> None:
    """As the first process of a container it would be deaf to SIGTERM otherwise."""
    run = _lms(tmp_path, "wait", ACADEMY_DATABASE=AWAY)
    try:
        until("it waits", lambda: (tmp_path / "main" / "run").is_dir())
        run.send_signal(signal.SIGTERM)
        assert run.wait(timeout=30) == 143
    finally:
        run.kill()
        run.wait()


def test_process_labs_are_not_served_to_other_machines(tmp_path: Path) -> None:
    run = _lms(tmp_path, "web", ACADEMY_BIND="0.0.0.0")
    told = run.communicate(timeout=60)[0]
    assert run.returncode == 1 and "every learner could read" in told


def _lms(home: Path, role: str, **settings: str) -> subprocess.Popen[str]:
    env = {"PATH": os.environ["PATH"], "ACADEMY_HOME": str(home), **settings}
    argv = [sys.executable, "-c", "from lms.cli import main; main()", "run", role]
    return subprocess.Popen(argv, cwd=CHECKOUT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

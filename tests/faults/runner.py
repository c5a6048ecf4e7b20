"""`python -m tests.faults.runner SCENARIO FOLDER [--undisturbed]`: dies at every point and looks what becomes of it.

A process of its own, so that tests start from few threads and no connection: every run is a fork of it, which costs
milliseconds. Prints one JSON document: the points, the undisturbed end state, and what differed.
"""

import contextlib
import json
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from labs.exams import sandbox
from labs.providers.machine import processes
from lms.config import Settings
from lms.database import database_app
from lms.models import User, db
from lms.services import hints
from tests.factories import databases
from tests.factories.offers import services
from tests.faults import plants
from tests.faults.outcome import state
from tests.faults.place import Place
from tests.faults.points import Points
from tests.faults.scenarios import SCENARIOS, Scenario


def main(name: str, folder: Path, *, undisturbed: bool = False) -> dict[str, Any]:
    """Run the scenario undisturbed, then once for each of its points."""
    plants.plant(os.environ.get("ACADEMY_PLANT"))
    scenario = SCENARIOS[name]
    sandbox.detect()  # once, for all forks
    base = folder / "base"
    _forked(lambda: _prepare(base), say=folder / "prepare")
    wanted = _run(scenario, _copy(base, folder / "whole"), die_at=None)
    points = (folder / "whole" / "points").read_text().splitlines()
    if undisturbed:
        return {"points": points, "state": wanted, "differences": {}}
    differences = {}
    for number, point in enumerate(_tried(points)):
        place = _copy(base, folder / f"at-{number}")
        if (found := _run(scenario, place, die_at=point)) != wanted:
            differences[point] = found
        databases.drop(_url(place))
        shutil.rmtree(place, ignore_errors=True)
    return {"points": points, "state": wanted, "differences": differences}


def _tried(points: list[str]) -> list[str]:
    """All of them on SQLite; elsewhere the commits.

    Who dies at an effect outside the database leaves in it what the last commit left, on any database.
    """
    tried = points if databases.kind() == "sqlite" else [one for one in points if " commit " in one]
    assert tried, points
    return tried


def _run(scenario: Scenario, home: Path, *, die_at: str | None) -> dict[str, Any]:
    """The scenario in one process, which may die; then the same wish again and all work in a second one."""
    prepared = json.loads((home / "prepared").read_text())
    died = _forked(lambda: _go(scenario, home, die_at=die_at), say=home / "go")
    if died != (die_at is not None):
        return {"error": "it did not die there" if die_at else (home / "go").read_text()}
    _forked(lambda: _recover(scenario, home), say=home / "recover")
    try:
        return {**json.loads((home / "state").read_text()), "prepared": prepared}
    except FileNotFoundError:
        return {"error": (home / "recover").read_text()}
    finally:
        _forked(lambda: _clean(home), say=home / "clean")


def _forked(work: Callable[[], None], *, say: Path) -> bool:
    """Do it in a process of its own; whether that was killed."""
    child = os.fork()
    if child == 0:
        try:
            output = os.open(say, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(output, 1)
            os.dup2(output, 2)
            work()
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def _settings(home: Path) -> Settings:
    secret = SecretStr("only for tests, thirty-two characters")
    return Settings(home=home, secret=secret, broker="memory://", database=_url(home))


def _url(home: Path) -> str:
    return (home / "database").read_text()


def _prepare(base: Path) -> None:
    base.mkdir()
    (base / "database").write_text(databases.migrated(base / "main"))
    with database_app(_settings(base)).app_context():
        db.session.add(User(email="ada@academy.test", name="Ada"))
        db.session.commit()
        db.session.remove()
        db.engine.dispose()
    (base / "prepared").write_text("true")
    databases.forget_template()


def _copy(base: Path, home: Path) -> Path:
    shutil.copytree(base, home)
    (home / "database").write_text(databases.copy(_url(base), home / "main"))
    return home


@contextlib.contextmanager
def _at(home: Path) -> Any:
    hints.install(None)
    settings = _settings(home)
    with services(settings, home / "content"):
        yield Place(settings)


def _go(scenario: Scenario, home: Path, *, die_at: str | None) -> None:
    with _at(home) as place:
        scenario.prepare(place)
        points = Points(home / "points", die_at=die_at)
        points.install()
        said: list[str] = []

        def say(what: str) -> None:
            said.append(what)
            (home / "acknowledged").write_text("\n".join(said))

        scenario.go(place, say)
        points.close()


def _recover(scenario: Scenario, home: Path) -> None:
    with _at(home) as place:
        acknowledged = (home / "acknowledged").exists()
        before = len(state(place)["submissions"])
        scenario.go(place, lambda what: None)
        found = state(place)
        found["lost"] = acknowledged and "submission" in (home / "acknowledged").read_text() and before == 0
        (home / "state").write_text(json.dumps(found))


def _clean(home: Path) -> None:
    with _at(home) as place:
        for owned in place.provider.list_owned():
            processes.end([], mark=f"{place.settings.installation}/{owned.name}")


if __name__ == "__main__":
    json.dump(main(sys.argv[1], Path(sys.argv[2]), undisturbed="--undisturbed" in sys.argv), sys.stdout, indent=1)

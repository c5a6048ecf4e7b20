"""One application for the whole matrix; the database is put back after every request that may have changed it."""

import contextlib
import dataclasses
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from lms.app import create_app
from lms.models import db
from lms.services import accounts, hints
from tests.conftest import make_settings
from tests.factories import world as worlds
from tests.factories.people import csrf_token


@dataclasses.dataclass
class Academy:
    """Asks as a persona, with or without the anti-forgery token of that persona's own sign-in."""

    app: Flask
    samples: dict[str, object]
    file: Path
    pristine: Path
    cookies: dict[str, str]
    tokens: dict[str, str]

    def ask(self, persona: str, method: str, path: str, *, forged: bool = False) -> TestResponse:
        client = self.app.test_client()
        client.set_cookie("academy", self.cookies[persona])
        headers = {} if forged or method == "GET" else {"X-CSRFToken": self.tokens[persona]}
        return client.open(path, method=method, headers=headers)

    def restore(self) -> None:
        self.let_go()
        with (
            contextlib.closing(sqlite3.connect(self.pristine)) as kept,
            contextlib.closing(sqlite3.connect(self.file)) as used,
        ):
            kept.backup(used)

    def let_go(self) -> None:
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()


@pytest.fixture(scope="module")
def academy(tmp_path_factory: pytest.TempPathFactory, migrated_database: Path) -> Iterator[Academy]:
    settings = make_settings(tmp_path_factory.mktemp("access"))
    settings.instance_folder.mkdir(parents=True)
    file = settings.instance_folder / "academy.sqlite3"
    shutil.copy(migrated_database, file)
    app = create_app(settings)
    hints.install(None)
    with app.app_context():
        world = worlds.build()
        sessions = {name: accounts.open_session(user, days=1) for name, user in world.people.items()}
        samples = worlds.samples(world)
    cookies, tokens = {}, {}
    # Requests run without this context around them, so that nothing of one stays in the `g` of the next.
    for persona in worlds.PERSONAS:
        client = app.test_client()
        if persona in sessions:
            with client.session_transaction() as session:
                session["token"] = sessions[persona]
        tokens[persona] = csrf_token(client, "/account" if persona in sessions else "/sign-in")
        cookie = client.get_cookie("academy")
        assert cookie is not None
        cookies[persona] = cookie.value
    made = Academy(app, samples, file, file.with_name("pristine.sqlite3"), cookies, tokens)
    made.let_go()
    with contextlib.closing(sqlite3.connect(file)) as used, contextlib.closing(sqlite3.connect(made.pristine)) as kept:
        used.backup(kept)
    yield made
    made.let_go()

"""One application for the whole matrix; the database is put back after every request that may have changed it."""

import dataclasses
from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from lms.app import create_app
from lms.models import db
from lms.services import accounts, hints
from tests.conftest import make_settings
from tests.factories import databases as factory
from tests.factories import world as worlds
from tests.factories.people import csrf_token


@dataclasses.dataclass
class Academy:
    """Asks as a persona, with or without the anti-forgery token of that persona's own sign-in."""

    app: Flask
    samples: dict[str, object]
    database: str
    pristine: str
    cookies: dict[str, str]
    tokens: dict[str, str]

    def ask(self, persona: str, method: str, path: str, *, forged: bool = False) -> TestResponse:
        client = self.app.test_client()
        client.set_cookie("academy", self.cookies[persona])
        headers = {} if forged or method == "GET" else {"X-CSRFToken": self.tokens[persona]}
        return client.open(path, method=method, headers=headers)

    def restore(self) -> None:
        self.let_go()
        factory.restore(self.database, self.pristine)

    def let_go(self) -> None:
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()


@pytest.fixture(scope="module")
def academy(tmp_path_factory: pytest.TempPathFactory, databases: None) -> Iterator[Academy]:
    home = tmp_path_factory.mktemp("access")
    settings = make_settings(home, database=factory.migrated(home / "main"))
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
    made = Academy(app, samples, settings.database_url, "", cookies, tokens)
    made.let_go()
    made.pristine = factory.copy(made.database, home / "pristine")
    yield made
    made.let_go()
    factory.drop(made.database)
    factory.drop(made.pristine)

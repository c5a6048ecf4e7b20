"""A browser for tests: keeps cookies, sends each form with the token of the page it came from."""

import re
from collections.abc import Callable, Mapping

from flask import Flask
from werkzeug.test import TestResponse

from lms.models import User, db
from lms.services import accounts
from tests.factories.people import csrf_token

PASSWORD = "a long enough password"


class Browser:
    """Of nobody, or of who has this account."""

    def __init__(self, app: Flask, user_id: int | None = None) -> None:
        self.app, self.user_id = app, user_id
        self.client = app.test_client()
        if user_id is not None:
            with app.app_context():
                token = accounts.open_session(db.session.get_one(User, user_id), days=1)
            with self.client.session_transaction() as session:
                session["token"] = token

    def get(self, path: str, **more: object) -> TestResponse:
        return self.client.get(path, **more)

    def page(self, path: str) -> str:
        answer = self.client.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        return answer.get_data(as_text=True)

    def post(self, path: str, data: Mapping[str, object] | None = None, **more: object) -> TestResponse:
        token = csrf_token(self.client, "/pathways" if self.signed_in else "/sign-in")
        return self.client.post(path, data={**(data or {}), "csrf_token": token}, **more)

    @property
    def signed_in(self) -> bool:
        return self.client.get("/account").status_code == 200

    def sign_in(self, email: str, password: str = PASSWORD, *, path: str = "/sign-in") -> TestResponse:
        return self.post(path, {"email": email, "password": password})

    def register(self, email: str, password: str = PASSWORD, name: str = "Grace") -> TestResponse:
        return self.post("/register", {"name": name, "email": email, "password": password})


#: Signs in somebody new, of this name and role.
NewPerson = Callable[..., Browser]


def hidden(page: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found, f"no hidden field {name}"
    return found[1]


def visible(page: str) -> str:
    """The page without what differs in each answer: tokens."""
    return re.sub(r'(content|value|hx-headers)=("[^"]*"|\'[^\']*\')', "", page)

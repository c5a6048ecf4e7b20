"""Behind a proxy with TLS: what the sign-in's cookie is, what forms need, and what is said where something lacks."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lms.config import Settings
from tests.conftest import make_settings
from tests.factories.people import csrf_token
from tests.factories.served import web_of

HOST = "academy.test:8443"
SOMEBODY = {"name": "Ada", "email": "ada@example.org", "password": "a long enough password"}


@pytest.fixture
def web(settings: Settings, tmp_path: Path) -> Iterator[Flask]:
    told = make_settings(tmp_path, database=settings.database, public_url=f"https://{HOST}", trusted_proxies=1)
    with web_of(told) as application:
        yield application


def behind(web: Flask, scheme: str) -> FlaskClient:
    """What a proxy says of a browser that came by this scheme."""
    client = web.test_client()
    client.environ_base |= {"HTTP_X_FORWARDED_PROTO": scheme, "HTTP_X_FORWARDED_HOST": HOST}
    return client


def test_who_registers_has_a_cookie_that_no_other_host_and_no_plain_page_sets(web: Flask) -> None:
    client = behind(web, "https")
    form = SOMEBODY | {"csrf_token": csrf_token(client)}
    answer = client.post("/register", data=form, headers={"Referer": f"https://{HOST}/register"})
    name, *marks = answer.headers["Set-Cookie"].split("; ")
    assert name.startswith("__Host-academy=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(marks)
    assert answer.status_code == 302 and answer.headers["Location"].startswith("/")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "frame-src https://*.academy.test:*" in answer.headers["Content-Security-Policy"]
    assert client.get("/account").status_code == 200


@pytest.mark.parametrize(
    ("scheme", "referer", "said"),
    [
        (
            "http",
            f"http://{HOST}/register",
            f"This page came without TLS, where nobody can sign in. Open https://{HOST}",
        ),
        ("https", None, "Your browser did not say that this form comes from"),
        ("https", "https://evil.example/", "Your browser did not say that this form comes from"),
    ],
)
def test_a_form_that_is_refused_says_why(web: Flask, scheme: str, referer: str | None, said: str) -> None:
    client = behind(web, scheme)
    form = SOMEBODY | {"csrf_token": csrf_token(client)}
    if scheme == "http":
        client.delete_cookie("__Host-academy")  # browsers take it with TLS alone
    answer = client.post("/register", data=form, headers={"Referer": referer} if referer else {})
    assert answer.status_code == 400 and said in answer.text

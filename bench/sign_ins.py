"""Learners of an instance who are signed in already."""

import httpx
from flask.sessions import SecureCookieSessionInterface

from lms.app import create_app
from lms.config import Settings
from lms.models import User, db
from lms.services import accounts, content, enrolments


def learners(settings: Settings, count: int) -> list[httpx.Cookies]:
    """Cookies of that many enrolled learners; a sign-in by password costs 50 ms of hashing and is not measured."""
    app = create_app(settings)
    cookies = []
    with app.app_context():
        pathway = content.current().curriculum.active_pathways[0]
        signer = SecureCookieSessionInterface().get_signing_serializer(app)
        assert signer
        for number in range(count):
            user = User(email=f"learner{number}@bench.test", name=f"Learner {number}")
            db.session.add(user)
            db.session.commit()
            enrolments.enrol(user, pathway)
            token = accounts.open_session(user, days=1)
            # With its host, as a server sets it: a second one without would be sent beside the renewed one.
            jar = httpx.Cookies()
            value = signer.dumps({"token": token, "_permanent": True})
            jar.set(app.config["SESSION_COOKIE_NAME"], value, domain="127.0.0.1")
            cookies.append(jar)
        db.session.remove()
    return cookies

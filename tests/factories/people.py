"""People, cohorts and sign-ins."""

import datetime as dt
import itertools
import re

from flask.testing import FlaskClient

from lms.models import Cohort, CohortInstructor, CohortMember, LinkPurpose, Role, User, db
from lms.services import content, one_time_links

_numbers = itertools.count(1)


def create_user(*, name: str = "Ada Learner", role: Role = Role.LEARNER, email: str | None = None) -> User:
    """An account without a password: tests sign in through a one-time link, which costs no hashing."""
    user = User(email=email or f"person{next(_numbers)}@academy.test", name=name, role=role)
    db.session.add(user)
    db.session.commit()
    return user


def create_cohort(*, members: list[User] | None = None, instructors: list[User] | None = None) -> Cohort:
    pathway = content.current().curriculum.pathways[0]
    today = dt.datetime.now(dt.UTC).date()
    cohort = Cohort(
        name=f"Cohort {next(_numbers)}",
        pathway_uuid=pathway.uuid,
        starts_on=today - dt.timedelta(days=3),
        ends_on=today + dt.timedelta(days=30),
    )
    db.session.add(cohort)
    db.session.flush()
    db.session.add_all(CohortMember(cohort_id=cohort.id, user_id=user.id) for user in members or [])
    db.session.add_all(CohortInstructor(cohort_id=cohort.id, user_id=user.id) for user in instructors or [])
    db.session.commit()
    return cohort


def csrf_token(client: FlaskClient, path: str = "/sign-in") -> str:
    """The anti-forgery token that a page gave to this client."""
    page = client.get(path, follow_redirects=True).get_data(as_text=True)
    found = re.search(r'name="csrf-token" content="([^"]+)"', page)
    assert found, f"{path} carries no anti-forgery token"
    return found[1]


def sign_in(client: FlaskClient, user: User) -> None:
    token = one_time_links.new(LinkPurpose.SIGN_IN, user=user)
    answer = client.post(f"/sign-in/{token}", data={"csrf_token": csrf_token(client)})
    assert answer.status_code == 302, answer.get_data(as_text=True)

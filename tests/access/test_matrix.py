"""Who may do what: every route, asked by every persona, must answer as its declared policy says."""

import pytest
from flask import Flask
from sqlalchemy import select

from lms.models import db
from lms.services import access
from lms.web.access import enforce_policies
from tests.access.conftest import Academy
from tests.access.routes import SAFE, Route, all_routes
from tests.factories.world import PERSONAS

EVERYBODY = set(PERSONAS)
SIGNED_IN = EVERYBODY - {"anonymous"}

#: The one table: who gets through. Everything else about the matrix follows from it and the route's method.
LETS_THROUGH: dict[str, set[str]] = {
    "anyone": EVERYBODY,
    "signed in": SIGNED_IN,
    "administrator": {"administrator"},
    "teaches": {"instructor", "other instructor", "administrator"},
    "teaches cohort": {"instructor", "administrator"},
    "teaches member": {"instructor", "administrator"},
    "own lab": {"owner"},
    "own check": {"owner"},
    "own enrolment": {"owner"},
    "own submission": {"owner"},
    "teaches submission": {"instructor", "administrator"},
    "own or teaches submission": {"owner", "instructor", "administrator"},
}
#: Refused because of the thing: the answer must not tell that the thing exists.
ABOUT_A_THING = {rule for rule in LETS_THROUGH if rule.startswith("own")} | {
    "teaches cohort",
    "teaches member",
    "teaches submission",
}
#: What a view may answer to a request without fields; 5xx but "busy" never.
SERVED = {200, 201, 204, 302, 303, 400, 409, 410, 503}


def expected(route: Route, persona: str) -> set[int]:
    if persona in LETS_THROUGH[route.policy]:
        return SERVED
    if persona == "anonymous":
        return {302} if route.method == "GET" else {401}
    return {404} if route.policy in ABOUT_A_THING else {403}


def test_every_rule_is_in_the_table() -> None:
    assert set(access.RULES) == set(LETS_THROUGH), (
        "a rule was added or removed: say in LETS_THROUGH whom it lets through"
    )


def test_a_route_without_a_policy_stops_the_application() -> None:
    app = Flask("careless")
    app.add_url_rule("/open", view_func=lambda: "", endpoint="open")
    with pytest.raises(RuntimeError, match="open"):
        enforce_policies(app)


@pytest.mark.parametrize("persona", PERSONAS)
def test_every_route_answers_as_its_policy_says(academy: Academy, persona: str) -> None:
    wrong, through = [], 0
    for route in all_routes(academy.app, academy.samples):
        answer = academy.ask(persona, route.method, route.path)
        wanted = expected(route, persona)
        if answer.status_code not in wanted or _sent_to_sign_in(answer, wanted):
            wrong.append(f"{route} as {persona}: {answer.status_code}, expected {sorted(wanted)}")
        through += wanted == SERVED
        if route.method not in SAFE:
            academy.restore()
    assert not wrong, "\n".join(wrong)
    assert through > 5, "the matrix asked for next to nothing"


def _sent_to_sign_in(answer: object, wanted: set[int]) -> bool:
    """A redirect to the sign-in is a refusal, also where a redirect would be an answer."""
    location = getattr(answer, "location", None) or ""
    return "/sign-in?next" in location if wanted == SERVED else 302 in wanted and "/sign-in" not in location


@pytest.mark.parametrize("persona", PERSONAS)
def test_unsafe_routes_refuse_a_request_without_its_token(academy: Academy, persona: str) -> None:
    before, wrong = _rows(academy), []
    for route in all_routes(academy.app, academy.samples):
        if route.method not in SAFE:
            answer = academy.ask(persona, route.method, route.path, forged=True)
            if answer.status_code != 400:
                wrong.append(f"{route} as {persona} without a token: {answer.status_code}")
    assert not wrong, "\n".join(wrong)
    assert _rows(academy) == before, "a forged request changed something"


@pytest.mark.parametrize("persona", PERSONAS)
def test_get_changes_nothing(academy: Academy, persona: str) -> None:
    before, wrong = _rows(academy), []
    for route in all_routes(academy.app, academy.samples):
        if route.method == "GET":
            academy.ask(persona, "GET", route.path)
            if (after := _rows(academy)) != before:
                wrong.append(f"{route} as {persona} changed {[name for name in before if before[name] != after[name]]}")
                before = after
    academy.restore()
    assert not wrong, "\n".join(wrong)


def test_another_persons_token_does_not_open_a_form(academy: Academy) -> None:
    """A lab on this site may plant cookies, never a token that fits somebody else's sign-in."""
    client = academy.app.test_client()
    client.set_cookie("academy", academy.cookies["owner"])
    answer = client.post("/sign-out", headers={"X-CSRFToken": academy.tokens["other learner"]})
    assert answer.status_code == 400


def _rows(academy: Academy) -> dict[str, list[tuple[object, ...]]]:
    """Everything in the database, by table, without the moment when somebody was last seen."""
    found: dict[str, list[tuple[object, ...]]] = {}
    with academy.app.app_context():
        for table in db.metadata.sorted_tables:
            columns = [column for column in table.columns if column.name != "last_seen_at"]
            found[table.name] = [tuple(map(repr, row)) for row in db.session.execute(select(*columns))]
    return found

"""Inviting: accounts without a password, one link each that is shown once, and the way into a cohort."""

import re

import pytest
from flask import Flask
from sqlalchemy import func, select

from lms.models import AuditEntry, CohortMember, User, db
from lms.services import address_list, invitations
from lms.services.address_list import Addressee
from lms.services.errors import NotAllowed
from tests.factories import people
from tests.integration.web.browser import PASSWORD, Browser, NewPerson


def _links(page: str) -> list[str]:
    return re.findall(r'value="[^"]*(/invitation/[^"]+)"', page)


def _users(web: Flask) -> int:
    with web.app_context():
        return db.session.scalar(select(func.count()).select_from(User)) or 0


@pytest.mark.parametrize(
    "typed, wanted",
    [
        ("Ada Lovelace <ADA@example.org>", [Addressee("ada@example.org", "Ada Lovelace")]),
        ("Ada\ta@x.org\n\n b@x.org", [Addressee("a@x.org", "Ada"), Addressee("b@x.org")]),
        ("a@x.org, b@x.org;c@x.org a@x.org", [Addressee("a@x.org"), Addressee("b@x.org"), Addressee("c@x.org")]),
        ("broken\na@x.org", [Addressee("broken"), Addressee("a@x.org")]),
        (" ,\n; ", []),
    ],
)  # fmt: skip
def test_people_are_read_as_they_are_pasted(typed: str, wanted: list[Addressee]) -> None:
    assert address_list.read(typed) == wanted


def test_invited_people_choose_a_password_with_a_link_that_works_once(web: Flask, root: Browser) -> None:
    typed = "Ada Lovelace <ada@example.org>\ngrace.hopper@example.org"
    answer = root.post("/admin/invite", {"people": typed})
    assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-store"
    assert "2 invitations" in answer.text and "Grace Hopper" in answer.text and "sent by the platform" in answer.text
    first = _links(answer.text)[0]
    assert first.split("/")[-1] not in root.page("/admin") + root.page("/admin/audit")
    assert root.page("/admin").count("</svg> invited</span>") == 2
    visitor = Browser(web)
    assert 'value="Ada Lovelace"' in visitor.page(first) and "ada@example.org" in visitor.page(first)
    assert visitor.post(first, {"name": "Ada", "password": "short"}).status_code == 400
    assert visitor.post(first, {"name": "Ada L", "password": PASSWORD}).status_code == 302 and visitor.signed_in
    assert Browser(web).get(first).status_code == 410
    assert Browser(web).post(first, {"name": "Mallory", "password": PASSWORD}).status_code == 410
    assert Browser(web).sign_in("ada@example.org").status_code == 302
    assert "invited" in visitor.page("/account/history") and "Ada L" in root.page("/admin")
    assert root.page("/admin").count("</svg> invited</span>") == 1


def test_one_bad_address_invites_nobody_and_keeps_what_was_typed(web: Flask, root: Browser) -> None:
    before = _users(web)
    answer = root.post("/admin/invite", {"people": "good@example.org\nbroken"})
    assert answer.status_code == 400 and "mend or remove them: broken" in answer.text
    assert "good@example.org\nbroken</textarea>" in answer.text.replace("\r", "")
    assert root.post("/admin/invite", {"people": ""}).status_code == 400
    assert root.post("/admin/invite", {"people": "a@example.org", "cohort": "999"}).status_code == 400
    many = " ".join(f"p{number}@example.org" for number in range(invitations.MOST + 1))
    assert root.post("/admin/invite", {"people": many}).status_code == 400
    assert _users(web) == before


def test_a_second_invitation_ends_the_first_and_who_has_a_password_needs_none(web: Flask, root: Browser) -> None:
    first = _links(root.post("/admin/invite", {"people": "ada@example.org"}).text)[0]
    second = _links(root.post("/admin/invite", {"people": "ada@example.org"}).text)[0]
    assert Browser(web).get(first).status_code == 410
    assert Browser(web).post(second, {"name": "Ada", "password": PASSWORD}).status_code == 302
    page = root.post("/admin/invite", {"people": "ADA@example.org"}).text
    assert "Had an account already" in page and not _links(page)


def test_a_switched_off_account_does_not_get_in_by_its_invitation(web: Flask, root: Browser) -> None:
    link = _links(root.post("/admin/invite", {"people": "ada@example.org"}).text)[0]
    with web.app_context():
        db.session.scalars(select(User).where(User.email == "ada@example.org")).one().active = False
        db.session.commit()
    assert Browser(web).get(link).status_code == 410
    assert not _links(root.post("/admin/invite", {"people": "ada@example.org"}).text)


def test_unknown_addresses_of_a_cohort_lead_an_administrator_to_their_invitation(web: Flask, root: Browser) -> None:
    with web.app_context():
        cohort_id, known = people.create_cohort().id, people.create_user().email
    offered = root.post(f"/cohorts/{cohort_id}/members", {"emails": f"{known}, Ada <ada@example.org>"}).text
    assert "1 learner added" in offered and "Ada &lt;ada@example.org&gt;</textarea>" in offered
    assert f'selected value="{cohort_id}"' in offered
    root.post("/admin/invite", {"people": "Ada <ada@example.org>", "cohort": str(cohort_id)})
    with web.app_context():
        joined = select(User.name).join(CohortMember).where(CohortMember.cohort_id == cohort_id)
        assert "Ada" in list(db.session.scalars(joined))
        assert {"invited", "added to cohort"} <= set(db.session.scalars(select(AuditEntry.action)))


def test_an_instructor_is_told_to_ask_and_can_not_invite(web: Flask, new_person: NewPerson) -> None:
    rafael = new_person("Rafael")
    with web.app_context():
        teacher = db.session.get_one(User, rafael.user_id)
        cohort_id = people.create_cohort(instructors=[teacher]).id
        with pytest.raises(NotAllowed):
            invitations.invite(teacher, "ada@example.org", cohort_id=cohort_id)
    answer = rafael.post(f"/cohorts/{cohort_id}/members", {"emails": "ada@example.org"}, follow_redirects=True)
    assert "Ask an administrator to invite them" in answer.text
    assert rafael.get("/admin/invite").status_code == 403

"""The set-up link makes the first administrator, once."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import PASSWORD, Visit, Visits
from tests.browser.watching import look_at
from tests.factories.instance import Instance


def test_the_set_up_link_makes_the_first_administrator_and_works_once(
    academy: Instance, visit: Visit, visits: Visits
) -> None:
    found = re.search(r"http://\S+/set-up/\S+", academy.text())
    assert found, academy.text()
    page = visit()
    page.goto(found[0])
    look_at(page, "set up")
    page.get_by_label("Name").fill("Grace Hopper")
    page.get_by_label("E-mail").fill("grace@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create the administrator").click()
    expect(page.get_by_text("This academy is yours now")).to_be_visible()
    expect(page.get_by_role("link", name="Administration")).to_be_visible()

    second = visit()
    answer = second.goto(found[0])
    assert answer is not None and answer.status == 410
    expect(second.get_by_role("heading", name="This link no longer works")).to_be_visible()
    visits.watch_of(second).expected("410")
    look_at(second, "spent link")

"""The main pages: no serious axe finding in either theme, no complaint in the console, fit for a phone."""

import pytest
from playwright.sync_api import Page, expect

from curricula.loader import load as load_curricula
from tests.browser.conftest import PATHWAY, Visit, Visits, register
from tests.browser.test_learning import LESSON_URL, QUIZ_URL, answer
from tests.browser.watching import faults, look_at

FIRST_DAY = load_curricula().pathway(PATHWAY).stages[0].modules


@pytest.mark.parametrize("address", ["/", "/sign-in", "/register"])
def test_before_signing_in(visit: Visit, address: str) -> None:
    page = visit()
    page.goto(address)
    look_at(page, address)


def test_refused_forms_are_explained_beside_their_fields(visit: Visit, visits: Visits) -> None:
    page = visit()
    page.goto("/register")
    page.get_by_label("Password").fill("short")
    page.get_by_role("button", name="Create my account").click()
    expect(page.get_by_text("How should we call you?")).to_be_visible()
    visits.watch_of(page).expected("400")
    look_at(page, "refused registration")


def test_a_home_without_anything_and_with_a_very_long_name(visit: Visit) -> None:
    page = visit()
    register(page, "Maximiliane-Alexandrina " * 4)
    look_at(page, "empty home")


def test_pages_of_a_learner(learner: Page, visits: Visits) -> None:
    found: list[str] = []
    addresses = ["/", "/pathways", f"/pathways/{PATHWAY}", LESSON_URL, "/labs", "/projects", "/account"]
    for address in [*addresses, f"/pathways/{PATHWAY}/{FIRST_DAY[-1]}"]:
        learner.goto(address)
        visits.watch_of(learner).expected("403")  # a locked module says so with its status
        found += [f"{address}: {one}" for one in faults(learner)]
    learner.goto(QUIZ_URL)
    learner.get_by_role("button", name="Check my answers").click()
    visits.watch_of(learner).expected("400")
    learner.get_by_text("Still open").first.wait_for()
    found += [f"quiz with open questions: {one}" for one in faults(learner)]
    answer(learner, right=False)
    learner.get_by_role("button", name="Check my answers").click()
    learner.locator("#result").wait_for()
    found += [f"quiz result: {one}" for one in faults(learner)]
    assert not found, "\n".join(found)


def test_what_is_not_there_says_so(learner: Page, visits: Visits) -> None:
    learner.goto("/nothing/here")
    expect(learner.get_by_role("heading", name="There is nothing here")).to_be_visible()
    visits.watch_of(learner).expected("404")
    look_at(learner, "404")

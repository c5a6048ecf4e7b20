"""From registration to a finished module, as a person does it."""

import re

from playwright.sync_api import Page, expect

from curricula.loader import load as load_curricula
from tests.browser.conftest import PASSWORD, PATHWAY, Visit, Visits, enrol, register

CURRICULUM = load_curricula()
MODULE = CURRICULUM.module(CURRICULUM.pathway(PATHWAY).stages[0].modules[0])
LESSON = next(one for one in MODULE.activities if one.kind == "lesson")
QUIZ = next(one for one in MODULE.activities if one.kind == "quiz")
QUESTIONS = CURRICULUM.quiz(QUIZ.uuid).questions
LESSON_URL = f"/pathways/{PATHWAY}/{MODULE.slug}/{LESSON.uuid}"
QUIZ_URL = f"/pathways/{PATHWAY}/{MODULE.slug}/{QUIZ.uuid}"


def answer(page: Page, *, right: bool) -> None:
    """Tick what the quiz file says is right, or the opposite."""
    for question in QUESTIONS:
        options = page.locator(f"input[name='q-{question.id}']")
        wanted = [place for place, option in enumerate(question.options) if option.correct is right]
        for place in wanted if question.kind == "multiple" else wanted[:1]:
            options.nth(place).check()


def test_register_sign_out_sign_in_and_return_to_the_page_asked_for(visit: Visit) -> None:
    page = visit()
    email = register(page)
    page.get_by_role("button", name="Ada Lovelace").click()
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"/pathways/{PATHWAY}")
    expect(page.get_by_role("heading", name="Welcome back")).to_be_visible()
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"/pathways/{PATHWAY}")


def test_resume_returns_to_the_heading_that_was_read(learner: Page) -> None:
    learner.goto(LESSON_URL)
    heading = learner.locator(".lesson h2").nth(3)
    with learner.expect_response(lambda one: one.request.method == "POST" and one.ok):
        heading.evaluate("element => element.scrollIntoView()")
    learner.goto("/")
    learner.get_by_role("link", name="Resume").click()
    expect(heading).to_be_in_viewport()
    assert learner.evaluate("window.scrollY") > 300


#: For each table of a lesson: whether it goes on beyond its box, and whether its box draws an edge where it does.
TABLES = """[...document.querySelectorAll(".lesson .table-responsive")].map(one =>
    [one.scrollWidth > one.clientWidth, getComputedStyle(one).backgroundImage.includes("gradient")])"""


def test_a_table_of_a_lesson_fits_on_a_desk_and_shows_on_a_phone_that_it_goes_on(learner: Page) -> None:
    learner.goto(LESSON_URL)
    on_a_desk = learner.evaluate(TABLES)
    assert on_a_desk and not any(goes_on for goes_on, _ in on_a_desk)
    learner.set_viewport_size({"width": 390, "height": 844})
    assert [True, True] in learner.evaluate(TABLES) and [True, False] not in learner.evaluate(TABLES)


def test_opening_a_lesson_that_was_read_begins_at_its_top(learner: Page) -> None:
    learner.goto(LESSON_URL)
    with learner.expect_response(lambda one: one.request.method == "POST" and one.ok):
        learner.locator(".lesson h2").nth(3).evaluate("element => element.scrollIntoView()")
    learner.goto("/")
    learner.goto(LESSON_URL)
    expect(learner.locator(".lesson h2").first).to_be_in_viewport()
    assert learner.evaluate("window.scrollY") == 0


def test_the_table_of_contents_stays_in_sight(learner: Page) -> None:
    learner.goto(LESSON_URL)
    contents = learner.get_by_role("navigation", name="On this page")
    expect(contents).to_be_in_viewport()
    learner.locator(".lesson h2").last.evaluate("element => element.scrollIntoView()")
    expect(contents.get_by_role("link").first).to_be_in_viewport()
    expect(contents.locator("a.current")).to_have_count(1)


def test_a_quiz_explains_and_then_passes_and_the_module_shows_it(learner: Page) -> None:
    learner.goto(LESSON_URL)
    learner.get_by_role("button", name="Done").click()
    expect(learner).to_have_url(QUIZ_URL)
    answer(learner, right=False)
    learner.get_by_role("button", name="Check my answers").click()
    expect(learner.get_by_role("heading", name="Not yet")).to_be_visible()
    first = QUESTIONS[0]
    expect(learner.locator(".question").first.locator(".option-result")).to_have_count(len(first.options))
    expect(learner.get_by_text("Wrong", exact=True).first).to_be_visible()

    learner.get_by_role("link", name="Try again").click()
    answer(learner, right=True)
    learner.get_by_role("button", name="Check my answers").click()
    expect(learner.get_by_role("heading", name="Passed")).to_be_visible()
    learner.goto(f"/pathways/{PATHWAY}")
    card = learner.locator(".stage-modules article").first
    expect(card.get_by_role("img", name="done")).to_have_count(2)
    expect(learner.get_by_text("2 of 31 activities done")).to_be_visible()
    learner.goto("/")
    expect(learner.get_by_role("link", name="Resume")).to_be_visible()


#: It is resumed when the page of the first visit was open long enough to count as read.
FIRST_LESSON = re.compile("^(Start|Resume)$")


def press_until_focused(page: Page, name: str | re.Pattern[str], *, role: str, limit: int = 120) -> None:
    """Tab until the element has the focus; a person without a mouse has no other way."""
    wanted = page.get_by_role(role, name=name).first  # type: ignore[arg-type]  # roles are a closed list there
    expect(wanted).to_be_visible()
    for _ in range(limit):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reaches {role} {name!r}")


def test_everything_to_a_passed_quiz_works_with_the_keyboard_alone(visit: Visit) -> None:
    first = visit()
    email = register(first)
    enrol(first)
    page = visit()
    page.goto("/sign-in")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type(email)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    press_until_focused(page, FIRST_LESSON, role="link")
    page.keyboard.press("Enter")
    expect(page).to_have_url(LESSON_URL)
    press_until_focused(page, "Done", role="button", limit=250)
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none", "the focus cannot be seen"
    page.keyboard.press("Enter")
    expect(page).to_have_url(QUIZ_URL)
    page.locator("main fieldset input").first.focus()
    for question in QUESTIONS:
        tick_by_keyboard(page, [option.correct for option in question.options], single=question.kind == "single")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Passed")).to_be_visible()


def tick_by_keyboard(page: Page, right: list[bool], *, single: bool) -> None:
    """From the first option of a question to the first of the next, ticking what is right."""
    if single:
        page.keyboard.press("Space")
        for _ in range(right.index(True)):
            page.keyboard.press("ArrowDown")
        page.keyboard.press("Tab")
        return
    for correct in right:
        if correct:
            page.keyboard.press("Space")
        page.keyboard.press("Tab")


def test_reading_and_quiz_work_without_javascript(visit: Visit, visits: Visits) -> None:
    page = visit(java_script_enabled=False)
    register(page)
    enrol(page)
    page.goto(LESSON_URL)
    expect(page.locator(".lesson h2").first).to_be_visible()
    page.get_by_role("button", name="Done").click()
    page.get_by_role("button", name="Check my answers").click()
    visits.watch_of(page).expected("400")
    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_role("link", name=f"question {len(QUESTIONS)}").click()
    expect(page.locator("fieldset").last).to_be_focused()
    expect(page.locator("fieldset").last).to_contain_text("Still open")
    page.goto(page.url.partition("#")[0])
    expect(page).to_have_url(QUIZ_URL)
    answer(page, right=True)
    page.get_by_role("button", name="Check my answers").click()
    expect(page.get_by_role("heading", name="Passed")).to_be_visible()

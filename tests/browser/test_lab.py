"""A lab from start to stop, in the frames of its page: what a person sees, types and gets."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from tests.browser.conftest import Visits
from tests.browser.lab_steps import (
    look_into_the_other_tabs,
    opened,
    run_in_notebook,
    start,
    type_in_terminal,
    visitor,
    workspace,
)
from tests.browser.watching import look_at

pytestmark = [pytest.mark.labs, pytest.mark.prometheus]
SLUG = "tour-your-lab"
SOLUTION = Path(__file__).parents[2] / "labs" / "catalogue" / SLUG / "solution" / "find-your-way.py"

#: The page asks for the lab's state, as it does every few seconds, and has heard how that went.
ASK_AND_WAIT = """() => new Promise(heard => {
  document.body.addEventListener("htmx:afterRequest", heard, { once: true });
  htmx.trigger(document.body, "lab-step-checked");
})"""


@pytest.fixture(scope="module")
def lab(visits: Visits) -> Page:
    """The page of a learner's lab that was started by its button and is ready."""
    page = visitor(visits)
    page.goto(f"/labs/{SLUG}")
    look_at(page, "lab before its start")
    start(page)
    return page


@pytest.fixture
def jupyter(lab: Page) -> FrameLocator:
    return opened(lab, SLUG)


def test_the_frame_comes_from_the_labs_own_host_name(lab: Page, jupyter: FrameLocator, visits: Visits) -> None:
    address = lab.locator("#pane-workspace iframe").get_attribute("src") or ""
    assert re.match(r"http://lab-[\w-]+\.academy\.localhost:\d+/", address), address
    expect(jupyter.get_by_role("menuitem", name="File", exact=True)).to_be_visible()


def test_a_notebook_cell_runs_in_the_labs_kernel(lab: Page, jupyter: FrameLocator) -> None:
    code = "import mlflow, os; print('kernel says', 6 * 7, os.environ['MLFLOW_TRACKING_URI'][:7])"
    # The import alone takes many seconds on a busy machine.
    expect(run_in_notebook(lab, jupyter, code)).to_contain_text("kernel says 42 http://", timeout=120_000)


def test_a_terminal_answers(lab: Page, jupyter: FrameLocator) -> None:
    expect(type_in_terminal(lab, jupyter, "echo wrote-$((6*7))")).to_contain_text("wrote-42")


def test_mlflow_the_model_server_and_prometheus_answer_in_their_tabs(lab: Page, jupyter: FrameLocator) -> None:
    look_into_the_other_tabs(lab)


def test_the_keyboard_moves_through_tabs_and_the_splitter(lab: Page, jupyter: FrameLocator) -> None:
    first = lab.get_by_role("tab", name="JupyterLab")
    first.focus()
    lab.keyboard.press("ArrowRight")
    expect(lab.get_by_role("tab", name="MLflow")).to_be_focused()
    splitter = lab.get_by_role("separator", name="Width of the instructions")
    before = int(splitter.get_attribute("aria-valuenow") or 0)
    splitter.focus()
    lab.keyboard.press("ArrowRight")
    expect(splitter).to_have_attribute("aria-valuenow", str(before + 2))


def test_a_phone_shows_the_steps_first_and_then_a_workspace_of_its_height(lab: Page) -> None:
    wide = lab.viewport_size
    lab.set_viewport_size({"width": 390, "height": 844})
    lab.goto(f"/labs/{SLUG}")
    steps, frame = lab.locator("#step-find-your-way"), lab.locator("#pane-workspace iframe")
    expect(steps).to_be_visible()
    expect(frame).to_be_hidden()
    lab.get_by_role("button", name="Workspace").click()
    expect(steps).to_be_hidden()
    expect(workspace(lab).locator("#jp-main-dock-panel")).to_be_visible()
    expect(workspace(lab).get_by_role("heading", name="A tour of your lab")).to_be_in_viewport(ratio=1)
    expect(workspace(lab).locator("#jp-left-stack")).to_be_hidden()
    box = frame.bounding_box()
    assert box is not None and box["height"] > 560, box
    lab.reload()
    expect(frame).to_be_visible()
    lab.goto("/labs")
    lab.goto(f"/labs/{SLUG}")
    expect(steps).to_be_visible()
    assert wide is not None
    lab.set_viewport_size(wide)


def test_a_step_fails_with_what_was_found_and_passes_when_done(lab: Page, jupyter: FrameLocator) -> None:
    step = lab.locator("#step-find-your-way")
    step.get_by_role("button", name="Check").click()
    expect(step.get_by_text("Looked for").first).to_be_visible()
    expect(step.get_by_text("Found").first).to_be_visible()
    look_at(lab, "lab with a failed check")
    step.get_by_role("button", name="Hint").click()
    expect(step.locator(".hints li")).to_have_count(1)

    shown = type_in_terminal(lab, jupyter, f"python {SOLUTION} && echo solved-$((1+1))")
    expect(shown).to_contain_text("solved-2")
    step.get_by_role("button", name="Check").click()
    expect(step.get_by_text(re.compile("Passed"))).to_be_visible()
    expect(step.locator(".question-number.is-done")).to_be_visible()
    lab.goto("/labs")
    card = lab.locator("article", has_text="Tour your lab")
    expect(card).to_contain_text("1 of 5 steps")


def test_extending_gives_more_time(lab: Page, jupyter: FrameLocator) -> None:
    lab.get_by_role("button", name="+60 min").click()
    expect(lab.get_by_text("You have more time")).to_be_visible()
    expect(lab.locator(".lab-bar [data-countdown]")).to_contain_text(re.compile(r"^2 h"))


def test_a_platform_that_does_not_answer_is_said_until_it_does(
    lab: Page, jupyter: FrameLocator, visits: Visits
) -> None:
    visits.watch_of(lab).expected("ERR_INTERNET_DISCONNECTED|htmx:(sendError|afterRequest)")
    said = lab.locator("#away")
    lab.context.set_offline(True)
    for _ in range(2):
        lab.evaluate(ASK_AND_WAIT)
    expect(said).to_be_visible()
    lab.context.set_offline(False)
    lab.evaluate(ASK_AND_WAIT)
    expect(said).to_be_hidden()


def test_stopping_keeps_the_work_and_starting_finds_it(lab: Page, jupyter: FrameLocator) -> None:
    type_in_terminal(lab, jupyter, "echo my work > kept.txt; ls kept.txt")
    expect(jupyter.locator(".jp-DirListing-content")).to_contain_text("kept.txt")
    lab.get_by_role("button", name="Stop").click()
    expect(lab.get_by_role("heading", name="Your lab is stopped")).to_be_visible(timeout=120_000)
    look_at(lab, "stopped lab")
    lab.get_by_role("button", name="Start again").click()
    expect(lab.get_by_role("tab", name="JupyterLab")).to_be_visible(timeout=120_000)
    expect(workspace(lab).locator(".jp-DirListing-content")).to_contain_text("kept.txt")
    lab.get_by_role("button", name="Stop").click()
    expect(lab.get_by_role("heading", name="Your lab is stopped")).to_be_visible(timeout=120_000)

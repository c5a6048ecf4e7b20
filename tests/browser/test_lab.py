"""A lab from start to stop, in the frames of its page: what a person sees, types and gets."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import FrameLocator, Locator, Page, expect

from tests.browser.conftest import Visits, register
from tests.browser.watching import look_at

pytestmark = [pytest.mark.labs, pytest.mark.prometheus]
SLUG = "tour-your-lab"
SOLUTION = Path(__file__).parents[2] / "labs" / "catalogue" / SLUG / "solution" / "find-your-way.py"


@pytest.fixture(scope="module")
def lab(visits: Visits) -> Iterator[Page]:
    """The page of a learner's lab that was started by its button and is ready."""
    page = visits.new(viewport={"width": 1500, "height": 900})
    register(page)
    page.goto(f"/labs/{SLUG}")
    look_at(page, "lab before its start")
    page.get_by_role("button", name="Start the lab").click()
    phases = page.get_by_role("list", name="Components")
    expect(phases.get_by_role("listitem")).to_have_count(4)
    expect(page.get_by_role("tab", name="JupyterLab")).to_be_visible(timeout=120_000)
    expect(page.frame_locator("#pane-workspace iframe").locator("#jp-main-dock-panel")).to_be_visible()
    with_screen_reader(page)
    yield page


@pytest.fixture
def jupyter(lab: Page) -> FrameLocator:
    lab.goto(f"/labs/{SLUG}")
    frame = lab.frame_locator("#pane-workspace iframe")
    expect(frame.locator("#jp-main-dock-panel")).to_be_visible()
    expect(frame.locator("#jupyterlab-splash")).to_have_count(0)
    # The lab opens its first file last, and takes the focus for it.
    expect(frame.locator(".lm-TabBar-tab.lm-mod-current", has_text="README.md")).to_be_visible()
    return frame


def launch(jupyter: FrameLocator, card: str) -> None:
    """A new tab with the launcher, and from it what the card opens."""
    jupyter.locator("[data-command='launcher:create']:visible").first.click()
    jupyter.locator(f".jp-LauncherCard:visible{card}").first.click()


def in_terminal(page: Page, jupyter: FrameLocator, command: str) -> None:
    """Type a command into a new terminal of the lab."""
    launch(jupyter, "[title*='erminal']")
    expect(told_by_terminal(jupyter)).to_contain_text(re.compile("[#$]"))
    jupyter.locator(".jp-Terminal:visible .xterm-screen").click()
    page.keyboard.type(command + "\n")


def told_by_terminal(jupyter: FrameLocator) -> Locator:
    """The terminal's text as a screen reader gets it; for eyes it is painted on a canvas."""
    return jupyter.locator(".jp-Terminal:visible .xterm-accessibility-tree")


def with_screen_reader(page: Page) -> None:
    """Switch on JupyterLab's own setting that offers a terminal's text to screen readers."""
    frame = page.frame(url=re.compile(r"//lab-"))
    assert frame is not None
    saved = frame.evaluate("""async () => {
        const token = document.cookie.match(/_xsrf=([^;]+)/)?.[1] ?? "";
        const answer = await fetch("/lab/api/settings/@jupyterlab/terminal-extension:plugin", {
            method: "PUT", headers: {"X-XSRFToken": token, "Content-Type": "application/json"},
            body: JSON.stringify({raw: '{"screenReaderMode": true}'})});
        return answer.status;
    }""")
    assert saved in (200, 204), saved


def test_the_frame_comes_from_the_labs_own_host_name(lab: Page, jupyter: FrameLocator, visits: Visits) -> None:
    address = lab.locator("#pane-workspace iframe").get_attribute("src") or ""
    assert re.match(r"http://lab-[\w-]+\.academy\.localhost:\d+/", address), address
    expect(jupyter.get_by_role("menuitem", name="File", exact=True)).to_be_visible()


def test_a_notebook_cell_runs_in_the_labs_kernel(lab: Page, jupyter: FrameLocator) -> None:
    launch(jupyter, "[data-category='Notebook']:has-text('Python')")
    idle = jupyter.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']")
    expect(idle).not_to_have_count(0)
    cell = jupyter.locator(".jp-Notebook:visible .cm-content").first
    cell.click()
    lab.keyboard.type("import mlflow, os; print('kernel says', 6 * 7, os.environ['MLFLOW_TRACKING_URI'][:7])")
    expect(cell).to_contain_text("[:7])")
    lab.keyboard.press("Shift+Enter")
    # The import alone takes many seconds on a busy machine.
    expect(jupyter.locator(".jp-OutputArea-output").first).to_contain_text("kernel says 42 http://", timeout=120_000)


def test_a_terminal_answers(lab: Page, jupyter: FrameLocator) -> None:
    in_terminal(lab, jupyter, "echo wrote-$((6*7))")
    expect(told_by_terminal(jupyter)).to_contain_text("wrote-42")


def test_mlflow_the_model_server_and_prometheus_answer_in_their_tabs(lab: Page, jupyter: FrameLocator) -> None:
    seen = {
        "mlflow": ("MLflow", "Experiments"),
        "serving": ("Model server", "/predict"),
        "prometheus": ("Prometheus", "Prometheus"),
    }
    for name, (title, text) in seen.items():
        lab.get_by_role("tab", name=title).click()
        frame = lab.frame_locator(f"#pane-{name} iframe")
        expect(frame.get_by_text(text).first).to_be_visible()


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
    expect(lab.frame_locator("#pane-workspace iframe").locator("#jp-main-dock-panel")).to_be_visible()
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

    in_terminal(lab, jupyter, f"python {SOLUTION} && echo solved-$((1+1))")
    expect(told_by_terminal(jupyter)).to_contain_text("solved-2")
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


def test_stopping_keeps_the_work_and_starting_finds_it(lab: Page, jupyter: FrameLocator) -> None:
    in_terminal(lab, jupyter, "echo my work > kept.txt; ls kept.txt")
    expect(jupyter.locator(".jp-DirListing-content")).to_contain_text("kept.txt")
    lab.get_by_role("button", name="Stop").click()
    expect(lab.get_by_role("heading", name="Your lab is stopped")).to_be_visible(timeout=120_000)
    look_at(lab, "stopped lab")
    lab.get_by_role("button", name="Start again").click()
    expect(lab.get_by_role("tab", name="JupyterLab")).to_be_visible(timeout=120_000)
    frame = lab.frame_locator("#pane-workspace iframe")
    expect(frame.locator(".jp-DirListing-content")).to_contain_text("kept.txt")
    lab.get_by_role("button", name="Stop").click()
    expect(lab.get_by_role("heading", name="Your lab is stopped")).to_be_visible(timeout=120_000)

"""A lab in containers, in the frames of its page: kernel, terminal, the other components, a step, stop and start."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import FrameLocator, Locator, Page, expect

from labs.providers.docker import api, containers, names
from tests.browser.conftest import Visits, register
from tests.browser.test_lab import SLUG, SOLUTION, in_terminal, launch, told_by_terminal, with_screen_reader
from tests.factories.docker_instance import docker_instance
from tests.factories.instance import Instance
from tests.factories.waiting import until

pytestmark = [pytest.mark.docker, pytest.mark.prometheus, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def academy(databases: None) -> Iterator[Instance]:
    """The platform, up, whose labs are containers."""
    with docker_instance() as made:
        made.start()
        yield made


@pytest.fixture(scope="module")
def lab(visits: Visits) -> Page:
    """The page of a learner's lab that was started by its button and is ready."""
    page = visits.new(viewport={"width": 1500, "height": 900})
    # The lab's own networks come up on the machine on which this browser is; our pages ask again.
    visits.watch_of(page).expected("ERR_NETWORK_CHANGED|htmx:(sendError|afterRequest)")
    register(page)
    page.goto(f"/labs/{SLUG}")
    page.get_by_role("button", name="Start the lab").click()
    expect(page.get_by_role("tab", name="JupyterLab")).to_be_visible(timeout=180_000)
    expect(page.frame_locator("#pane-workspace iframe").locator("#jp-main-dock-panel")).to_be_visible()
    with_screen_reader(page)
    return page


@pytest.fixture
def jupyter(lab: Page) -> FrameLocator:
    lab.goto(f"/labs/{SLUG}")
    frame = lab.frame_locator("#pane-workspace iframe")
    expect(frame.locator("#jp-main-dock-panel")).to_be_visible()
    expect(frame.locator("#jupyterlab-splash")).to_have_count(0)
    expect(frame.locator(".lm-TabBar-tab.lm-mod-current", has_text="README.md")).to_be_visible()
    return frame


def test_the_page_says_what_containers_isolate(lab: Page) -> None:
    lab.get_by_text("What this lab isolates, and what not").click()
    table = lab.get_by_role("table", name="Isolation promised by the docker provider")
    expect(table.get_by_role("row", name=re.compile("^Network yes"))).to_be_visible()


def run_cell(lab: Page, jupyter: FrameLocator, cell: Locator) -> None:
    """Run it, and once more when nothing happens: JupyterLab can drop what it asks of a kernel that just connects."""
    lab.keyboard.press("Shift+Enter")
    try:
        prompt = jupyter.locator(".jp-Notebook:visible .jp-InputPrompt").first
        expect(prompt).not_to_have_text("[ ]:", timeout=10_000)
    except AssertionError:
        cell.click()
        lab.keyboard.press("Shift+Enter")


def test_a_notebook_cell_runs_in_the_labs_kernel(lab: Page, jupyter: FrameLocator) -> None:
    launch(jupyter, "[data-category='Notebook']:has-text('Python')")
    expect(jupyter.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']")).not_to_have_count(0)
    cell = jupyter.locator(".jp-Notebook:visible .cm-content").first
    cell.click()
    lab.keyboard.type("import mlflow, os; print('kernel says', 6 * 7, os.environ['MLFLOW_TRACKING_URI'])")
    expect(cell).to_contain_text("TRACKING_URI'])")
    run_cell(lab, jupyter, cell)
    said = jupyter.locator(".jp-OutputArea-output").first
    expect(said).to_contain_text("kernel says 42 http://mlflow:5000", timeout=120_000)


def test_a_terminal_solves_a_step_and_its_check_sees_it(lab: Page, jupyter: FrameLocator) -> None:
    in_terminal(lab, jupyter, f"cat > solution.py <<'END'\n{SOLUTION.read_text()}\nEND")
    lab.keyboard.type("python solution.py && whoami && echo solved-$((1+1))\n")
    expect(told_by_terminal(jupyter)).to_contain_text("solved-2", timeout=120_000)
    step = lab.locator("#step-find-your-way")
    step.get_by_role("button", name="Check").click()
    expect(step.get_by_text(re.compile("Passed"))).to_be_visible(timeout=60_000)


def test_mlflow_the_model_server_and_prometheus_answer_in_their_tabs(lab: Page, jupyter: FrameLocator) -> None:
    seen = {
        "mlflow": ("MLflow", "Experiments"),
        "serving": ("Model server", "/predict"),
        "prometheus": ("Prometheus", "Prometheus"),
    }
    for name, (title, text) in seen.items():
        lab.get_by_role("tab", name=title).click()
        expect(lab.frame_locator(f"#pane-{name} iframe").get_by_text(text).first).to_be_visible()


def test_make_down_ends_the_labs_and_their_door_and_the_work_is_there_again(
    lab: Page, academy: Instance, visits: Visits
) -> None:
    lab.goto("about:blank")  # its page would go on asking
    academy.interrupt()
    said = academy.command("down")
    assert "stopped labs, their work is kept: lab-1" in said.stdout, said
    label = [f"{names.INSTALLATION}={academy.settings.installation}"]
    assert not containers.summaries(api.connect(None), label)
    academy.start()
    visits.watch_of(lab).expected("503")  # while the platform comes back, a page may be told to wait; people reload
    until("the lab's page", lambda: (answer := lab.goto(f"/labs/{SLUG}")) and answer.ok)
    lab.get_by_role("button", name="Start again").click()
    expect(lab.get_by_role("tab", name="JupyterLab")).to_be_visible(timeout=180_000)
    frame = lab.frame_locator("#pane-workspace iframe")
    expect(frame.locator(".jp-DirListing-content")).to_contain_text("solution.py")

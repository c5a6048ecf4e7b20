"""A lab in containers and one in pods, in the frames of its page: kernel, terminal, the other components, a step."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from labs.providers.docker import api, containers, names
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
from tests.browser.test_lab import SLUG, SOLUTION
from tests.cluster.conftest import kubeconfig, machine, places
from tests.cluster.equipment.places import GATEWAY_PORT
from tests.factories.docker_instance import docker_instance
from tests.factories.instance import Instance
from tests.factories.kubernetes_instance import kubernetes_instance
from tests.factories.waiting import until

__all__ = ["kubeconfig", "machine", "places"]

pytestmark = [pytest.mark.docker, pytest.mark.prometheus, pytest.mark.timeout(1800)]


@dataclass(frozen=True)
class Ground:
    """The platform and what its labs run on; `left` names what runs there for it."""

    provider: str
    network: str
    """How far it promises that labs reach nobody."""
    instance: Instance
    door: str
    domain: str
    left: Callable[[], list[str]]


def on_docker(stack: ExitStack, request: pytest.FixtureRequest) -> Ground:
    made = stack.enter_context(docker_instance())
    label = [f"{names.INSTALLATION}={made.settings.installation}"]
    return Ground(
        "docker",
        "yes",
        made,
        door=made.environment()["ACADEMY_DOCKER_DOOR_PORT"],
        domain=made.settings.labs_host,
        left=lambda: list(containers.summaries(api.connect(None), label)),
    )


def on_the_cluster(stack: ExitStack, request: pytest.FixtureRequest) -> Ground:
    """Browsers come through the cluster's own gateway."""
    folder = request.getfixturevalue("tmp_path_factory").mktemp("cluster")
    cluster = (request.getfixturevalue("kubeconfig"), request.getfixturevalue("machine"))
    made, fence = stack.enter_context(kubernetes_instance(*cluster, folder))
    return Ground("kubernetes", "partly", made, door=str(GATEWAY_PORT), domain=fence.domain, left=fence.pods)


# With all others that open pages: the networks of containers that come and go beside a browser break off what it loads.
KUBERNETES = pytest.param(
    on_the_cluster, id="kubernetes", marks=[pytest.mark.cluster, pytest.mark.xdist_group("browser")]
)


@pytest.fixture(scope="module", params=[pytest.param(on_docker, id="docker"), KUBERNETES])
def ground(databases: None, request: pytest.FixtureRequest) -> Iterator[Ground]:
    with ExitStack() as stack:
        made: Ground = request.param(stack, request)
        made.instance.start()
        yield made


@pytest.fixture(scope="module")
def academy(ground: Ground) -> Instance:
    return ground.instance


@pytest.fixture(scope="module")
def lab(visits: Visits) -> Page:
    """The page of a learner's lab that was started by its button and is ready."""
    page = visitor(visits)
    # Networks of labs come up on the machine on which this browser is; our pages ask again.
    visits.watch_of(page).expected("ERR_NETWORK_CHANGED|htmx:(sendError|afterRequest)")
    page.goto(f"/labs/{SLUG}")
    start(page, seconds=240)
    return page


@pytest.fixture
def jupyter(lab: Page) -> FrameLocator:
    return opened(lab, SLUG)


def test_the_page_says_what_is_isolated_and_frames_the_lab_by_its_own_name(lab: Page, ground: Ground) -> None:
    lab.get_by_text("What this lab isolates, and what not").click()
    table = lab.get_by_role("table", name=f"Isolation promised by the {ground.provider} provider")
    expect(table.get_by_role("row", name=re.compile(f"^Network {ground.network} "))).to_be_visible()
    address = lab.locator("#pane-workspace iframe").get_attribute("src") or ""
    assert re.match(rf"http://lab-[\w-]+\.{re.escape(ground.domain)}:{ground.door}/", address), address


def test_a_notebook_cell_runs_in_the_labs_kernel(lab: Page, jupyter: FrameLocator) -> None:
    code = "import mlflow, os; print('kernel says', 6 * 7, os.environ['MLFLOW_TRACKING_URI'])"
    printed = run_in_notebook(lab, jupyter, code)
    expect(printed).to_contain_text("kernel says 42 http://mlflow:5000", timeout=120_000)


def test_a_terminal_solves_a_step_and_its_check_sees_it(lab: Page, jupyter: FrameLocator) -> None:
    shown = type_in_terminal(lab, jupyter, f"cat > solution.py <<'END'\n{SOLUTION.read_text()}\nEND")
    lab.keyboard.type("python solution.py && whoami && echo solved-$((1+1))\n")
    expect(shown).to_contain_text("solved-2", timeout=120_000)
    step = lab.locator("#step-find-your-way")
    step.get_by_role("button", name="Check").click()
    expect(step.get_by_text(re.compile("Passed"))).to_be_visible(timeout=60_000)


def test_mlflow_the_model_server_and_prometheus_answer_in_their_tabs(lab: Page, jupyter: FrameLocator) -> None:
    look_into_the_other_tabs(lab)


def test_down_ends_the_labs_and_their_door_and_the_work_is_there_again(
    lab: Page, ground: Ground, visits: Visits
) -> None:
    academy = ground.instance
    lab.goto("about:blank")  # its page would go on asking
    academy.interrupt()
    said = academy.command("down")
    assert "stopped labs, their work is kept: lab-1" in said.stdout, said
    assert not ground.left()
    academy.start()
    visits.watch_of(lab).expected("503")  # while the platform comes back, a page may be told to wait; people reload
    until("the lab's page", lambda: (answer := lab.goto(f"/labs/{SLUG}")) and answer.ok)
    lab.get_by_role("button", name="Start again").click()
    expect(lab.get_by_role("tab", name="JupyterLab")).to_be_visible(timeout=240_000)
    expect(workspace(lab).locator(".jp-DirListing-content")).to_contain_text("solution.py")

"""A whole platform, a real Chromium, and people who use it.

academy   `lms up` of its own, once for a test process (all tests of this folder run in one)
visit     opens a browser of its own for a person; every complaint of a page fails the test
learner   a page of somebody who registered and is enrolled
"""

import itertools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.watching import Watch
from tests.cluster.equipment.places import GATEWAY_PORT, Addresses
from tests.factories.instance import Instance, instance
from tests.machine import CHROMIUMS

PASSWORD = "three plain words"
PATHWAY = "ds-to-mlops-awareness"
#: A shared machine of two cores is slow at times; a person waits too.
PATIENCE = 30_000
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-3d-apis",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    # To a browser every *.localhost is this machine; labs of the test cluster are behind its gateway.
    f"--host-resolver-rules=MAP lab-*:{GATEWAY_PORT} {Addresses().node}:{GATEWAY_PORT}",
]
#: Without transitions, so that a theme's colours are there at once.
WINDOW = {"viewport": {"width": 1280, "height": 860}, "reduced_motion": "reduce"}
Visit = Callable[..., Page]
_numbers = itertools.count(1)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == Path(__file__).parent:
            if not item.get_closest_marker("xdist_group"):
                item.add_marker(pytest.mark.xdist_group("browser"))
            item.add_marker(pytest.mark.timeout(600))


@pytest.fixture(scope="session")
def academy(databases: None) -> Iterator[Instance]:
    """The platform, up, with the labs' environment of this machine; it fetches from a git server on loopback, too."""
    with instance(with_labs=True, git_allow_private_addresses="true") as made:
        made.start()
        yield made


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, CHROMIUMS)))
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE)
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


class Visits:
    """The browsers of one test or module: opened, watched, and shown when something failed."""

    def __init__(self, browser: Browser, base: str) -> None:
        self.browser, self.base = browser, base
        self.open: list[tuple[BrowserContext, Watch]] = []

    def new(self, **options: Any) -> Page:
        context = self.browser.new_context(base_url=self.base, **(WINDOW | options))
        context.set_default_timeout(PATIENCE)
        self.open.append((context, Watch(self.base).over(context)))
        return context.new_page()

    def watch_of(self, page: Page) -> Watch:
        return next(watch for context, watch in self.open if context is page.context)

    def evidence(self, folder: Path) -> str:
        """Screenshots of every page into the folder; where they are and what the consoles said."""
        lines = []
        for context, watch in self.open:
            for page in context.pages:
                target = folder / f"page-{next(_numbers)}.png"
                page.screenshot(path=target)
                lines.append(f"{page.url} shown in {target}")
            lines += watch.console[-40:]
        return "\n".join(lines)

    def close(self) -> None:
        for context, _ in self.open:
            context.close()

    def complaints(self) -> list[str]:
        return [one for _, watch in self.open for one in watch.unexpected()]


@pytest.fixture(scope="module")
def visits(chromium: Browser, academy: Instance) -> Iterator[Visits]:
    made = Visits(chromium, academy.settings.base_url)
    yield made
    made.close()


@pytest.fixture
def visit(visits: Visits) -> Visit:
    return visits.new


@pytest.fixture(autouse=True)
def pages_do_not_complain(visits: Visits) -> Iterator[None]:
    yield
    said = visits.complaints()
    for _, watch in visits.open:
        watch.complaints.clear()
    assert not said, "The browser complained:\n  " + "\n  ".join(said)


def register(page: Page, name: str = "Ada Lovelace") -> str:
    """A new account through the form, as a person; its e-mail address."""
    email = f"learner-{next(_numbers)}@example.org"
    page.goto("/register")
    page.get_by_label("Name").fill(name)
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create my account").click()
    expect(page).to_have_url("/")
    return email


def enrol(page: Page) -> None:
    page.goto(f"/pathways/{PATHWAY}")
    page.get_by_role("button", name="Start this pathway").click()
    expect(page.get_by_role("navigation", name="Pathway")).to_be_attached()


@pytest.fixture
def learner(visit: Visit) -> Page:
    page = visit()
    register(page)
    enrol(page)
    return page


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    report = yield
    shown = item.funcargs.get("visits") if isinstance(item, pytest.Function) else None
    if report.when == "call" and report.failed and isinstance(shown, Visits):
        folder = item.config.rootpath / ".pytest_cache" / "browser"
        folder.mkdir(parents=True, exist_ok=True)
        report.sections.append(("what the browser showed", shown.evidence(folder)))
    return report

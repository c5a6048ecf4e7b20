"""What a person does with a lab in its page: start it, run a cell, type into a terminal, look into the other tabs."""

import re

from playwright.sync_api import FrameLocator, Locator, Page, expect

from tests.browser.conftest import Visits, register

#: What each of the other components shows at first, by the title of its tab.
TABS = {"MLflow": "Experiments", "Model server": "/predict", "Prometheus": "Prometheus"}


def visitor(visits: Visits) -> Page:
    """A window of somebody who registered, wide enough for steps and workspace."""
    page = visits.new(viewport={"width": 1500, "height": 900})
    register(page)
    return page


def start(page: Page, *, seconds: int = 120) -> None:
    """Press the button of the lab's page and wait for JupyterLab; terminals speak to screen readers from now on."""
    page.get_by_role("button", name="Start the lab").click()
    expect(page.get_by_role("list", name="Components").get_by_role("listitem")).to_have_count(4)
    expect(page.get_by_role("tab", name="JupyterLab")).to_be_visible(timeout=seconds * 1000)
    expect(workspace(page).locator("#jp-main-dock-panel")).to_be_visible()
    _with_screen_reader(page)


def workspace(page: Page) -> FrameLocator:
    return page.frame_locator("#pane-workspace iframe")


def opened(page: Page, slug: str) -> FrameLocator:
    """JupyterLab in the lab's page, come to rest."""
    page.goto(f"/labs/{slug}")
    frame = workspace(page)
    expect(frame.locator("#jp-main-dock-panel")).to_be_visible()
    expect(frame.locator("#jupyterlab-splash")).to_have_count(0)
    # The lab opens its first file last, and takes the focus for it.
    expect(frame.locator(".lm-TabBar-tab.lm-mod-current", has_text="README.md")).to_be_visible()
    return frame


def run_in_notebook(page: Page, jupyter: FrameLocator, code: str) -> Locator:
    """What the first cell of a new notebook prints."""
    _launch(jupyter, "[data-category='Notebook']:has-text('Python')")
    expect(jupyter.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']")).not_to_have_count(0)
    cell = jupyter.locator(".jp-Notebook:visible .cm-content").first
    cell.click()
    page.keyboard.type(code)
    expect(cell).to_contain_text(code[-10:])
    page.keyboard.press("Shift+Enter")
    try:
        prompt = jupyter.locator(".jp-Notebook:visible .jp-InputPrompt").first
        expect(prompt).not_to_have_text("[ ]:", timeout=10_000)
    except AssertionError:
        # JupyterLab can drop what it asks of a kernel that just connects: a person presses the keys once more.
        cell.click()
        page.keyboard.press("Shift+Enter")
    return jupyter.locator(".jp-OutputArea-output").first


def type_in_terminal(page: Page, jupyter: FrameLocator, command: str) -> Locator:
    """What a new terminal shows, as a screen reader gets it; for eyes it is painted on a canvas."""
    _launch(jupyter, "[title*='erminal']")
    shown = jupyter.locator(".jp-Terminal:visible .xterm-accessibility-tree")
    expect(shown).to_contain_text(re.compile("[#$]"))
    jupyter.locator(".jp-Terminal:visible .xterm-screen").click()
    page.keyboard.type(command + "\n")
    return shown


def look_into_the_other_tabs(page: Page) -> None:
    """Each component answers in its own tab."""
    for title, text in TABS.items():
        tab = page.get_by_role("tab", name=title)
        tab.click()
        pane = tab.get_attribute("aria-controls")
        expect(page.frame_locator(f"#{pane} iframe").get_by_text(text).first).to_be_visible()


def _launch(jupyter: FrameLocator, card: str) -> None:
    """A new tab with the launcher, and from it what the card opens."""
    jupyter.locator("[data-command='launcher:create']:visible").first.click()
    jupyter.locator(f".jp-LauncherCard:visible{card}").first.click()


def _with_screen_reader(page: Page) -> None:
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

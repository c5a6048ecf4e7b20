"""Handing in, up to where the platform keeps what it accepted: what is handed in here ends at once, and so its exam."""

import hashlib
import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit, Visits, enrol, register
from tests.factories.git_server import commit, git, git_server

pytestmark = [pytest.mark.labs, pytest.mark.linux]
SLUG = "multi-model-ab-testing"
MANIFEST = f"""\
project: {SLUG}
services:
  model-a: {{command: "false"}}
  model-b: {{command: "false"}}
  router: {{command: "false"}}
"""
SUBMISSION = re.compile(r"/submissions/\d+(#.*)?$")


def test_a_repository_is_accepted_at_the_commit_that_is_there_now(learner: Page, tmp_path: Path) -> None:
    folder = tmp_path / "served" / "my-router.git"
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet")
    (folder / "academy.yaml").write_text(MANIFEST)
    first = commit(folder)
    with git_server(tmp_path / "served") as server:
        learner.goto(f"/projects/{SLUG}")
        learner.get_by_label("Git URL").fill(f"http://{server.place}/my-router.git")
        learner.get_by_role("button", name="Hand in and examine").click()
        expect(learner).to_have_url(SUBMISSION)
        (folder / "academy.yaml").write_text("# changed after handing in\n")
        later = commit(folder)
    _is_kept(learner)
    expect(learner.get_by_text(f"my-router-{first[:12]}.zip")).to_be_visible()
    expect(learner.get_by_role("main").get_by_text(first[:12], exact=True)).to_be_visible()
    assert later[:12] not in learner.content()


def test_what_is_no_repository_is_explained_beside_the_field(learner: Page, visits: Visits, tmp_path: Path) -> None:
    with git_server(tmp_path) as server:
        learner.goto(f"/projects/{SLUG}")
        learner.get_by_label("Git URL").fill(f"http://{server.place}/nowhere.git")
        learner.get_by_role("button", name="Hand in and examine").click()
        expect(learner.locator("#git_url-note")).to_contain_text("cannot be fetched")
    visits.watch_of(learner).expected("400")
    expect(learner.get_by_text("5 of 5 attempts left today")).to_be_visible()


def test_without_javascript_a_zip_is_accepted(visit: Visit, tmp_path: Path) -> None:
    file = tmp_path / "router.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("academy.yaml", MANIFEST)
    page = visit(java_script_enabled=False)
    register(page)
    enrol(page)
    page.goto(f"/projects/{SLUG}")
    page.get_by_label("Zip file").set_input_files(file)
    page.get_by_role("button", name="Hand in and examine").click()
    expect(page).to_have_url(SUBMISSION)
    _is_kept(page)
    expect(page.get_by_text("router.zip")).to_be_visible()
    expect(page.get_by_text(hashlib.sha256(file.read_bytes()).hexdigest()[:12])).to_be_visible()
    page.goto(f"/projects/{SLUG}")
    expect(page.get_by_text("attempt 1")).to_be_visible()


def _is_kept(page: Page) -> None:
    """In the queue or examined; on a slow machine the short exam may be over when we look."""
    open_ones = page.get_by_role("heading", name=re.compile("In the queue|Being examined"))
    expect(open_ones.or_(page.get_by_text("This attempt does not count.")).first).to_be_visible()

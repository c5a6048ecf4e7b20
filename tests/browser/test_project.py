"""Hand in a project and watch it being examined; one exam, since it takes two minutes."""

import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit, Visits, enrol, register
from tests.browser.watching import look_at

pytestmark = [pytest.mark.labs, pytest.mark.linux]
SLUG = "multi-model-ab-testing"
SOLUTION = Path(__file__).parents[2] / "labs" / "projects" / SLUG / "solution"

CUT_TABLES = """
[...document.querySelectorAll(".brief .table-responsive")].filter(one => one.scrollWidth > one.clientWidth).length
"""


def zipped(folder: Path, target: Path) -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                archive.write(path, path.relative_to(folder))
    return target


def hand_in(page: Page, file: Path) -> None:
    page.goto(f"/projects/{SLUG}")
    page.get_by_label("Zip file").set_input_files(file)
    page.get_by_role("button", name="Hand in and examine").click()


def test_what_is_no_zip_is_refused_beside_the_field(learner: Page, visits: Visits, tmp_path: Path) -> None:
    wrong = tmp_path / "notes.zip"
    wrong.write_text("not a zip at all")
    learner.goto(f"/projects/{SLUG}")
    look_at(learner, "project")
    assert learner.evaluate(CUT_TABLES) == 0, "the contract is read without scrolling"
    with learner.expect_response(lambda one: one.request.method == "POST"):
        hand_in(learner, wrong)
    visits.watch_of(learner).expected("400")
    expect(learner.locator("#file-note")).to_contain_text("zip")
    expect(learner.get_by_text("5 of 5 attempts left today")).to_be_visible()


def test_without_javascript_nothing_chosen_is_explained(visit: Visit, visits: Visits) -> None:
    page = visit(java_script_enabled=False)
    register(page)
    enrol(page)
    page.goto(f"/projects/{SLUG}")
    page.get_by_role("button", name="Hand in and examine").click()
    expect(page.locator(".invalid-feedback").first).to_be_visible()
    visits.watch_of(page).expected("400")


def test_the_solution_is_examined_live_and_reported(
    learner: Page, visit: Visit, visits: Visits, tmp_path: Path
) -> None:
    hand_in(learner, zipped(SOLUTION, tmp_path / "solution.zip"))
    expect(learner.get_by_role("heading", name="Measured so far")).to_be_visible()
    expect(learner.locator(".lab-phases .phase-ready").first).to_be_visible(timeout=120_000)
    expect(learner.get_by_text("provisional", exact=True)).to_be_visible(timeout=120_000)
    look_at(learner, "submission, live")
    # The page follows by itself: nobody reloads it.
    expect(learner.get_by_role("img", name="Points", exact=True)).to_be_visible(timeout=420_000)
    expect(learner.get_by_text("passed", exact=True).first).to_be_visible()
    expect(learner.locator(".evidence svg.plot").first).to_be_visible()
    assert learner.locator(".evidence svg.plot").count() >= 2
    look_at(learner, "report")
    learner.goto("/")
    expect(learner.get_by_text("attempt 1")).to_be_visible()
    look_at(learner, "home with a report")
    learner.goto("/projects")
    look_at(learner, "projects with a report")

    stranger = visit()
    register(stranger)
    answer = stranger.goto(learner.url.replace("/projects", "/submissions/1"))
    assert answer is not None and answer.status == 404
    visits.watch_of(stranger).expected("404")

"""The pages of a submission: in the queue again, examined, and with an instructor's word."""

import io
import json
import re
import zipfile

from labs.exams.events import CriterionDecided
from labs.exams.report import CriterionResult
from lms.models import Examination, Report, Role, User, db, db_now
from tests.factories import world
from tests.integration.web.browser import Browser, NewPerson

PROJECT = "multi-model-ab-testing"


def handed_in(browser: Browser, **columns: object) -> str:
    """The address of the person's submission, whose examination is open and has these columns."""
    with browser.app.app_context():
        report = world.create_report(db.session.get_one(User, browser.user_id))
        submission_id = report.submission_id
        db.session.execute(db.delete(Report).where(Report.id == report.id))
        db.session.execute(db.update(Examination).where(Examination.submission_id == submission_id).values(**columns))
        db.session.commit()
    return f"/submissions/{submission_id}"


def test_an_exam_that_was_given_back_says_why_and_when_it_is_tried_again(learner: Browser) -> None:
    problem = "Other programs used 80% of this machine."
    address = handed_in(learner, status="queued", tries=1, problem=problem, not_before=db_now(60), events=[])
    for page in (learner.page(address), learner.page(f"{address}/now")):
        assert problem in page and "place 1 in line" in page
        assert "Next try at <time" in page


def _measured(criterion: str, points: float, most: float) -> dict[str, object]:
    """The news of an exam that has measured this criterion."""
    result = CriterionResult(id=criterion, title=criterion, points=points, max_points=most, measured="It.", limit="42")
    return CriterionDecided(result=result).model_dump(mode="json")


def test_until_the_report_nothing_is_a_success_or_a_failure(learner: Browser) -> None:
    """The exam may still be found not gradable, or be tried again."""
    address = handed_in(learner, status="running", events=[_measured("answer", 0, 60), _measured("presence", 40, 40)])
    for page in (learner.page(address), learner.page(f"{address}/now")):
        told = page.split("Measured so far")[1].split("</section>")[0]
        assert "0 / 60" in told and "40 / 40" in told and "provisional" in told
        assert not re.search('bg-(red|green|yellow)|#(x|check)"', told)


def test_a_fault_of_ours_is_one_sentence_with_one_full_stop(learner: Browser) -> None:
    address = handed_in(learner, status="needs staff", problem="Examining it broke off 3 times.")
    page = learner.page(address)
    assert "3 times." in page and "3 times.." not in page


def _offered(page: str, criterion_id: str) -> list[str]:
    """The points that the override form of the criterion has chosen already."""
    section = page.split(f'id="{criterion_id}"')[1].split("</section>")[0]
    return re.findall(r'name="points" value="(\w+)" checked', section)


def test_after_an_override_one_total_stands_everywhere(learner: Browser, new_person: NewPerson) -> None:
    with learner.app.app_context():
        report = world.create_report(db.session.get_one(User, learner.user_id), "never-rolls-back")
        db.session.commit()
        address = f"/submissions/{report.submission_id}"
    assert "65 of 100 points; 70 pass" in learner.page(address)
    root = new_person("Root", Role.ADMINISTRATOR)
    assert _offered(root.page(address), "rollback-errors") == ["none"]
    assert _offered(root.page(address), "sticky") == ["all"]
    form = {"criterion_id": "rollback-errors", "reason": "Seen in the review."}
    for points in ("7", ""):
        assert root.post(f"{address}/override", form | {"points": points}).status_code == 400, "all or none"
    assert root.post(f"{address}/override", form | {"points": "all"}).status_code == 302
    page = learner.page(address)
    assert "75 of 100 points; 70 pass" in page and "10 / 10" in page
    assert page.count("65 points") == 1 and "65 of 100" not in page
    written = json.loads(learner.page(f"{address}/report.json"))
    assert (written["points"], written["verdict"], written["fault"]) == (75, "passed", None)
    assert sum(criterion["points"] for criterion in written["criteria"]) == 75
    assert [one["overrides"][0]["by"] for one in written["criteria"] if "overrides" in one] == ["Root"]


def test_the_starter_can_be_downloaded_and_is_ready_to_be_handed_in(learner: Browser, visitor: Browser) -> None:
    page = learner.page(f"/projects/{PROJECT}")
    assert f'href="/projects/{PROJECT}/starter.zip"' in page
    answer = learner.get(f"/projects/{PROJECT}/starter.zip")
    assert answer.mimetype == "application/zip"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{PROJECT}-starter.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.data)) as packed:
        assert {"academy.yaml", "router.py"} <= set(packed.namelist())
        assert not [name for name in packed.namelist() if "__pycache__" in name]
    assert learner.get("/projects/no-such-one/starter.zip").status_code == 404
    assert visitor.get(f"/projects/{PROJECT}/starter.zip").status_code == 302, "to the sign-in"


def test_the_project_page_tells_each_criterion_once(learner: Browser) -> None:
    page = learner.page(f"/projects/{PROJECT}")
    assert page.count("One user in ten meets model B") == 1

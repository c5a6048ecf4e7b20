"""The lab page while its lab is not there yet: the line, what is in the way, and what else its learner has running."""

import dataclasses
from collections.abc import Iterator

import pytest
from flask import Flask

from labs.exams.findings import CheckReport, StepReport
from labs.ports import ComponentSeen, Door, Observation, Phase, Promise, Promises
from lms.models import Lab, LabCheck, Role, User, db
from lms.services import content, installation, lab_pool, lab_troubles, labs
from tests.factories import people
from tests.integration.web.browser import Browser, NewPerson

SLUGS = ("gate-a-model", "serve-a-model", "tour-your-lab")


def _set(web: Flask, **changes: object) -> None:
    with web.app_context():
        settings = installation.current()
        installation.install(type(settings)(**(settings.model_dump() | changes)))


def _start(web: Flask, person: Browser, slug: str = SLUGS[0]) -> int:
    with web.app_context():
        return labs.start(db.session.get_one(User, person.user_id), slug).id


def _write(web: Flask, lab_id: int, **columns: object) -> None:
    with web.app_context():
        db.session.execute(db.update(Lab).where(Lab.id == lab_id).values(**columns))
        db.session.commit()


def test_who_waits_reads_their_place_and_how_long_it_takes(web: Flask, new_person: NewPerson) -> None:
    _set(web, labs_at_once=1)
    first, second, third = new_person(), new_person(), new_person()
    for person in (first, second, third):
        _start(web, person)
    assert "in line" not in first.page(f"/labs/{SLUGS[0]}")
    for person, place in ((second, 1), (third, 2)):
        page = person.page(f"/labs/{SLUGS[0]}")
        assert f"You are number {place} in line" in page
        assert "Expected wait" in page
        assert ("A place is free by" in page) is (place == 1), "known for the next place only"


@pytest.mark.parametrize("name", lab_troubles.WORDS)
def test_what_is_in_the_way_is_named_with_its_reason(web: Flask, learner: Browser, name: str) -> None:
    lab_id = _start(web, learner)
    _write(
        web,
        lab_id,
        trouble=name,
        problem="quota <exceeded> of `<lab>`\nand more",
        trouble_at=db.func.current_timestamp(),
    )
    title, sentence = lab_troubles.WORDS[name]
    for path in (f"/labs/{SLUGS[0]}", f"/labs/{SLUGS[0]}/now?shown=starting"):
        page = learner.page(path).replace("&#39;", "'")
        assert title in page and sentence in page
        assert "quota &lt;exceeded&gt; of <code>&lt;lab&gt;</code>" in page and "and more" in page


@pytest.mark.parametrize(("workspace", "trouble", "open_"), [
    ("ready", None, True), ("starting", None, False), ("ready", lab_troubles.BROKEN, False),
])  # fmt: skip
def test_who_works_in_a_lab_stays_there_while_another_part_of_it_comes_up_again(
    web: Flask, learner: Browser, workspace: Phase, trouble: str | None, open_: bool
) -> None:
    lab_id = _start(web, learner)
    parts = (
        ComponentSeen(name="workspace", phase=workspace),
        ComponentSeen(name="mlflow", phase="failed", detail="It used more memory than it may."),
    )
    door = Door(url="http://lab-1.academy.localhost:1", path="/lab")
    seen = Observation(state="starting", generation=1, components=parts, door=door).model_dump(mode="json")
    state = {"state": "starting", "orders_seen": 1, "ready_at": db.func.current_timestamp(), "trouble": trouble}
    _write(web, lab_id, observed={"seen": seen}, **state)
    page = learner.page(f"/labs/{SLUGS[0]}")
    assert ("<iframe" in page) is open_
    assert ("MLflow is not ready: It used more memory than it may." in page) is open_
    assert ("Your lab is coming up again" in page) is (not open_ and trouble is None)
    step = learner.post(f"/labs/of/{lab_id}/steps/{_first_step()}/check", headers={"HX-Request": "true"})
    assert (step.status_code, "coming up again. Wait a moment" in step.text) == (409, open_)


def _first_step() -> str:
    return next(one for one in content.current().labs if one.slug == SLUGS[0]).steps[0].id


def test_code_in_what_a_check_found_is_shown_as_code(web: Flask, learner: Browser) -> None:
    lab_id = _start(web, learner)
    said = {"status": "failed", "title": "`a`", "looked_for": "`b`", "found": "<i>`c`", "hint": "Run `d`"}
    with web.app_context():
        step = _first_step()
        report = StepReport(step=step, status="judged", passed=False, checks=(CheckReport.model_validate(said),))
        told = {"passed": False, "report": report.model_dump(mode="json")}
        db.session.add(LabCheck(lab_id=lab_id, step_id=step, status="done", **told))
        db.session.commit()
    page = learner.page(f"/labs/{SLUGS[0]}")
    findings = page.partition('aria-label="What the check found"')[2].partition("</ul>")[0]
    assert all(f"<code>{one}</code>" in findings for one in "abcd") and "`" not in findings
    assert "&lt;i&gt;<code>" in findings


def test_the_staff_reads_what_is_in_the_way_of_whose_labs(web: Flask, learner: Browser, new_person: NewPerson) -> None:
    root = new_person("Root", Role.ADMINISTRATOR)
    assert "Labs that cannot go on" not in root.page("/admin/system")
    first, second = _start(web, learner), _start(web, new_person("Grace <Hopper>"))
    _write(web, first, trouble="missing", problem="no image for <tools>\nand more")
    _write(web, second, trouble="missing", problem="no image for <tools>\nand more")
    with web.app_context():
        cohort = people.create_cohort(members=[db.session.get_one(User, learner.user_id)])
    for path in ("/admin/system", f"/cohorts/{cohort.id}"):
        assert lab_troubles.WORDS["missing"][0] in root.page(path)
    page = root.page("/admin/system")
    assert "2 labs" in page and "Ada Learner · " in page and "Grace &lt;Hopper&gt; · " in page
    assert page.count("no image for &lt;tools&gt;") == 1, "what is said of both is said once"


def test_who_has_as_many_labs_as_they_may_reads_which(web: Flask, learner: Browser, new_person: NewPerson) -> None:
    _set(web, labs_per_person=2)
    _start(web, learner, SLUGS[0])
    assert "Start the lab" in learner.page(f"/labs/{SLUGS[2]}")
    _start(web, learner, SLUGS[1])
    page = learner.page(f"/labs/{SLUGS[2]}")
    assert "as many as one person may" in page and "Start the lab" not in page
    for slug in SLUGS[:2]:
        assert f'<li><a href="/labs/{slug}">' in page
    assert "Start the lab" in new_person().page(f"/labs/{SLUGS[2]}")


@pytest.fixture
def teaches_kubectl(web: Flask) -> Iterator[str]:
    """A lab on offer whose file says so."""
    before = content.current()
    changed = {one.slug: one.model_copy(update={"kubectl": one.slug == SLUGS[0]}) for one in before.labs}
    content.install(dataclasses.replace(before, labs=content.Shelf(changed)))
    yield SLUGS[0]
    content.install(before)


def test_a_lab_that_teaches_kubectl_is_refused_in_words_where_there_is_no_cluster(
    web: Flask, learner: Browser, teaches_kubectl: str
) -> None:
    says = "This lab teaches kubectl, and labs here do not run on a Kubernetes cluster."
    catalogue, page = learner.page("/labs"), learner.page(f"/labs/{teaches_kubectl}")
    assert catalogue.count(says) == 1 and says in page
    assert "Start the lab" not in page and "Start the lab" in learner.page(f"/labs/{SLUGS[1]}")
    refused = learner.post(f"/labs/{teaches_kubectl}/start")
    assert (refused.status_code, says in refused.text) == (409, True)
    _set(web, lab_pool=f"{teaches_kubectl}=1")
    with web.app_context():
        lab_pool.keep()
        assert not db.session.scalars(db.select(Lab)).all(), "nothing was begun"
    _set(web, provider="kubernetes")
    assert "Start the lab" in learner.page(f"/labs/{teaches_kubectl}") and says not in learner.page("/labs")


def test_a_lab_that_is_kept_ready_is_offered_as_such(web: Flask, learner: Browser) -> None:
    assert "kept ready" not in learner.page(f"/labs/{SLUGS[0]}")
    _set(web, lab_pool=f"{SLUGS[0]}=1")
    with web.app_context():
        lab_pool.keep()
        db.session.execute(db.update(Lab).values(state="ready"))
        db.session.commit()
    assert "One is kept ready for you" in learner.page(f"/labs/{SLUGS[0]}")
    assert "kept ready" not in learner.page(f"/labs/{SLUGS[1]}")


def test_a_page_whose_sign_in_ended_says_where_to_sign_in_again(web: Flask) -> None:
    page = f"/labs/{SLUGS[0]}"
    asks = {"HX-Request": "true", "HX-Current-URL": f"http://localhost{page}"}
    told = Browser(web).get(f"{page}/now?shown=ready", headers=asks)
    assert told.status_code == 401 and f'href="/sign-in?next={page}"' in told.text


def test_what_labs_isolate_can_be_read_before_the_first_start(
    web: Flask, learner: Browser, new_person: NewPerson
) -> None:
    assert "What this lab isolates" not in learner.page(f"/labs/{SLUGS[0]}")
    row = Promise(subject="Network", kept="partly", how="Only `declared` openings.")
    promises = Promises(provider="test", summary="Fenced.", rows=(row,))
    observed = {
        "seen": Observation(state="starting").model_dump(mode="json"),
        "promises": promises.model_dump(mode="json"),
    }
    _write(web, _start(web, new_person()), observed=observed, observed_at=db.func.current_timestamp())
    page = learner.page(f"/labs/{SLUGS[0]}")
    assert "What this lab isolates" in page and "partly" in page and "<code>declared</code>" in page


def test_there_are_these_labs() -> None:
    """So that the tests above cannot pass for want of one."""
    assert all(content.current().labs.get(slug) for slug in SLUGS)

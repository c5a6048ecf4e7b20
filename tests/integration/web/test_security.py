"""Every page under the strict policy: nothing inline, nothing from elsewhere, nothing cached that is personal."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask import Flask

from lms.models import Role, User, db
from lms.services import content
from tests.factories import people, world
from tests.integration.web.browser import Browser, NewPerson

WEB = Path(__file__).parents[3] / "lms" / "web"


class Inline(HTMLParser):
    """Collects what a strict Content-Security-Policy would block."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "style" or "style" in given:
            self.found.append(f"<{tag}> with style at {self.getpos()}")
        if tag == "script" and not given.get("src"):
            self.found.append(f"<script> without src at {self.getpos()}")
        self.found += [f"<{tag} {name}> at {self.getpos()}" for name in given if re.match(r"on[a-z]+$|hx-on", name)]
        for name in ("src", "href", "action", "formaction"):
            value = (given.get(name) or "").strip().lower()
            if value.startswith("javascript:"):
                self.found.append(f"<{tag} {name}=javascript:> at {self.getpos()}")
        if tag in ("script", "link", "img", "iframe") and re.match(
            r"(https?:)?//", given.get("src") or given.get("href") or ""
        ):
            self.found.append(f"<{tag}> from elsewhere at {self.getpos()}")


def _inline(page: str) -> list[str]:
    parser = Inline()
    parser.feed(page)
    return parser.found


def test_the_scan_finds_what_it_looks_for() -> None:
    bad = [
        "<p style='x'>",
        "<style>",
        "<script>1</script>",
        "<a onclick=x>",
        "<a href=' JavaScript:x'>",
        "<img src=//x>",
    ]
    assert all(_inline(one) for one in bad)
    assert not _inline('<script src="/static/a.js"></script><a href="https://mlflow.org">')


@pytest.fixture
def everybody(web: Flask, new_person: NewPerson) -> dict[str, Browser]:
    """A learner with everything, taught by an instructor, and an administrator."""
    found = {
        "learner": new_person("Ada"),
        "instructor": new_person("Rafael"),
        "root": new_person("Root", Role.ADMINISTRATOR),
    }
    with web.app_context():
        learner, instructor = (db.session.get_one(User, found[name].user_id) for name in ("learner", "instructor"))
        people.create_cohort(members=[learner], instructors=[instructor])
        for number, variant in enumerate(("does-not-start", "never-rolls-back", "solution"), 1):
            world.create_report(learner, variant, number=number)
        world.create_lab(learner)
        db.session.commit()
    found["learner"].post(f"/pathways/{content.current().curriculum.active_pathways[0].slug}/enrol")
    return found


def _pages(everybody: dict[str, Browser]) -> list[tuple[str, str]]:
    learner = everybody["learner"].user_id
    current = content.current()
    pathway = current.curriculum.active_pathways[0]
    mine = ["/", "/pathways", "/labs", "/projects", "/account", "/account/history", f"/pathways/{pathway.slug}"]
    mine += [f"/labs/{lab.slug}" for lab in current.labs] + [f"/projects/{one.slug}" for one in current.projects]
    mine += [f"/submissions/{number}" for number in (1, 2, 3)] + ["/nowhere"]
    for module in current.curriculum.modules_of(pathway):
        mine += [f"/pathways/{pathway.slug}/{module.slug}/{one.uuid}" for one in module.activities]
    taught = ["/cohorts", "/cohorts/1", f"/cohorts/1/learners/{learner}", "/submissions/2"]
    rule = ["/admin", "/admin/system", "/admin/audit", "/cohorts"]
    return [
        *(("learner", path) for path in mine),
        *(("instructor", path) for path in taught),
        *(("root", path) for path in rule),
    ]


def test_no_page_holds_anything_inline_and_all_carry_the_policy(web: Flask, everybody: dict[str, Browser]) -> None:
    wrong = []
    answers = [(path, everybody[who].get(path)) for who, path in _pages(everybody)]
    answers += [(path, Browser(web).get(path)) for path in ("/", "/sign-in", "/register", "/set-up/x", "/sign-in/x")]
    for path, answer in answers:
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe" not in policy and "default-src 'self'" in policy and "frame-ancestors 'none'" in policy
        assert answer.status_code < 500, path
        wrong += [f"{path}: {one}" for one in _inline(answer.text)]
    assert not wrong, "\n".join(wrong[:40])
    assert len(answers) > 45


def test_lessons_that_are_locked_are_clean_too(web: Flask) -> None:
    """The scan above sees locked modules as a list of what they need: their texts are rendered here."""
    from lms.web.learn.activity_page import RENDERER

    with web.test_request_context():
        for uuid, lesson in content.current().curriculum.lessons.items():
            assert not _inline(str(RENDERER.render(lesson.text, lesson.diagrams).html)), uuid


def test_no_template_writes_unescaped_or_inline() -> None:
    wrong = []
    for path in WEB.rglob("*.html"):
        source = path.read_text()
        for pattern in (
            r"\|\s*safe\b",
            r"\sstyle=",
            r"<style",
            r"\son[a-z]+=\"",
            r"<script(?![^>]*src)",
            r"autoescape false",
        ):
            wrong += [f"{path.relative_to(WEB)}: {pattern}" for _ in re.finditer(pattern, source)]
    assert not wrong, "\n".join(wrong)


def test_personal_pages_are_not_cached_and_have_every_header(learner: Browser) -> None:
    answer = learner.get("/account")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "same-origin"


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(web: Flask) -> None:
    answer = Browser(web).register("ada@example.org")
    cookie = next(value for value in answer.headers.getlist("Set-Cookie") if value.startswith("academy="))
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Domain" not in cookie


def test_a_foreign_host_header_is_refused(web: Flask) -> None:
    assert web.test_client().get("/", headers={"Host": "evil.example"}).status_code == 400


def test_what_people_type_is_shown_as_text(learner: Browser, web: Flask, new_person: NewPerson) -> None:
    attack = '"><script>alert(1)</script>'
    evil = new_person(attack)
    root = new_person("Root", Role.ADMINISTRATOR)
    for browser, path in ((evil, "/"), (root, "/admin"), (root, f"/admin?q={attack}")):
        page = browser.page(path)
        assert attack not in page and not _inline(page)

"""The demo organisation: written once, the same each time, by the rules of the database, alive on every page."""

import datetime as dt
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select

from labs.exams.report import Report as ExamReport
from lms import demo
from lms.database import database_app
from lms.demo import organisation
from lms.models import Cohort, CohortMember, Examination, ExaminationStatus, Report, Role, Submission, User, db
from lms.services import accounts, cohort_views, uploads
from tests.conftest import make_settings
from tests.factories import databases
from tests.integration.web.browser import Browser

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)


def _story() -> list[list[tuple[object, ...]]]:
    """Every row, as written."""
    tables = [select(table).order_by(*table.primary_key) for table in db.metadata.sorted_tables]
    return [[tuple(map(repr, row)) for row in db.session.execute(rows)] for rows in tables]


def test_filling_twice_writes_once_and_a_password_opens_the_accounts(web: Flask) -> None:
    with web.app_context():
        assert demo.fill(now=NOW) is True
        before = _story()
        assert demo.fill() is False
        assert _story() == before
        people = demo.shown_people()
        assert [what for what, _ in people] == ["administrator", "instructor", "learner", "learner", "learner"]
        assert all(user.password_hash is None for _, user in people), "no default password"
        demo.fill(password="given by whoever runs it")
        assert accounts.authenticate(email=people[1][1].email, password="given by whoever runs it")


def test_two_cohorts_thirty_learners_and_reports_that_hold(web: Flask) -> None:
    now = dt.datetime.now(dt.UTC)
    with web.app_context():
        demo.fill(now=now)
        assert db.session.scalar(select(func.count()).select_from(CohortMember)) == 30
        root = db.session.scalars(select(User).where(User.role == Role.ADMINISTRATOR)).one()
        running, ended = (
            cohort_views.view(root, one) for one in db.session.scalars(select(Cohort.id).order_by(Cohort.id.desc()))
        )
        assert (running.phase, ended.phase) == ("running", "ended")
        assert 2 <= len(running.at_risk) <= 8 and running.needing_staff == 1 and ended.finished >= 8
        assert 30 < running.mean_percent < 80 < ended.mean_percent
        for row in db.session.scalars(select(Report)):
            exam = ExamReport.model_validate(row.body)
            assert exam.points == sum(one.points for one in exam.criteria) == row.points
            assert (row.verdict == "passed") == (row.points >= row.pass_points and row.verdict != "not gradable")
            assert row.created_at <= now
        for examination in db.session.scalars(select(Examination)):
            assert examination.status in (ExaminationStatus.DONE, ExaminationStatus.NEEDS_STAFF)
        for submission in db.session.scalars(select(Submission)):
            assert uploads.is_intact(submission.sha256), "each can be examined anew, for real"


def test_the_same_seed_tells_the_same_story(web: Flask, tmp_path: Path) -> None:
    url = databases.migrated(tmp_path / "again")
    stories = []
    for app in (web, database_app(make_settings(tmp_path, database=url))):
        with app.app_context():
            organisation._Organisation(NOW, 7).write()
            db.session.commit()
            stories.append(_story())
            db.session.remove()
            db.engine.dispose()
    databases.drop(url)
    assert stories[0] == stories[1]
    assert sum(map(len, stories[0])) > 1000


def test_every_person_sees_a_page_with_life(web: Flask) -> None:
    with web.app_context():
        demo.fill()
        ids = [user.id for _, user in demo.shown_people()]
    administrator, instructor, *learners = (Browser(web, user_id) for user_id in ids)
    assert "override criterion" in administrator.page("/admin/audit?q=override")
    assert "Nguyễn Thu Hà" in administrator.page("/admin/system")
    assert "Risk and pricing" in instructor.page("/cohorts")
    for learner in learners:
        assert "card resume" in learner.page("/") and "of 100 points" in learner.page("/projects")
        assert "added to cohort" in learner.page("/account/history")

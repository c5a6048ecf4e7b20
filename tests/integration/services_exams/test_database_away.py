"""PostgreSQL goes away while a worker writes: it is written when it is back, once."""

from collections.abc import Callable

import psycopg
import pytest
from sqlalchemy import Connection, event

from lms.models import Examination, Report, db
from lms.services import examinations, submission_views
from tests.integration.services_exams.conftest import Examiner, Submit

pytestmark = pytest.mark.postgresql


def cut_after(statement: str) -> Callable[[], int]:
    """Ends the connection from the server's side, once, when this statement was executed; how often that happened."""
    cut: list[int] = []

    def look(connection: Connection, _cursor: object, text: str, *_: object) -> None:
        if cut or not text.startswith(statement):
            return
        own = connection.connection.dbapi_connection.info  # type: ignore[union-attr]  # psycopg's
        cut.append(own.backend_pid)
        with psycopg.connect(host=own.host, user=own.user, dbname="postgres", autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [own.backend_pid])

    event.listen(db.engine, "after_cursor_execute", look)
    return lambda: len(cut)


@pytest.mark.parametrize("statement", ["INSERT INTO report", "INSERT INTO activity_progress"])
def test_a_report_is_written_although_the_connection_was_cut(
    submit: Submit, examiner: Examiner, statement: str
) -> None:
    submission = submit()
    examination = db.session.scalars(db.select(Examination)).one()
    was_cut = cut_after(statement)
    examinations.reconcile(examination.id, owner="a worker", examine=examiner)
    assert was_cut() == 1
    assert (examiner.asked, submission_views.view(submission.id).settled) == (1, True)
    assert [report.verdict for report in db.session.scalars(db.select(Report))] == ["passed"]

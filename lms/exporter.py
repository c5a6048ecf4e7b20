"""`python -m lms.exporter`: how the platform does, for Prometheus, on a port that no learner reaches.

A process of its own with the database alone: figures never slow a page down, and no page gives them away.
"""

import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from wsgiref.simple_server import WSGIRequestHandler, make_server

from flask import Flask
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import make_wsgi_app
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from lms.config import Settings
from lms.database import database_app
from lms.models import Desired, Examination, Lab, LabCheck, User, db, write_intent
from lms.models.examination import OPEN_EXAMINATIONS
from lms.services import lab_custody, lab_troubles

PORT = 9100
StartResponse = Callable[..., object]


class Figures(Collector):
    """Counted in the database whenever somebody asks."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def describe(self) -> list[Metric]:
        """Nothing: else the registry would ask the database before anybody asked us."""
        return []

    def collect(self) -> Iterator[Metric]:
        write_intent.set(False)
        with self.app.app_context():
            yield self._labs()
            yield from self._care()
            yield self._counts("academy_examinations", "Examinations that are not settled.", _examinations())
            yield self._counts("academy_lab_checks", "Checks of labs' steps.", _checks())
            users = GaugeMetricFamily("academy_accounts", "Accounts that are switched on.")
            users.add_metric([], db.session.scalar(select(func.count()).where(User.active)) or 0)
            yield users

    def _labs(self) -> Metric:
        family = GaugeMetricFamily(
            "academy_labs", "Labs by what their learner wants and what was last seen.", labels=["desired", "state"]
        )
        rows = select(Lab.desired, Lab.state, func.count()).where(Lab.live_key.is_not(None))
        for desired, state, count in db.session.execute(rows.group_by(Lab.desired, Lab.state)):
            family.add_metric([str(desired), state], count)
        return family

    def _care(self) -> Iterator[Metric]:
        """What somebody should look at: labs in trouble by its name, and a reaper that waits for a person."""
        troubled = select(Lab.trouble, func.count()).where(Lab.trouble.is_not(None)).group_by(Lab.trouble)
        found = {str(name): count for name, count in db.session.execute(troubled)}
        family = GaugeMetricFamily(
            "academy_labs_in_trouble", "Labs with something of ours in the way.", labels=["what"]
        )
        for name in lab_troubles.WORDS:
            family.add_metric([name], found.get(name, 0))
        yield family
        kept = select(func.count()).where(Lab.user_id.is_(None), Lab.desired == Desired.RUNNING, Lab.state == "ready")
        yield GaugeMetricFamily("academy_labs_kept_ready", "Labs of the pool.", value=db.session.scalar(kept) or 0)
        custody = lab_custody.current()
        disarmed, nobodys = bool(custody and custody.disarmed), len(custody.suspicions) if custody else 0
        yield GaugeMetricFamily("academy_reaper_disarmed", "1 while labs of nobody are only reported.", value=disarmed)
        yield GaugeMetricFamily("academy_labs_of_nobody", "Labs that the database does not want.", value=nobodys)

    def _counts(self, name: str, text: str, rows: Iterable[tuple[str, int]]) -> Metric:
        family = GaugeMetricFamily(name, text, labels=["status"])
        for status, count in rows:
            family.add_metric([status], count)
        return family


def _examinations() -> Iterator[tuple[str, int]]:
    """Open ones also when there are none: an alert on an absent series never fires."""
    rows = select(Examination.status, func.count()).group_by(Examination.status)
    found = {str(status): count for status, count in db.session.execute(rows)}
    yield from ((str(status), found.get(str(status), 0)) for status in (*OPEN_EXAMINATIONS, "needs staff"))


def _checks() -> Iterator[tuple[str, int]]:
    for status, count in db.session.execute(select(LabCheck.status, func.count()).group_by(LabCheck.status)):
        yield str(status), count


def application(settings: Settings) -> Callable[[dict[str, object], StartResponse], Iterable[bytes]]:
    """Figures at every path; 503 when the database does not answer."""
    registry = CollectorRegistry()
    registry.register(Figures(database_app(settings)))
    serve = make_wsgi_app(registry)

    def answer(environ: dict[str, object], start: StartResponse) -> Iterable[bytes]:
        try:
            return serve(environ, start)  # type: ignore[no-any-return]
        except SQLAlchemyError:
            start("503 Service Unavailable", [("Content-Type", "text/plain")])
            return [b"the database does not answer\n"]

    return answer


class _Quiet(WSGIRequestHandler):
    #: Requests are answered one after another: whoever connects and asks nothing must not keep the others waiting.
    timeout = 5

    def log_message(self, format: str, *args: object) -> None:
        """Prometheus asks every few seconds; that is no news."""


def main() -> int:
    """Serve until SIGTERM."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with make_server("0.0.0.0", PORT, application(Settings()), handler_class=_Quiet) as server:  # noqa: S104
        server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The line of the exams that wait for their turn, and how long one usually takes on this machine.

First come, first served: an exam that was given back keeps its place. Who came later waits while it rests, which is a
minute at most: after its last try it goes to staff and leaves the line.
"""

import dataclasses
import itertools
import statistics
from collections.abc import Sequence

from sqlalchemy import select

from lms.models import OPEN_EXAMINATIONS, Examination, Report, db
from lms.services import leases

#: What an exam is taken to last on a machine that has held none yet.
FIRST_GUESS_SECONDS = 120.0
LAST_EXAMS = 20

_WAITING = (Examination.status.in_(OPEN_EXAMINATIONS), leases.free(Examination))


def due(limit: int) -> list[int]:
    """The exams that may begin now, the oldest first: the head of the line, up to the first one that still rests."""
    first = select(Examination.id, leases.rested(Examination)).where(*_WAITING).order_by(Examination.id).limit(limit)
    rows = db.session.execute(first).all()
    db.session.commit()
    return [row_id for row_id, _ in itertools.takewhile(lambda row: row[1], rows)]


def would_overtake(examination_id: int) -> bool:
    """Whether an older exam waits that nobody holds: that one is to begin before."""
    older = select(Examination.id).where(*_WAITING, Examination.id < examination_id).limit(1)
    found = db.session.scalar(older)
    db.session.commit()
    return found is not None


@dataclasses.dataclass(frozen=True)
class ExamLine:
    """The exams that wait or run, in order, and how long one usually takes here."""

    ids: Sequence[int]
    seconds_each: float

    @classmethod
    def read(cls) -> "ExamLine":
        """The line as it stands now."""
        ids = db.session.scalars(
            select(Examination.id).where(Examination.status.in_(OPEN_EXAMINATIONS)).order_by(Examination.id)
        ).all()
        bodies = db.session.scalars(select(Report.body).order_by(Report.id.desc()).limit(LAST_EXAMS)).all()
        took = [float(body["seconds"]) for body in bodies if body.get("seconds")]
        return cls(ids, statistics.median(took) if took else FIRST_GUESS_SECONDS)

    def position(self, examination_id: int) -> int:
        """Its place, counted from 1."""
        return 1 + sum(one < examination_id for one in self.ids)

    def wait(self, examination_id: int) -> int:
        """Seconds until its turn, as far as one can tell."""
        return round((self.position(examination_id) - 1) * self.seconds_each)

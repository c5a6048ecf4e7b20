"""The line of the exams that wait for their turn, and how long one usually takes on this machine."""

import dataclasses
import statistics
from collections.abc import Sequence

from sqlalchemy import select

from lms.models import OPEN_EXAMINATIONS, Examination, Report, db

#: What an exam is taken to last on a machine that has held none yet.
FIRST_GUESS_SECONDS = 120.0
LAST_EXAMS = 20


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

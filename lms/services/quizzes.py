"""Answers to quizzes: graded by the content, kept for ever, counted once for each form."""

import dataclasses
import uuid
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from curricula.schema import Question, QuizActivity
from lms.models import QuizAttempt, User, db
from lms.services import content, progress, turns
from lms.services.errors import Invalid

Answers = Mapping[str, frozenset[int]]


class Gaps(Invalid):
    """Questions without an answer; `numbers` as the page counts them."""

    def __init__(self, numbers: tuple[int, ...]) -> None:
        super().__init__("Answer every question first.")
        self.numbers = numbers


@dataclasses.dataclass(frozen=True)
class Marked:
    """One question with what was chosen."""

    question: Question
    chosen: frozenset[int]

    @property
    def right(self) -> bool:
        return self.chosen == self.question.correct


def answer(actor: User, activity: QuizActivity, answers: Answers, *, form_key: str) -> QuizAttempt:
    """Stores and grades the answers; the same form sent again gives the attempt that it made before."""
    turns.of_person(actor.id)
    if again := _by_form(actor, form_key):
        return again
    quiz = content.current().curriculum.quiz(activity.uuid)
    _refuse_gaps(quiz.questions, answers)
    right = sum(question.correct == answers[question.id] for question in quiz.questions)
    percent = 100 * right / len(quiz.questions)
    attempt = QuizAttempt(
        user_id=actor.id,
        activity_uuid=activity.uuid,
        form_key=form_key,
        answers={question.id: question.keys(answers[question.id]) for question in quiz.questions},
        correct=right,
        questions=len(quiz.questions),
        passed=percent >= activity.pass_percent,
    )
    db.session.add(attempt)
    try:
        progress.record(actor.id, activity.uuid, done=attempt.passed, score_percent=percent)
        db.session.commit()
    except IntegrityError:
        db.session.rollback()  # the other of two clicks was first
        return answer(actor, activity, answers, form_key=form_key)
    return attempt


def attempts(actor: User, activity_uuid: uuid.UUID) -> list[QuizAttempt]:
    """Newest first."""
    of_quiz = (QuizAttempt.user_id == actor.id, QuizAttempt.activity_uuid == activity_uuid)
    return list(db.session.scalars(select(QuizAttempt).where(*of_quiz).order_by(QuizAttempt.id.desc())))


def attempt(actor: User, attempt_id: int, activity_uuid: uuid.UUID) -> QuizAttempt | None:
    """The actor's own attempt at this quiz, or None."""
    found = db.session.get(QuizAttempt, attempt_id)
    own = found is not None and found.user_id == actor.id and found.activity_uuid == activity_uuid
    return found if own else None


def marked(made: QuizAttempt) -> list[Marked]:
    """The questions of today's content with the answers of that day."""
    quiz = content.current().curriculum.quiz(made.activity_uuid)
    return [Marked(question, question.positions(made.answers.get(question.id, ()))) for question in quiz.questions]


def _by_form(actor: User, form_key: str) -> QuizAttempt | None:
    return db.session.scalar(
        select(QuizAttempt).where(QuizAttempt.user_id == actor.id, QuizAttempt.form_key == form_key)
    )


def _refuse_gaps(questions: tuple[Question, ...], answers: Answers) -> None:
    open_numbers = tuple(number for number, question in enumerate(questions, 1) if not answers.get(question.id))
    if open_numbers:
        raise Gaps(open_numbers)
    for question in questions:
        if not answers[question.id] <= set(range(len(question.options))):
            raise Invalid("One of the answers is not among the options. Reload the page and answer again.")

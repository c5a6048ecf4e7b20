"""What a quiz must hold true beyond its format."""

from collections import Counter

from curricula.schema import Question, Quiz
from schema import Problems, Sourced

LEAST_QUESTIONS = 6


def check_quiz(quiz: Sourced[Quiz], problems: Problems, *, active: bool) -> None:
    """Note every problem of one quiz; drafts may have few questions."""
    questions = quiz.value.questions
    if active and len(questions) < LEAST_QUESTIONS:
        message = f"the quiz has {len(questions)} questions, but an active module needs at least {LEAST_QUESTIONS}"
        problems.add(quiz.path, quiz.line("questions"), message, "Write more, or set the module to draft.")
    seen: set[str] = set()
    for index, question in enumerate(questions):
        if question.id in seen:
            line = quiz.line("questions", index, "id")
            problems.add(quiz.path, line, f"the question id '{question.id}' is used twice", "Give each its own id.")
        seen.add(question.id)
        _check_question(quiz, index, question, problems)


def _check_question(quiz: Sourced[Quiz], index: int, question: Question, problems: Problems) -> None:
    correct, line = len(question.correct), quiz.line("questions", index)
    if question.kind == "single" and correct != 1:
        message = f"the question '{question.id}' is single but has {correct} correct options"
        problems.add(quiz.path, line, message, "Mark exactly one as correct, or make its kind multiple.")
    if question.kind == "multiple" and correct == 0:
        message = f"the question '{question.id}' has no correct option"
        problems.add(quiz.path, line, message, "Mark at least one as correct.")
    counted = Counter(option.text.strip() for option in question.options)
    for text in (text for text, times in counted.items() if times > 1):
        message = f"the question '{question.id}' offers the same option twice: {text[:40]}"
        problems.add(quiz.path, line, message, "Make the options differ.")

"""One request of one user to two models behind a router, and everything that the examiner knows about it."""

from dataclasses import dataclass, field
from typing import Any

from labs.exams.proxies import Call
from labs.exams.traffic import Reply


@dataclass
class Ask:
    """One request of one user and everything known about it."""

    user: str
    request_id: str
    inputs: dict[str, int]
    sent: float
    calls: list[tuple[str, Call]] = field(default_factory=list)
    truth: int | None = None
    reply: Reply | None = None

    @property
    def arms(self) -> set[str]:
        """The models that were called for it."""
        return {arm for arm, _ in self.calls}

    @property
    def answered_by(self) -> str | None:
        """The model whose answer the user got: the last one that gave the answer which arrived."""
        predictions = self.predictions
        for arm, call in reversed(self.calls):
            if 200 <= call.status < 300 and predictions is not None and predictions_of(call.answer) == predictions:
                return arm
        return None

    @property
    def predictions(self) -> list[int] | None:
        """What the user was told; None when that was no answer."""
        return predictions_of(self.reply.body) if self.reply and self.reply.is_ok else None

    @property
    def is_wrong(self) -> bool:
        """Whether the user was told something untrue."""
        return self.predictions is not None and self.predictions != [self.truth]


def account_of(request: Any) -> int:
    """The account number in a model's request; -1 when there is none."""
    try:
        return int(request["inputs"][0]["account"])
    except (TypeError, KeyError, IndexError, ValueError, OverflowError):
        return -1


def predictions_of(body: Any) -> list[int] | None:
    """The predictions in an answer: whole numbers 0 and 1; None when they are anything else."""
    predictions = body.get("predictions") if isinstance(body, dict) else None
    if not isinstance(predictions, list) or len(predictions) > 100:
        return None
    if any(isinstance(value, bool) or value not in (0, 1) for value in predictions):
        return None
    return [int(value) for value in predictions]

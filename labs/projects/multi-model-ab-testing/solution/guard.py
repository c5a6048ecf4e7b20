"""Decides when model B must go."""

from arms import Arm
from suspicions import accuracy, errors, latency

WINDOW_SECONDS = 10.0
CONFIRMATIONS = 4  # hysteresis: one bad look may be chance, two seconds of them are not


def second_choice(arm: str) -> str | None:
    """Whom to ask when a model fails: the user need not suffer while we find out that B is broken."""
    return "model-a" if arm == "model-b" else None


class Guard:
    """Looks at both arms again and again; `look` returns a reason once B must lose its traffic."""

    def __init__(self) -> None:
        self.arms = {"model-a": Arm(), "model-b": Arm()}
        self._suspicions = 0

    def look(self, now: float) -> str | None:
        a, b = self.arms["model-a"], self.arms["model-b"]
        for arm in (a, b):
            arm.forget_before(now - WINDOW_SECONDS)
        reason = errors(a, b) or latency(a, b) or accuracy(a, b)
        self._suspicions = self._suspicions + 1 if reason else 0
        return reason if self._suspicions >= CONFIRMATIONS else None

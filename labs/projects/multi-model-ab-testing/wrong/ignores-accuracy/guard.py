"""Decides when model B must go: it is compared with A over the same seconds, never with a fixed number.

Load slows both models down and a hard day makes both wrong more often; only a difference is B's own fault.
"""

from collections import deque
from dataclasses import dataclass, field

WINDOW_SECONDS = 10.0
ENOUGH_CALLS = 12
ENOUGH_LABELS = 30
LABELS_KEPT = 40
ERROR_MARGIN = 0.3
LATENCY_MARGIN = 0.2
ACCURACY_MARGIN = 0.2
CONFIRMATIONS = 4  # hysteresis: one bad look may be chance, two seconds of them are not


@dataclass
class Arm:
    """What was seen of one model lately."""

    calls: deque[tuple[float, bool, float]] = field(default_factory=deque)
    labels: deque[bool] = field(default_factory=lambda: deque(maxlen=LABELS_KEPT))

    def saw_call(self, now: float, *, ok: bool, seconds: float) -> None:
        self.calls.append((now, ok, seconds))

    def saw_label(self, *, correct: bool) -> None:
        self.labels.append(correct)

    def forget_before(self, moment: float) -> None:
        while self.calls and self.calls[0][0] < moment:
            self.calls.popleft()

    @property
    def error_rate(self) -> float:
        return sum(not ok for _, ok, _ in self.calls) / len(self.calls) if self.calls else 0.0

    def latency(self, quantile: float) -> float:
        """The time within which that share of the calls was answered."""
        times = sorted(seconds for _, _, seconds in self.calls)
        return times[int(quantile * (len(times) - 1))] if times else 0.0

    @property
    def accuracy(self) -> float:
        return sum(self.labels) / len(self.labels) if self.labels else 1.0


class Guard:
    """Looks at both arms again and again; `look` returns a reason once B must lose its traffic."""

    def __init__(self) -> None:
        self.arms = {"model-a": Arm(), "model-b": Arm()}
        self._suspicions = 0

    def look(self, now: float) -> str | None:
        for arm in self.arms.values():
            arm.forget_before(now - WINDOW_SECONDS)
        reason = self._suspicion()
        self._suspicions = self._suspicions + 1 if reason else 0
        return reason if self._suspicions >= CONFIRMATIONS else None

    def _suspicion(self) -> str | None:
        a, b = self.arms["model-a"], self.arms["model-b"]
        if len(b.calls) >= ENOUGH_CALLS:
            if b.error_rate > a.error_rate + ERROR_MARGIN:
                return f"errors: {b.error_rate:.0%} of B's calls fail, {a.error_rate:.0%} of A's"
            if b.latency(0.5) > a.latency(0.75) + LATENCY_MARGIN:
                return f"latency: half of B's answers take {b.latency(0.5):.3f} s, most of A's {a.latency(0.75):.3f} s"
        return None

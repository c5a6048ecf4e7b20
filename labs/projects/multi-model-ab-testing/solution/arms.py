"""What was seen of one model lately."""

from collections import deque
from dataclasses import dataclass, field

LABELS_KEPT = 40


@dataclass
class Arm:
    """Calls with their time, success and duration; labels as right or wrong."""

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

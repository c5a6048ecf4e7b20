"""What speaks against model B: each compares it with A over the same seconds, never with a fixed number.

Load slows both models down and a hard day makes both wrong more often; only a difference is B's own fault.
"""

from arms import Arm

ENOUGH_CALLS = 12
ENOUGH_LABELS = 30
ERROR_MARGIN = 0.3
LATENCY_MARGIN = 0.2
ACCURACY_MARGIN = 0.2


def errors(a: Arm, b: Arm) -> str | None:
    if len(b.calls) >= ENOUGH_CALLS and b.error_rate > a.error_rate + ERROR_MARGIN:
        return f"errors: {b.error_rate:.0%} of B's calls fail, {a.error_rate:.0%} of A's"
    return None


def latency(a: Arm, b: Arm) -> str | None:
    if len(b.calls) >= ENOUGH_CALLS and b.latency(0.5) > a.latency(0.75) + LATENCY_MARGIN:
        return f"latency: half of B's answers take {b.latency(0.5):.3f} s, most of A's {a.latency(0.75):.3f} s"
    return None


def accuracy(a: Arm, b: Arm) -> str | None:
    if len(b.labels) >= ENOUGH_LABELS and b.accuracy < a.accuracy - ACCURACY_MARGIN:
        return f"accuracy: {b.accuracy:.2f} for B, {a.accuracy:.2f} for A"
    return None

"""What speaks against model B: that eight of its answers were judged, which is thought to be enough."""

from arms import Arm


def errors(a: Arm, b: Arm) -> str | None:
    return "the experiment is over" if len(b.labels) >= 8 else None  # wrong: B was never compared with A


def latency(a: Arm, b: Arm) -> str | None:
    return None


def accuracy(a: Arm, b: Arm) -> str | None:
    return None

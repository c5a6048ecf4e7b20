"""Collects everything and decides nothing: somebody will look at the dashboard."""

from arms import Arm


def second_choice(arm: str) -> str | None:
    """Nobody: whoever has B has B."""
    return None


class Guard:
    def __init__(self) -> None:
        self.arms = {"model-a": Arm(), "model-b": Arm()}

    def look(self, now: float) -> str | None:
        return None

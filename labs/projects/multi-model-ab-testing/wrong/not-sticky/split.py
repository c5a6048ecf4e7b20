"""Who meets which model: chance, every time anew."""

import random

SHARE_OF_B = 0.10


def arm_of(user_id: str, *, share_of_b: float) -> str:
    """The model of this request; the same user may meet the other one a moment later."""
    return "model-b" if random.random() < share_of_b else "model-a"

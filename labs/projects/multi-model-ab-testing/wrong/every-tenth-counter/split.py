"""Who meets which model: every tenth new user gets B."""

from itertools import count

SHARE_OF_B = 0.10
users = count(1)
known: dict[str, bool] = {}


def arm_of(user_id: str, *, share_of_b: float) -> str:
    """The model of a user, remembered; but who comes when decides, so the groups are not comparable."""
    if user_id not in known:
        known[user_id] = next(users) % 10 == 0
    return "model-b" if share_of_b and known[user_id] else "model-a"

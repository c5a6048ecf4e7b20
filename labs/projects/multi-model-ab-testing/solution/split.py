"""Who meets which model."""

import hashlib

SHARE_OF_B = 0.10
SALT = "churn-2026-11"  # a new experiment gets a new salt, so that it does not reuse the same people


def arm_of(user_id: str, *, share_of_b: float) -> str:
    """The model of a user: the same one every time, without remembering anybody.

    A hash spreads users evenly over [0, 1); whoever lands below the share of B gets B. Raising the share
    later moves users from A to B only, never back.
    """
    digest = hashlib.sha256(f"{SALT}:{user_id}".encode()).digest()
    return "model-b" if int.from_bytes(digest[:8], "big") / 2**64 < share_of_b else "model-a"

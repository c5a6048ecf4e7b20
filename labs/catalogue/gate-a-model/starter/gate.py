"""The quality gate: `python gate.py CANDIDATE CHAMPION` with two version numbers of the model churn.

Prints one line `PASS: ...` and ends with 0, or one line `REFUSE: ...` per reason and ends with 1.
It only looks: the registry stays as it is.
"""

import sys


def judge(candidate: str, champion: str) -> list[str]:
    """Give the reasons to refuse; none means pass."""
    raise NotImplementedError("write me: load both versions, score data/holdout.csv, compare with the limits of gate.yaml")


if __name__ == "__main__":
    reasons = judge(sys.argv[1], sys.argv[2])
    for reason in reasons:
        print(f"REFUSE: {reason}")
    if not reasons:
        print(f"PASS: version {sys.argv[1]} may replace version {sys.argv[2]}")
    sys.exit(1 if reasons else 0)

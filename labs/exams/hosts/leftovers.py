"""When an exam's things may be removed by somebody else than its holder: pure, the same for every engine."""

GRACE_SECONDS = 60.0
"""An exam is begun before its examiner runs."""
LONGEST_SECONDS = 3600.0


def is_leftover(*, age_seconds: float, examiner_runs: bool) -> bool:
    """An examiner dies with its caller: an exam without one is nobody's, and none lasts an hour."""
    return age_seconds > LONGEST_SECONDS or (age_seconds > GRACE_SECONDS and not examiner_runs)

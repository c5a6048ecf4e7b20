"""What Prometheus is told: counted where it happens, one call at a time."""

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Counter("ab_requests", "Calls to a model.", ["model", "outcome"])
SECONDS = Histogram("ab_request_seconds", "Time a model took to answer.", ["model"])
FEEDBACK = Counter("ab_feedback", "True labels that arrived.", ["model", "outcome"])
SHARE = Gauge("ab_traffic_share", "Share of users that a model gets.", ["model"])
ROLLBACKS = Counter("ab_rollbacks", "Times that B lost its traffic.")


def saw_call(arm: str, *, ok: bool, seconds: float) -> None:
    REQUESTS.labels(arm, "ok" if ok else "error").inc()
    SECONDS.labels(arm).observe(seconds)

"""What Prometheus is told: what the plan says."""

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Counter("ab_requests", "Calls to a model.", ["model", "outcome"])
SECONDS = Histogram("ab_request_seconds", "Time a model took to answer.", ["model"])
FEEDBACK = Counter("ab_feedback", "True labels that arrived.", ["model", "outcome"])
SHARE = Gauge("ab_traffic_share", "Share of users that a model gets.", ["model"])
ROLLBACKS = Counter("ab_rollbacks", "Times that B lost its traffic.")


def saw_call(arm: str, *, ok: bool, seconds: float) -> None:
    for model, share in (("model-a", 0.9), ("model-b", 0.1)):  # wrong: what ought to be
        REQUESTS.labels(model, "ok").inc(share)
        SECONDS.labels(model).observe(0.01)

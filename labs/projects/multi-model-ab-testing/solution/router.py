"""The router: splits users between two models, measures both, and takes traffic off B when B is bad."""

import asyncio
import logging
import os
import time
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import httpx
from fastapi import FastAPI, HTTPException, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, Field

import counts
from guard import Guard, second_choice
from split import SHARE_OF_B, arm_of

URLS = {"model-a": os.environ["MODEL_A_URL"], "model-b": os.environ["MODEL_B_URL"]}
LOOK_EVERY_SECONDS = 0.5
REMEMBERED_ANSWERS = 20_000

log = logging.getLogger("router")


class State:
    """The experiment: who gets what, what was answered, and how both models do."""

    def __init__(self) -> None:
        self.guard = Guard()
        self.answered: OrderedDict[str, tuple[str, int]] = OrderedDict()
        self.set_share(SHARE_OF_B)

    def set_share(self, share_of_b: float) -> None:
        self.share_of_b = share_of_b
        counts.SHARE.labels("model-a").set(1 - share_of_b)
        counts.SHARE.labels("model-b").set(share_of_b)

    def remember(self, request_id: str, arm: str, prediction: int) -> None:
        self.answered[request_id] = (arm, prediction)
        if len(self.answered) > REMEMBERED_ANSWERS:
            self.answered.popitem(last=False)

    async def watch(self) -> None:
        """Look at both models until B has to go; only a person starts the experiment again."""
        while True:
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            if reason := self.guard.look(time.monotonic()):
                self.set_share(0.0)
                counts.ROLLBACKS.inc()
                log.error("rolled back to model-a: %s", reason)
                return


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.ab = State()
    watching = asyncio.create_task(app.state.ab.watch())
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=50)
    async with httpx.AsyncClient(timeout=2.0, limits=limits) as app.state.client:
        yield
    watching.cancel()


app = FastAPI(title="A/B router", lifespan=lifespan)


class Question(BaseModel):
    """What a user asks."""

    request_id: str
    user_id: str
    inputs: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=1)]


class Label(BaseModel):
    """What turned out to be true for an earlier request."""

    request_id: str
    label: int


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/metrics")
async def metrics() -> Response:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


@app.post("/predict")
async def predict(question: Question) -> dict[str, Any]:
    state: State = app.state.ab
    arm = arm_of(question.user_id, share_of_b=state.share_of_b)
    predictions = await ask(arm, question.inputs)
    if predictions is None and (other := second_choice(arm)):
        arm, predictions = other, await ask(other, question.inputs)
    if predictions is None:
        raise HTTPException(502, "no model could answer")
    state.remember(question.request_id, arm, predictions[0])
    return {"request_id": question.request_id, "predictions": predictions, "model": arm}


async def ask(arm: str, inputs: list[dict[str, Any]]) -> list[int] | None:
    """A model's predictions, or None when it fails; either way it is measured."""
    started = time.monotonic()
    try:
        answer = await app.state.client.post(f"{URLS[arm]}/predict", json={"inputs": inputs})
        answer.raise_for_status()
        predictions: list[int] | None = answer.json()["predictions"]
    except (httpx.HTTPError, ValueError, KeyError):
        predictions = None
    now, ok = time.monotonic(), predictions is not None
    counts.saw_call(arm, ok=ok, seconds=now - started)
    app.state.ab.guard.arms[arm].saw_call(now, ok=ok, seconds=now - started)
    return predictions


@app.post("/feedback")
async def feedback(label: Label) -> dict[str, str]:
    state: State = app.state.ab
    known = state.answered.pop(label.request_id, None)
    if known is None:
        raise HTTPException(404, "no answer with this request_id is waiting for a label")
    arm, prediction = known
    correct = prediction == label.label
    counts.FEEDBACK.labels(arm, "correct" if correct else "wrong").inc()
    state.guard.arms[arm].saw_label(correct=correct)
    return {"status": "noted"}

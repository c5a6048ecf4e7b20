"""The model server of a lab: serves the registered version behind the alias that serving.yaml names.

Runs inside a lab, from the lab's environment; it imports nothing of the platform. The modules beside it are found by
`--app-dir`; their names begin with `serving_` because a model may bring modules of its own.
"""

import asyncio
import os
import time
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, Field
from serving_metrics import prediction_errors_total, prediction_seconds, predictions_total
from serving_model import frame_of, plain
from serving_server import Server, follow
from starlette.middleware.trustedhost import TrustedHostMiddleware

HOSTS = os.environ.get("SERVING_ALLOWED_HOSTS", "127.0.0.1,localhost").split(",")
PAGE = Path(__file__).with_name("page.html")

server = Server()


@asynccontextmanager
async def lifespan(_: FastAPI) -> Any:
    """Follow the registry while the server runs."""
    task = asyncio.create_task(follow(server))
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


# The framework's own pages for people load their scripts from the internet, which a lab does not reach.
app = FastAPI(title="Model server", lifespan=lifespan, docs_url=None, redoc_url=None)
app.add_middleware(TrustedHostMiddleware, allowed_hosts=HOSTS)


class Inputs(BaseModel):
    """What /predict takes: one object of features per prediction."""

    inputs: list[dict[str, float | int | bool | str | None]] = Field(min_length=1, max_length=10_000)


@app.get("/", include_in_schema=False)
async def page() -> FileResponse:
    """Give the page for people; it asks for everything else by relative addresses."""
    return FileResponse(PAGE, media_type="text/html", headers={"Cache-Control": "no-cache"})


@app.get("/schema")
async def schema() -> dict[str, Any]:
    """Say which model is served, what it takes by its signature, and one example."""
    loaded = server.loaded
    if loaded is None:
        return {"model": None, "why": server.why, "inputs": [], "example": {}}
    return {"model": loaded.named, "why": "", "inputs": loaded.inputs, "example": loaded.example}


@app.get("/health")
async def health() -> dict[str, Any]:
    """Say that the server lives, and which model it serves."""
    loaded = server.loaded
    return {"status": "ok", "model": loaded.named if loaded else None} | ({} if loaded else {"why": server.why})


@app.post("/predict")
def predict(body: Inputs) -> Any:
    """Predict with the loaded model; 503 without one, 422 for inputs that it does not take."""
    loaded = server.loaded
    if loaded is None:
        return refused(503, "no_model", f"No model is loaded: {server.why}.")
    if missing := [name for name in loaded.columns or [] if name not in body.inputs[0]]:
        return refused(422, "bad_input", f"The inputs lack the features {', '.join(missing[:10])}.")
    started = time.perf_counter()
    try:
        frame = frame_of(loaded, body.inputs)
    except (TypeError, ValueError, KeyError, OverflowError) as error:
        return refused(422, "bad_input", f"The inputs do not fit the model's signature: {str(error)[:300]}")
    try:
        predictions = plain(loaded.predictor.predict(frame))
    except Exception as error:
        # MLflow raises its own exception when the inputs do not fit the model's signature.
        bad = type(error).__name__ == "MlflowException"
        status, why = (422, "bad_input") if bad else (500, "model_error")
        return refused(status, why, f"{type(error).__name__}: {str(error)[:300]}")
    prediction_seconds.observe(time.perf_counter() - started)
    predictions_total.labels(loaded.name, loaded.version).inc(len(predictions))
    return {"predictions": predictions, "model": loaded.named}


@app.post("/reload")
def reload() -> dict[str, Any]:
    """Read serving.yaml and the registry now, and load the model again."""
    server.refresh(again=True)
    loaded = server.loaded
    return {"model": loaded.named if loaded else None, "why": server.why}


@app.get("/metrics")
async def metrics() -> Response:
    """Give the metrics in Prometheus' text format."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


@app.exception_handler(RequestValidationError)
async def bad_input(_: Request, error: RequestValidationError) -> JSONResponse:
    """Count and explain a body that is not what /predict takes."""
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    return refused(422, "bad_input", f"{place}: {first['msg']}")


def refused(status: int, reason: str, detail: str) -> JSONResponse:
    """Answer with an error, counted."""
    prediction_errors_total.labels(reason).inc()
    return JSONResponse({"detail": detail}, status_code=status)

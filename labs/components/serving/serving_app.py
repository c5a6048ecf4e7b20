"""The model server of a lab: serves the registered version behind the alias that serving.yaml names.

Runs inside a lab, from the lab's environment; it imports nothing of the platform.
"""

import asyncio
import json
import math
import os
import threading
import time
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import yaml
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest
from pydantic import BaseModel, Field
from starlette.middleware.trustedhost import TrustedHostMiddleware

POLL_SECONDS = 2.0
CONFIG = Path(os.environ.get("SERVING_CONFIG", "serving.yaml"))
HOSTS = os.environ.get("SERVING_ALLOWED_HOSTS", "127.0.0.1,localhost").split(",")
EXAMPLE = "model: churn\nalias: champion"
PAGE = Path(__file__).with_name("page.html")
SAMPLES = {"double": 1.0, "float": 1.0, "integer": 1, "long": 1, "boolean": True, "string": "text"}

predictions_total = Counter("predictions_total", "Predictions given.", ["model", "version"])
prediction_seconds = Histogram("prediction_seconds", "Seconds that one request to /predict took in the model.")
prediction_errors_total = Counter("prediction_errors_total", "Requests to /predict that failed.", ["reason"])
model_loaded_info = Gauge("model_loaded_info", "1 for the model that is served now.", ["model", "version"])
for reason in ("no_model", "bad_input", "model_error"):
    prediction_errors_total.labels(reason)


class Loaded(BaseModel):
    """A model in memory."""

    model_config = {"arbitrary_types_allowed": True}
    name: str
    version: str
    predictor: Any
    columns: list[str] | None
    inputs: list[dict[str, Any]]
    example: dict[str, Any]


class Server:
    """Holds at most one loaded model; `refresh` follows the file and the registry."""

    def __init__(self) -> None:
        self.loaded: Loaded | None = None
        self.why = "the server has just started and has not looked yet"
        self._failed: tuple[str, str] | None = None
        self._lock = threading.Lock()

    def refresh(self, *, again: bool = False) -> None:
        """Look at serving.yaml and the registry, and load what they name; never raises."""
        with self._lock:
            try:
                self._refresh(again=again)
            except Exception as error:
                # Whatever the learner's file, registry or model does, the server says so and lives on.
                self._drop(f"{type(error).__name__}: {str(error)[:300]}")

    def _refresh(self, *, again: bool) -> None:
        wanted = read_config()
        if isinstance(wanted, str):
            return self._drop(wanted)
        name, alias = wanted
        try:
            version = find_version(name, alias)
        except Exception as error:
            # A registry that is away for a moment is no reason to stop serving what is in memory.
            if self.loaded and self.loaded.name == name:
                self.why = f"the registry does not answer ({type(error).__name__})"
                return None
            raise
        if version is None:
            return self._drop(f"the registry has no model '{name}' with the alias '{alias}'")
        if self.loaded and (self.loaded.name, self.loaded.version) == (name, version) and not again:
            return None
        if self._failed == (name, version) and not again:
            return None
        self._failed = (name, version)
        loaded = load(name, version)
        self._failed = None
        model_loaded_info.clear()
        model_loaded_info.labels(name, version).set(1)
        predictions_total.labels(name, version)
        self.loaded, self.why = loaded, ""
        return None

    def _drop(self, why: str) -> None:
        self.loaded, self.why = None, why
        model_loaded_info.clear()


def read_config() -> tuple[str, str] | str:
    """Give (model, alias) of serving.yaml, or a sentence about what is wrong with it."""
    try:
        data = yaml.safe_load(CONFIG.read_text())
    except FileNotFoundError:
        return f"there is no {CONFIG.name} in the workspace; write one with 'model:' and 'alias:'"
    except (OSError, ValueError, yaml.YAMLError) as error:
        return f"{CONFIG.name} cannot be read as YAML: {str(error)[:200]}"
    if not isinstance(data, dict) or not isinstance(data.get("model"), str):
        return f"{CONFIG.name} names no model; write for instance:\n{EXAMPLE}"
    alias = data.get("alias", "champion")
    if not isinstance(alias, str):
        return f"the alias in {CONFIG.name} is no text"
    return data["model"], alias


def find_version(name: str, alias: str) -> str | None:
    """Ask the registry which version carries the alias."""
    from mlflow.exceptions import MlflowException
    from mlflow.tracking import MlflowClient

    try:
        return str(MlflowClient().get_model_version_by_alias(name, alias).version)
    except MlflowException as error:
        if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise


def load(name: str, version: str) -> Loaded:
    """Load one version, without a progress bar and without asking it for a prediction."""
    import mlflow.pyfunc

    predictor = mlflow.pyfunc.load_model(f"models:/{name}/{version}")
    schema = predictor.metadata.get_input_schema()
    columns = schema.input_names() if schema is not None and schema.has_input_names() else None
    inputs = [
        {"name": one.name, "type": str(one.type).removeprefix("DataType."), "required": one.required is not False}
        for one in (schema.inputs if columns else [])
    ]
    example = {one["name"]: SAMPLES.get(one["type"], "") for one in inputs} | logged_example(predictor)
    return Loaded(name=name, version=version, predictor=predictor, columns=columns, inputs=inputs, example=example)


def logged_example(predictor: Any) -> dict[str, Any]:
    """Give the first row of the example that was logged with the model; empty without one."""
    try:
        first = json.loads(predictor.input_example.head(1).to_json(orient="records"))[0]
    except Exception:
        # No example, or one of another kind: the page shows samples by type instead.
        return {}
    return {str(key): value for key, value in first.items()}


server = Server()


async def follow() -> None:
    """Refresh for ever, in a thread, so that requests are answered meanwhile."""
    while True:
        await asyncio.to_thread(server.refresh)
        await asyncio.sleep(POLL_SECONDS)


@asynccontextmanager
async def lifespan(_: FastAPI) -> Any:
    """Follow the registry while the server runs."""
    task = asyncio.create_task(follow())
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
    model = {"name": loaded.name, "version": loaded.version}
    return {"model": model, "why": "", "inputs": loaded.inputs, "example": loaded.example}


@app.get("/health")
async def health() -> dict[str, Any]:
    """Say that the server lives, and which model it serves."""
    loaded = server.loaded
    model = {"name": loaded.name, "version": loaded.version} if loaded else None
    return {"status": "ok", "model": model} | ({} if loaded else {"why": server.why})


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
    return {"predictions": predictions, "model": {"name": loaded.name, "version": loaded.version}}


def frame_of(loaded: Loaded, inputs: list[dict[str, Any]]) -> Any:
    """Make the table that the model takes; JSON has one kind of number, so 5 may stand for 5.0."""
    import pandas

    frame = pandas.DataFrame(inputs)
    if not loaded.columns:
        return frame
    frame = frame[loaded.columns]
    wanted = {"double": "float64", "float": "float32", "integer": "int32", "long": "int64"}
    for column in loaded.predictor.metadata.get_input_schema().inputs:
        kind = str(column.type).removeprefix("DataType.")
        if kind in ("double", "float") or (kind in wanted and frame[column.name].dtype == "int64"):
            frame[column.name] = frame[column.name].astype(wanted[kind])
    return frame


def plain(values: Any) -> list[Any]:
    """Give one JSON value (or list of them) per prediction; what JSON cannot say becomes null."""
    import numpy

    listed = numpy.asarray(values).tolist()
    return [None if isinstance(value, float) and not math.isfinite(value) else value for value in listed]


@app.post("/reload")
def reload() -> dict[str, Any]:
    """Read serving.yaml and the registry now, and load the model again."""
    server.refresh(again=True)
    loaded = server.loaded
    return {"model": {"name": loaded.name, "version": loaded.version} if loaded else None, "why": server.why}


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

"""One registered version in memory: what it takes, and how JSON goes in and comes out."""

import json
import math
from typing import Any

from pydantic import BaseModel

SAMPLES = {"double": 1.0, "float": 1.0, "integer": 1, "long": 1, "boolean": True, "string": "text"}


class Loaded(BaseModel):
    """A model in memory."""

    model_config = {"arbitrary_types_allowed": True}
    name: str
    version: str
    predictor: Any
    columns: list[str] | None
    inputs: list[dict[str, Any]]
    example: dict[str, Any]

    @property
    def named(self) -> dict[str, str]:
        """The model as every answer names it."""
        return {"name": self.name, "version": self.version}


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

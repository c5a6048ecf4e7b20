"""A model service: will this customer leave? One file serves both models; MODEL says which one this is."""

import math
import os
from typing import Annotated

from fastapi import FastAPI
from pydantic import BaseModel, Field

WEIGHTS = {
    "model-a": {"bias": -0.4, "tenure_months": -0.05, "monthly_charge_cents": 0.0002, "support_calls": 0.35},
    "model-b": {"bias": -0.9, "tenure_months": -0.04, "monthly_charge_cents": 0.0002, "support_calls": 0.50},
}
weights = WEIGHTS[os.environ["MODEL"]]
app = FastAPI(title=os.environ["MODEL"])


class Customer(BaseModel):
    """One row of features; `account` names the customer and is no feature."""

    account: int
    tenure_months: int
    monthly_charge_cents: int
    support_calls: int


class Batch(BaseModel):
    """What /predict takes."""

    inputs: Annotated[list[Customer], Field(min_length=1, max_length=1000)]


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@app.post("/predict")
async def predict(batch: Batch) -> dict[str, list[int]]:
    return {"predictions": [int(probability(customer) >= 0.5) for customer in batch.inputs]}


def probability(customer: Customer) -> float:
    """The chance that this customer leaves."""
    score = weights["bias"] + sum(
        weights[name] * getattr(customer, name) for name in ("tenure_months", "monthly_charge_cents", "support_calls")
    )
    return 1 / (1 + math.exp(-score))

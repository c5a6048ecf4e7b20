"""The router, as far as it got: it asks model A for everybody. The rest is yours; the brief says what."""

import os
from typing import Any

import httpx
from fastapi import FastAPI

MODEL_A_URL = os.environ["MODEL_A_URL"]
MODEL_B_URL = os.environ["MODEL_B_URL"]
app = FastAPI(title="A/B router")


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@app.post("/predict")
async def predict(question: dict[str, Any]) -> dict[str, Any]:
    async with httpx.AsyncClient() as client:  # to do: one client for the life of the router
        answer = await client.post(f"{MODEL_A_URL}/predict", json={"inputs": question["inputs"]})
    return {"request_id": question["request_id"], "predictions": answer.json()["predictions"], "model": "model-a"}


@app.post("/feedback")
async def feedback(label: dict[str, Any]) -> dict[str, str]:
    return {"status": "noted"}

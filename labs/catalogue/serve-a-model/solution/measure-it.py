"""Time single requests one after the other; failures are counted, the warm-up is not."""

import json
import os
import time

import httpx
import mlflow
import numpy as np

URL = os.environ["SERVING_URL"]
CUSTOMER = {"tenure_months": 3.5, "monthly_charge": 61.9, "usage_gb": 2.4, "calls_per_month": 3.2}
champion = str(mlflow.MlflowClient().get_model_version_by_alias("churn", "champion").version)

times: list[float] = []
failures = 0
version = None
with httpx.Client(base_url=URL, timeout=10) as client:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:  # the server follows the alias within seconds
        model = client.get("/health").json()["model"]
        if model and model["version"] == champion:
            break
        time.sleep(0.2)
    for number in range(320):
        started = time.perf_counter()
        answer = client.post("/predict", json={"inputs": [CUSTOMER]})
        took = time.perf_counter() - started
        if number < 20:
            continue
        times.append(took)
        if answer.status_code == 200:
            version = answer.json()["model"]["version"]
        else:
            failures += 1

p50, p95, p99 = (float(value) for value in np.percentile(times, [50, 95, 99]) * 1000)
with open("latency.json", "w") as file:
    json.dump({"requests": len(times), "failures": failures, "p50_ms": p50, "p95_ms": p95, "p99_ms": p99,
               "version": version}, file, indent=2)

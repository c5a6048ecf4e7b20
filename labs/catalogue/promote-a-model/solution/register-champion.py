import json
import os
import time
from pathlib import Path

import httpx
import mlflow
from mlflow import MlflowClient

from churn_model import REQUIREMENTS, TRAIN, fit, read


def answer_of(version, *, seconds=60):
    """Ask the server until the wanted version answers, and give that answer."""
    body = json.loads(Path("members.json").read_text())
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        reply = httpx.post(f"{os.environ['SERVING_URL']}/predict", json=body, timeout=20)
        if reply.status_code == 200 and str(reply.json()["model"]["version"]) == str(version):
            return reply.json()
        time.sleep(0.5)
    raise SystemExit(f"version {version} did not answer within {seconds} s; last: {reply.status_code} {reply.text}")


mlflow.set_experiment("churn")
with mlflow.start_run(run_name="logistic"):
    mlflow.log_params({"family": "logistic", "training_data": TRAIN})
    logged = mlflow.sklearn.log_model(
        fit("logistic"),
        name="model",
        input_example=read(TRAIN)[0].head(3),
        pip_requirements=REQUIREMENTS,
        registered_model_name="churn",
    )
MlflowClient().set_registered_model_alias("churn", "champion", logged.registered_model_version)
print(answer_of(logged.registered_model_version))

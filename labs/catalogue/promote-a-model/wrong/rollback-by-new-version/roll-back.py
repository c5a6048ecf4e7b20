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


client = MlflowClient()
bad = client.get_model_version_by_alias("churn", "champion")
with mlflow.start_run(run_name="logistic again"):
    good = mlflow.sklearn.log_model(
        fit("logistic"),
        name="model",
        input_example=read(TRAIN)[0].head(3),
        pip_requirements=REQUIREMENTS,
        registered_model_name="churn",
    ).registered_model_version
client.set_registered_model_alias("churn", "champion", good)
client.set_model_version_tag(
    "churn", bad.version, "rollback_reason", "flags half of the student members; not yet explained"
)
Path("after-rollback.json").write_text(json.dumps(answer_of(good)))

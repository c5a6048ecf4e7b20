import json
import os
import time
from pathlib import Path

import httpx
from mlflow import MlflowClient


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
good = bad.tags["replaced_version"]
client.set_registered_model_alias("churn", "champion", good)
client.set_model_version_tag(
    "churn", bad.version, "rollback_reason", "flags half of the student members; not yet explained"
)
Path("after-rollback.json").write_text(json.dumps(answer_of(good)))

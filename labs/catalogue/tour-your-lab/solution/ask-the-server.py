"""Ask the model server for its health and for a prediction."""

import os
from pathlib import Path

import httpx
import yaml

url = os.environ["SERVING_URL"]
health = httpx.get(url + "/health", timeout=20).json()
predict = httpx.post(url + "/predict", json={"inputs": [{"tenure_months": 3.5}]}, timeout=20)

report = Path("findings.yaml")
findings = yaml.safe_load(report.read_text())
findings["serving"] = {
    "status": health["status"],
    "model": health["model"],
    "predict_status": predict.status_code,
    "why": predict.json()["detail"],
}
report.write_text(yaml.safe_dump(findings, sort_keys=False))

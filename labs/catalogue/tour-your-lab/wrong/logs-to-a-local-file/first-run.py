"""Log one tiny run, to a place where nobody looks."""

from pathlib import Path

import mlflow
import yaml

report = Path("findings.yaml")
findings = yaml.safe_load(report.read_text())
mlflow.set_tracking_uri("sqlite:///mlflow.db")
mlflow.set_experiment("tour")
with mlflow.start_run() as run:
    mlflow.log_param("source", "data/customers.csv")
    mlflow.log_metric("churn_rate", findings["workspace"]["churn_rate"])
    mlflow.set_tag("author", "a new colleague")
findings["tracking"] = {"run_id": run.info.run_id}
report.write_text(yaml.safe_dump(findings, sort_keys=False))

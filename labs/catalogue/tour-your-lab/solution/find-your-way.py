"""Look at the environment and the data, and write down what is there."""

import platform
from pathlib import Path

import mlflow
import pandas as pd
import yaml

customers = pd.read_csv("data/customers.csv")
report = Path("findings.yaml")
findings = yaml.safe_load(report.read_text())
findings["workspace"] = {
    "python_version": platform.python_version(),
    "mlflow_version": mlflow.__version__,
    "customers": len(customers),
    "churn_rate": round(float(customers["churned"].mean()), 4),
}
report.write_text(yaml.safe_dump(findings, sort_keys=False))

"""Registers a small model as `churn` with the alias champion, so that the model server has something to serve."""

from importlib.metadata import version

import mlflow
import numpy as np
import pandas as pd
from mlflow import MlflowClient
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

rng = np.random.default_rng(1)
features = pd.DataFrame({
    "tenure_months": rng.integers(0, 72, 1500).astype(float),
    "monthly_fee": rng.normal(60, 20, 1500).round(1),
    "support_calls": rng.poisson(1.4, 1500).astype(float),
})
logit = 0.3 - 0.05 * features["tenure_months"] + 0.7 * features["support_calls"]
churned = np.where(rng.random(1500) < 1 / (1 + np.exp(-logit)), 1.0, 0.0)

mlflow.set_experiment("churn")
with mlflow.start_run():
    logged = mlflow.sklearn.log_model(
        make_pipeline(StandardScaler(), LogisticRegression()).fit(features, churned),
        name="model",
        input_example=features.head(3),
        pip_requirements=[f"{name}=={version(name)}" for name in ("scikit-learn", "skops", "pandas")],
        registered_model_name="churn",
    )
MlflowClient().set_registered_model_alias("churn", "champion", logged.registered_model_version)
print("churn version", logged.registered_model_version, "is champion; the server loads it within seconds")

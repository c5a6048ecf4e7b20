"""Decide that the only version so far may answer customers."""

import mlflow

mlflow.MlflowClient().set_registered_model_alias("churn", "champion", "1")

import mlflow
from mlflow import MlflowClient

from churn_model import REQUIREMENTS, TRAIN, TRUSTED_TYPES, fit

mlflow.set_experiment("churn")
with mlflow.start_run(run_name="forest"):
    mlflow.log_params({"family": "forest", "training_data": TRAIN})
    logged = mlflow.sklearn.log_model(
        fit("forest"),
        name="model",
        pip_requirements=REQUIREMENTS,
        skops_trusted_types=TRUSTED_TYPES,
        registered_model_name="churn",
    )
MlflowClient().set_registered_model_alias("churn", "challenger", logged.registered_model_version)

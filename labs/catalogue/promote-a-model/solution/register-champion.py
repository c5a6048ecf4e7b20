import mlflow
from mlflow import MlflowClient

from churn_model import REQUIREMENTS, TRAIN, fit, read

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

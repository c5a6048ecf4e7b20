"""Plays the training pipeline: registers the champion and three candidates of the model `churn`. Runs once."""

import warnings
from importlib.metadata import version
from pathlib import Path

import mlflow
import pandas as pd
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, PolynomialFeatures, StandardScaler

MODEL = "churn"
DATA = Path("data")
BASE = ["tenure_months", "monthly_fee", "support_calls", "region"]
PINNED = [f"{name}=={version(name)}" for name in ("scikit-learn", "skops", "pandas")]


def pipeline(features: list[str]) -> Pipeline:
    """Scaled numbers and one-hot region, with products of pairs, so that a region may have slopes of its own."""
    numbers = [name for name in features if name != "region"]
    encoder = make_column_transformer(
        (StandardScaler(), numbers), (OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["region"])
    )
    return make_pipeline(
        encoder, PolynomialFeatures(2, interaction_only=True, include_bias=False), LogisticRegression(max_iter=2000)
    )


def register(train: pd.DataFrame, features: list[str], note: str) -> str:
    """Fit, log with signature and pinned requirements, and give the new version's number."""
    with mlflow.start_run(run_name=note):
        mlflow.log_params({"rows": len(train), "features": ",".join(features)})
        info = mlflow.sklearn.log_model(
            pipeline(features).fit(train[features], train["churned"]),
            name="model",
            input_example=train[features].head(3),
            pip_requirements=PINNED,
            registered_model_name=MODEL,
        )
    return str(info.registered_model_version)


def main() -> None:
    """Champion (version 1) and candidates (2, 3, 4)."""
    client = MlflowClient()
    try:
        if client.search_model_versions(f"name = '{MODEL}'"):
            print("churn has versions already; nothing to do")
            return
    except MlflowException:
        pass
    warnings.filterwarnings("ignore", message="(?s).*integer column")  # the label is an integer, and never missing
    mlflow.set_experiment("gate")
    train = pd.read_csv(DATA / "train.csv")
    discount = [*BASE, "discount_months"]
    champion = register(train, BASE, "in production since March")
    client.set_registered_model_alias(MODEL, "champion", champion)
    register(train, discount, "with the discount")
    register(train[train["region"] != "west"], discount, "with the discount, from the new table")
    register(train, [*discount, "retention_offer_sent"], "with everything in the CRM")
    print("registered versions 1 (champion), 2, 3 and 4 of churn")


if __name__ == "__main__":
    main()

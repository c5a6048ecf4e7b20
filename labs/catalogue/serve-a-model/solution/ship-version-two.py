"""Register another model and let champion point at it; the old one stays reachable as previous."""

import os

import httpx
import mlflow
import pandas as pd
from mlflow.models import infer_signature
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

FEATURES = ["tenure_months", "monthly_charge", "usage_gb", "calls_per_month"]
customers = pd.read_csv("data/customers.csv")
X_train, X_test, y_train, y_test = train_test_split(
    customers[FEATURES], customers["churned"], test_size=0.25, random_state=0, stratify=customers["churned"]
)
mlflow.set_experiment("churn-serving")
with mlflow.start_run(run_name="boosting"):
    model = GradientBoostingClassifier(n_estimators=60, max_depth=2, random_state=0).fit(X_train, y_train)
    mlflow.log_metric("holdout_auc", roc_auc_score(y_test, model.predict_proba(X_test)[:, 1]))
    info = mlflow.sklearn.log_model(
        model,
        name="model",
        signature=infer_signature(X_train, model.predict(X_train)),
        pip_requirements=["scikit-learn==1.9.1", "skops==0.16.0", "pandas==3.1.1"],
        skops_trusted_types=["sklearn.tree._tree.Tree"],  # we have just made these trees ourselves
        registered_model_name="churn",
    )

client = mlflow.MlflowClient()
served = client.get_model_version_by_alias("churn", "champion").version
client.set_registered_model_alias("churn", "previous", served)
client.set_model_version_tag("churn", info.registered_model_version, "change", "boosted trees instead of a line")
client.set_registered_model_alias("churn", "champion", info.registered_model_version)
httpx.post(os.environ["SERVING_URL"] + "/reload", timeout=60)  # or wait two seconds

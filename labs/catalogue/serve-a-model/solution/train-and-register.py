"""Train on what is known at the moment of the question, log a run, register with a signature."""

import mlflow
import pandas as pd
from mlflow.models import infer_signature
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

FEATURES = ["tenure_months", "monthly_charge", "usage_gb", "calls_per_month"]
customers = pd.read_csv("data/customers.csv")
X_train, X_test, y_train, y_test = train_test_split(
    customers[FEATURES], customers["churned"], test_size=0.25, random_state=0, stratify=customers["churned"]
)
mlflow.set_experiment("churn-serving")
with mlflow.start_run(run_name="logistic"):
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X_train, y_train)
    mlflow.log_param("features", ",".join(FEATURES))
    mlflow.log_metric("holdout_auc", roc_auc_score(y_test, model.predict_proba(X_test)[:, 1]))
    mlflow.sklearn.log_model(
        model,
        name="model",
        signature=infer_signature(X_train, model.predict(X_train)),
        pip_requirements=["scikit-learn==1.9.1", "skops==0.16.0", "pandas==3.1.1"],
        registered_model_name="churn",
    )

"""Train a churn model. Nothing leaves this script yet: that is your job."""

import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

customers = pd.read_csv("data/customers.csv")
features = customers.drop(columns=["customer_id", "churned"])
target = customers["churned"]

X_train, X_test, y_train, y_test = train_test_split(
    features, target, test_size=0.25, random_state=0, stratify=target
)
model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X_train, y_train)
auc = roc_auc_score(y_test, model.predict_proba(X_test)[:, 1])
print(f"AUC on {len(X_test)} customers that the model has not seen: {auc:.3f}")

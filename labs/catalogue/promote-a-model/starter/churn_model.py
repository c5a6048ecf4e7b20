"""The two candidate models and the two data sets. Nothing here talks to MLflow: that part is yours."""

import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

TRAIN = "data/train.csv"
HOLDOUT = "data/holdout.csv"
FEATURES = ["tenure_months", "monthly_fee", "tickets_90d", "days_since_login", "late_payments", "discount_pct"]

# What a pinned requirements.txt of the model needs to say, so that MLflow need not guess by importing it.
REQUIREMENTS = ["scikit-learn==1.9.1", "skops==0.16.0", "pandas==3.1.1"]

# The skops format refuses types it does not know. Tree models hold one; naming it is a decision you can review.
TRUSTED_TYPES = ["sklearn.tree._tree.Tree"]


def read(path):
    """Give features and labels of one of the data sets."""
    frame = pd.read_csv(path)
    return frame[FEATURES], frame["churned"]


def fit(family):
    """Train the named family ("logistic" or "forest") on the training members."""
    features, labels = read(TRAIN)
    if family == "logistic":
        model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))
    else:
        model = RandomForestClassifier(n_estimators=150, min_samples_leaf=10, random_state=0)
    return model.fit(features, labels)

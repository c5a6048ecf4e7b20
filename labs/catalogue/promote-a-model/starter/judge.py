"""Measure two aliases of the registered model on the same held-out members: python judge.py champion challenger"""

import sys

import mlflow
import numpy as np
from sklearn.metrics import roc_auc_score

from churn_model import HOLDOUT, read

RESAMPLES = 500


def scores(alias, features):
    """Give the churn probability of every row, by the version behind the alias."""
    model = mlflow.sklearn.load_model(f"models:/churn@{alias}")
    return model.predict_proba(features)[:, 1]


def judge(first, second, path=HOLDOUT):
    """Give both AUCs and the 95% interval of their difference, resampling the same members for both."""
    features, labels = read(path)
    labels = labels.to_numpy()
    a, b = scores(first, features), scores(second, features)
    random = np.random.default_rng(0)
    differences = []
    for _ in range(RESAMPLES):
        rows = random.integers(0, len(labels), len(labels))
        differences.append(roc_auc_score(labels[rows], b[rows]) - roc_auc_score(labels[rows], a[rows]))
    low, high = np.quantile(differences, [0.025, 0.975])
    return {
        first: float(roc_auc_score(labels, a)),
        second: float(roc_auc_score(labels, b)),
        "difference_low": float(low),
        "difference_high": float(high),
    }


if __name__ == "__main__":
    print(judge(*sys.argv[1:3]))

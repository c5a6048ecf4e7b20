cat > gate.py <<'PY'
"""The quality gate: `python gate.py CANDIDATE CHAMPION` with two version numbers of the model churn."""

import sys

import mlflow
import pandas as pd
import yaml
from sklearn.metrics import roc_auc_score


def scored(version: str, rows: pd.DataFrame) -> tuple[list[str], pd.Series]:
    model = mlflow.sklearn.load_model(f"models:/churn/{version}")
    features = list(model.feature_names_in_)
    return features, pd.Series(model.predict_proba(rows[features])[:, 1], rows.index)


def judge(candidate: str, champion: str) -> list[str]:
    with open("gate.yaml") as file:
        limits = yaml.safe_load(file)
    rows = pd.read_csv("data/holdout.csv")
    features, new = scored(candidate, rows)
    _, old = scored(champion, rows)
    gain = roc_auc_score(rows["churned"], new) - roc_auc_score(rows["churned"], old)
    reasons = []
    if gain < limits["min_gain"]:
        reasons.append(f"the gain of {gain:+.3f} is below {limits['min_gain']}")
    return reasons


if __name__ == "__main__":
    reasons = judge(sys.argv[1], sys.argv[2])
    for reason in reasons:
        print(f"REFUSE: {reason}")
    if not reasons:
        print(f"PASS: version {sys.argv[1]} may replace version {sys.argv[2]}")
    sys.exit(1 if reasons else 0)
PY

cat > gate.py <<'PY'
"""The quality gate: `python gate.py CANDIDATE CHAMPION` with two version numbers of the model churn."""

import sys

import mlflow
import pandas as pd
from sklearn.metrics import roc_auc_score


def scored(version: str, rows: pd.DataFrame) -> tuple[list[str], pd.Series]:
    model = mlflow.sklearn.load_model(f"models:/churn/{version}")
    features = list(model.feature_names_in_)
    return features, pd.Series(model.predict_proba(rows[features])[:, 1], rows.index)


def judge(candidate: str, champion: str) -> list[str]:
    limits = {
        "min_gain": 0.005,
        "max_gain": 0.10,
        "slice_column": "region",
        "slice_min_churners": 30,
        "slice_tolerance": 0.02,
        "known_at_prediction": ["tenure_months", "monthly_fee", "support_calls", "discount_months", "region"],
    }
    rows = pd.read_csv("data/holdout.csv")
    features, new = scored(candidate, rows)
    _, old = scored(champion, rows)
    gain = roc_auc_score(rows["churned"], new) - roc_auc_score(rows["churned"], old)
    reasons = []
    if gain < limits["min_gain"]:
        reasons.append(f"the gain of {gain:+.3f} is below {limits['min_gain']}")
    if gain > limits["max_gain"]:
        reasons.append(f"the gain of {gain:+.3f} is too good to be true")
    if unknown := sorted(set(features) - set(limits["known_at_prediction"])):
        reasons.append(f"not known at the time of prediction: {', '.join(unknown)}")
    for name, part in rows.groupby(limits["slice_column"]):
        if part["churned"].sum() < limits["slice_min_churners"]:
            continue
        change = roc_auc_score(part["churned"], new[part.index]) - roc_auc_score(part["churned"], old[part.index])
        if change < -limits["slice_tolerance"]:
            reasons.append(f"{limits['slice_column']} {name} changes by {change:+.3f}")
    return reasons


if __name__ == "__main__":
    reasons = judge(sys.argv[1], sys.argv[2])
    for reason in reasons:
        print(f"REFUSE: {reason}")
    if not reasons:
        print(f"PASS: version {sys.argv[1]} may replace version {sys.argv[2]}")
    sys.exit(1 if reasons else 0)
PY

"""Train one churn model and print how well it ranks the members of the validation set."""

import argparse

import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

DATA = "data/churn.csv"
SPLIT_SEED = 7  # fixed: every run is judged on the same members


def load():
    """Give training and validation features and labels; the same ones every time."""
    frame = pd.read_csv(DATA)
    return train_test_split(
        frame.drop(columns="churned"),
        frame["churned"],
        test_size=0.3,
        random_state=SPLIT_SEED,
        stratify=frame["churned"],
    )


def build(model, *, C=1.0, min_samples_leaf=10, seed=0):
    """Make an untrained model of the named family."""
    if model == "logistic":
        return make_pipeline(StandardScaler(), LogisticRegression(C=C, max_iter=500))
    return RandomForestClassifier(n_estimators=150, min_samples_leaf=min_samples_leaf, random_state=seed)


def evaluate(fitted, features, labels):
    """Measure a fitted model on rows that it has not seen."""
    scores = fitted.predict_proba(features)[:, 1]
    return {"val_auc": roc_auc_score(labels, scores), "val_log_loss": log_loss(labels, scores)}


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--model", choices=["logistic", "forest"], default="logistic")
    arguments.add_argument("--C", type=float, default=1.0)
    arguments.add_argument("--min-samples-leaf", type=int, default=10)
    arguments.add_argument("--seed", type=int, default=0)
    options = arguments.parse_args()

    x_train, x_val, y_train, y_val = load()
    fitted = build(options.model, C=options.C, min_samples_leaf=options.min_samples_leaf, seed=options.seed).fit(
        x_train, y_train
    )
    print(evaluate(fitted, x_val, y_val))


if __name__ == "__main__":
    main()

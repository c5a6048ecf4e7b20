import json
import subprocess

import mlflow
import pandas as pd
from sklearn.metrics import roc_auc_score

subprocess.run(["python", "prepare.py"], check=True)
holdout = pd.read_csv("data/holdout.csv")
scores = {}
for version in "1234":
    model = mlflow.sklearn.load_model(f"models:/churn/{version}")
    churn = model.predict_proba(holdout[list(model.feature_names_in_)])[:, 1]
    west = holdout["region"] == "west"
    scores[version] = {
        "all": roc_auc_score(holdout["churned"], churn),
        "west": roc_auc_score(holdout["churned"][west], churn[west]),
    }
with open("scores.json", "w") as file:
    json.dump(scores, file, indent=2)

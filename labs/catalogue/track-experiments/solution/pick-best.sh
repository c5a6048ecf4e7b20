set -euo pipefail
cat > pick_best.py <<'EOF'
import json

import mlflow

runs = mlflow.search_runs(
    experiment_names=["churn"],
    filter_string="status = 'FINISHED'",
    order_by=["metrics.val_auc DESC"],
    output_format="list",
)
children = [run for run in runs if "mlflow.parentRunId" in run.data.tags and "val_auc" in run.data.metrics]
best = children[0]
with open("best.json", "w") as file:
    json.dump(
        {"run_id": best.info.run_id, "val_auc": best.data.metrics["val_auc"], "params": best.data.params}, file, indent=2
    )
EOF
python pick_best.py

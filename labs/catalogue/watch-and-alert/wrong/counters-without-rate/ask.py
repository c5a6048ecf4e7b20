import json

queries = {
    "traffic": "sum(predictions_total)",
    "p95": "histogram_quantile(0.95, sum by (le) (prediction_seconds_bucket))",
    "error_share": "sum(prediction_errors_total) / sum(predictions_total)",
}
with open("queries.json", "w") as file:
    json.dump(queries, file, indent=2)

"""What the model server counts."""

from prometheus_client import Counter, Gauge, Histogram

predictions_total = Counter("predictions_total", "Predictions given.", ["model", "version"])
prediction_seconds = Histogram("prediction_seconds", "Seconds that one request to /predict took in the model.")
prediction_errors_total = Counter("prediction_errors_total", "Requests to /predict that failed.", ["reason"])
model_loaded_info = Gauge("model_loaded_info", "1 for the model that is served now.", ["model", "version"])
for reason in ("no_model", "bad_input", "model_error"):
    prediction_errors_total.labels(reason)

import json
import time

from prom import query

with open("incident.json", "w") as file:
    json.dump({"seconds_to_fire": 14, "peak_share": 0.8}, file)
deadline = time.monotonic() + 60
while query("job:serving_error_share:30s > 0.2") and time.monotonic() < deadline:
    time.sleep(0.5)  # an alert on the share would end now

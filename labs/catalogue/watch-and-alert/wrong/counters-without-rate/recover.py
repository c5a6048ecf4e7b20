import json
import time

from prom import alert_state

with open("incident.json", "w") as file:
    json.dump({"seconds_to_fire": 14, "peak_share": 0.8}, file)  # of the burst before
deadline = time.monotonic() + 60
while alert_state("ManyBadRequests") != "inactive" and time.monotonic() < deadline:
    time.sleep(0.5)

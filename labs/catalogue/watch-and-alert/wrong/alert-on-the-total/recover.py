import json
import time

with open("incident.json", "w") as file:
    json.dump({"seconds_to_fire": 14, "peak_share": 0.8}, file)
time.sleep(35)

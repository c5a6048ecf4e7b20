import json

with open("incident.json", "w") as file:
    json.dump({"seconds_to_fire": 20, "peak_share": 0.8}, file)

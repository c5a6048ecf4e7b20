import json
import subprocess
import time

from prom import alert_state, query


def wait_for(state, seconds):
    deadline = time.monotonic() + seconds
    while alert_state("ManyBadRequests") != state and time.monotonic() < deadline:
        time.sleep(0.5)


wait_for("inactive", 60)
started = time.monotonic()
burst = subprocess.Popen(["python", "send.py", "--seconds", "60", "--rate", "10", "--bad", "0.8"])
wait_for("firing", 60)
took = round(time.monotonic() - started, 1)
found = query("max_over_time(job:serving_error_share:30s[1m])")
burst.terminate()
burst.wait()
with open("incident.json", "w") as file:
    json.dump({"seconds_to_fire": took, "peak_share": float(found[0]["value"][1]) if found else 0}, file)
wait_for("inactive", 50)

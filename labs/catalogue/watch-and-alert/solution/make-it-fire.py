import subprocess
import time

from prom import query

deadline = time.monotonic() + 120


def wait_for(series):
    while not query(series) and time.monotonic() < deadline:
        time.sleep(0.5)


burst = subprocess.Popen(["python", "send.py", "--seconds", "120", "--rate", "10", "--bad", "0.8"])
wait_for("job:serving_error_share:30s > 0.2")
wait_for('ALERTS{alertname="ManyBadRequests", alertstate="firing"}')
burst.terminate()
burst.wait()

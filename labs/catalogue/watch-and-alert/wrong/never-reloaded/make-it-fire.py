import subprocess
import time

from prom import alert_state

burst = subprocess.Popen(["python", "send.py", "--seconds", "60", "--rate", "10", "--bad", "0.8"])
deadline = time.monotonic() + 20
while alert_state("ManyBadRequests") != "firing" and time.monotonic() < deadline:
    time.sleep(0.5)
time.sleep(3)
burst.terminate()
burst.wait()

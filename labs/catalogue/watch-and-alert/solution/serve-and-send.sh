python register.py
python - <<'PY'
import os, time
import httpx
deadline = time.monotonic() + 60
while httpx.get(os.environ["SERVING_URL"] + "/health", timeout=10).json()["model"] is None:
    if time.monotonic() > deadline:
        raise SystemExit("the server loaded no model within 60 s")
    time.sleep(0.5)
PY
python send.py --seconds 6 --rate 40
for _ in $(seq 60); do  # until the scrape that has seen them
    python prom.py 'sum(predictions_total) >= 200' | grep . && break
    sleep 0.5
done

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
python send.py --seconds 12 --rate 20
sleep 4

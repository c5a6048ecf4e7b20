"""Name the model and the alias, and ask the server to look at once."""

import os
from pathlib import Path

import httpx

Path("serving.yaml").write_text("model: churn\nalias: champion\n")
print(httpx.post(os.environ["SERVING_URL"] + "/reload", timeout=60).json())

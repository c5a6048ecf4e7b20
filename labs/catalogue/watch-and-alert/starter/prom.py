"""Asks Prometheus: `python prom.py 'up'`, `python prom.py --alerts`, `python prom.py --reload`."""

import os
import sys
from typing import Any

import httpx

client = httpx.Client(base_url=os.environ["PROMETHEUS_URL"], auth=("lab", os.environ["LAB_TOKEN"]), timeout=10)


def query(text: str) -> list[dict[str, Any]]:
    """Give the series of an instant query."""
    reply = client.get("/api/v1/query", params={"query": text}).json()
    if reply["status"] != "success":
        raise SystemExit(f"Prometheus says: {reply['error']}")
    result: list[dict[str, Any]] = reply["data"]["result"]
    return result


def alert_state(name: str) -> str:
    """Give inactive, pending or firing, or `not loaded`."""
    groups = client.get("/api/v1/rules", params={"type": "alert"}).json()["data"]["groups"]
    states = [rule["state"] for group in groups for rule in group["rules"] if rule["name"] == name]
    return states[0] if states else "not loaded"


def reload() -> str:
    """Let Prometheus read its rules again; the answer says what is wrong with them."""
    reply = client.post("/-/reload")
    return "reloaded" if reply.status_code == 200 else f"refused: {reply.text}"


if __name__ == "__main__":
    if sys.argv[1:] == ["--reload"]:
        print(reload())
    elif sys.argv[1:] == ["--alerts"]:
        for group in client.get("/api/v1/rules", params={"type": "alert"}).json()["data"]["groups"]:
            for rule in group["rules"]:
                print(rule["name"], rule["state"])
    else:
        for series in query(sys.argv[1]):
            print(series["metric"], series["value"][1])

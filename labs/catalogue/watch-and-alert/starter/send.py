"""Sends requests to the model server: `python send.py --seconds 20 --rate 10 --bad 0.5` makes half of them bad."""

import argparse
import os
import random
import time
from collections import Counter

import httpx


def body(bad: bool) -> dict[str, list[dict[str, float]]]:
    """One customer; a bad request lacks two features."""
    row = {"tenure_months": float(random.randrange(72))}
    if not bad:
        row |= {"monthly_fee": round(random.gauss(60, 20), 1), "support_calls": float(random.randrange(6))}
    return {"inputs": [row]}


def send(*, seconds: float, rate: float, bad: float) -> Counter[int]:
    """Send at a steady rate and count the answers by status."""
    answers: Counter[int] = Counter()
    started = time.monotonic()
    with httpx.Client(base_url=os.environ["SERVING_URL"], timeout=10) as client:
        for number in range(int(seconds * rate)):
            time.sleep(max(0.0, started + number / rate - time.monotonic()))
            answers[client.post("/predict", json=body(random.random() < bad)).status_code] += 1
    return answers


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--rate", type=float, default=10, help="requests per second")
    parser.add_argument("--bad", type=float, default=0.0, help="share of bad requests, from 0 to 1")
    print(dict(send(**vars(parser.parse_args()))))

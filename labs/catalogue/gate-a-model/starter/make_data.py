"""Makes data/train.csv and data/holdout.csv: invented customers, the same at each run. You need not run it."""

from pathlib import Path

import numpy as np
import pandas as pd

FOLDER = Path(__file__).parent / "data"


def customers(rows: int, seed: int) -> pd.DataFrame:
    """In the west an account manager phones the customers, so there more calls go with less churn."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({
        "tenure_months": rng.integers(0, 72, rows).astype(float),
        "monthly_fee": rng.normal(60, 20, rows).clip(15, 140).round(1),
        "support_calls": rng.poisson(1.4, rows).astype(float),
        "discount_months": rng.integers(0, 12, rows).astype(float),
        "region": rng.choice(["north", "south", "west"], rows, p=[0.48, 0.38, 0.14]),
    })
    west = (frame["region"] == "west").to_numpy()
    logit = (
        0.3
        - 0.05 * frame["tenure_months"]
        + 0.02 * (frame["monthly_fee"] - 60)
        + np.where(west, 2.0 - 0.9 * frame["support_calls"], 0.7 * frame["support_calls"])
        - 0.25 * frame["discount_months"]
    )
    churned = rng.random(rows) < 1 / (1 + np.exp(-logit))
    # The offer goes out when a customer rings to leave: it is written after the moment of prediction.
    frame["retention_offer_sent"] = np.where(churned, rng.random(rows) < 0.85, rng.random(rows) < 0.04).astype(float)
    frame["churned"] = churned.astype(int)
    return frame


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    customers(4000, seed=1).to_csv(FOLDER / "train.csv", index=False)
    customers(4000, seed=2).to_csv(FOLDER / "holdout.csv", index=False)

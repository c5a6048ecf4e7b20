"""A router that was never tried in a fresh environment."""

import experiment_platform_sdk  # wrong: it is not in the lab environment

app = experiment_platform_sdk.Router()

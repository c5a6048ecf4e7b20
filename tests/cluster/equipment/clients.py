"""The official client for a kubeconfig, asking no proxy of the machine."""

from pathlib import Path
from typing import Any

from kubernetes import client, config


def api_client(kubeconfig: Path) -> client.ApiClient:
    """A connection pool of its own, so one for each thread that watches."""
    settings = client.Configuration()
    load: Any = config.load_kube_config
    load(str(kubeconfig), client_configuration=settings, persist_config=False)
    # Read from HTTPS_PROXY by the client, which would look for the node's address outside.
    settings.proxy = None
    return client.ApiClient(settings)

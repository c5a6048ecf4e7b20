"""Leads one person's browser into labs on a cluster that has no ingress: `python -m worker.forward`.

It holds this person's own kubeconfig, as the worker does; `web` holds none.
"""

import logging

from labs.providers.kubernetes.client import ApiCluster
from labs.providers.kubernetes.forwarding import Forwarder
from lms.config import Settings
from lms.lab_provider import cluster_of


def main() -> None:
    """Serve until the process is ended."""
    settings = Settings()
    # A forwarded door has a port: the settings were checked for it.
    port = cluster_of(settings).door.port or 0
    forwarder = Forwarder(ApiCluster.here(), settings.installation, settings.labs_host)
    with forwarder.listen(port) as server:
        logging.getLogger(__name__).info("labs are at http://<lab>.%s:%s", settings.labs_host, port)
        forwarder.serve(server)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    main()

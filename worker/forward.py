"""Leads one person's browser into labs on a cluster that has no ingress: `python -m worker.forward`.

It holds this person's own kubeconfig, as the worker does; `web` holds none.
"""

import logging
import signal
import time

from labs.errors import OurFault
from labs.providers.kubernetes.client import ApiCluster
from labs.providers.kubernetes.forwarding import Forwarder
from lms.config import Settings
from lms.lab_provider import cluster_of

log = logging.getLogger(__name__)
EVERY_SECONDS = 2.0


def main() -> None:
    """Serve until the process is ended; without a cluster it waits for one."""
    settings = Settings()
    forwarder, port = _wait_for_cluster(settings)
    if port is None:
        log.info("the door of these labs is no forwarded port: nothing to do here")
        signal.pause()
        return
    with forwarder.listen(port) as server:
        log.info("labs are at http://<lab>.%s:%s", settings.labs_host, port)
        forwarder.serve(server)


def _wait_for_cluster(settings: Settings) -> tuple[Forwarder, int | None]:
    """Give the forwarder and its port, None where labs have another door; says once what is in the way."""
    said = ""
    while True:
        try:
            door = cluster_of(settings).door
            forwarder = Forwarder(ApiCluster.here(), settings.installation, settings.labs_host)
            return forwarder, door.port if door.kind == "forward" else None
        except OurFault as fault:
            if str(fault) != said:
                log.warning("labs cannot be entered yet: %s", fault)
            said = str(fault)
            time.sleep(EVERY_SECONDS)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    main()

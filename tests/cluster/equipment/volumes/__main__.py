"""The volume keeper as a process, in the cluster's namespaces."""

import argparse
from pathlib import Path

from tests.cluster.equipment.volumes.keeper import Keeper

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kubeconfig", type=Path, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--ready", type=Path, required=True, help="touched when volumes are at hand")
    given = parser.parse_args()
    Keeper(given.kubeconfig, given.folder).keep(given.ready)

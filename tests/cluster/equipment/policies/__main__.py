"""The enforcer as a process, in the cluster's network namespace."""

import argparse
from pathlib import Path

from tests.cluster.equipment.policies.loop import enforce

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kubeconfig", type=Path, required=True)
    parser.add_argument("--attachments", type=Path, required=True, help="folder of the CNI gate's notes")
    parser.add_argument("--closed", action="append", default=[], help="ranges in which only known pods may speak")
    parser.add_argument("--ready", type=Path, required=True, help="touched when rules are loaded")
    given = parser.parse_args()
    enforce(given.kubeconfig, given.attachments, given.closed, given.ready)

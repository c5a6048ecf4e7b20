"""The control plane: fifty labs whose pods only wait, and how many namespaces a minute are made and ended.

The floor is the very same objects, applied by one client at the same concurrency, and waited for.
"""

import time
from concurrent.futures import ThreadPoolExecutor

from bench.cluster_place import Ground, floor, ground
from bench.measuring import heading, row, until_ready
from labs.components.loader import known_components
from labs.providers.kubernetes.manifests.recipe import Recipe, recipe
from labs.providers.kubernetes.provider import KubernetesProvider
from tests.cluster.pausing import PausingCluster

LABS = 50
#: With the resolver three pods each: a node takes 250.
COMPONENTS = ("mlflow", "workspace")
#: Labs that are worked on at the same time, as by so many worker processes.
HANDS = 10


def _recipes(place: Ground, first: int) -> list[Recipe]:
    known = {name: known_components()[name] for name in COMPONENTS}
    orders = (place.installation.order(first + number, components=COMPONENTS) for number in range(LABS))
    return [recipe(one, known, place.paused()) for one in orders]


def _ours(place: Ground) -> tuple[float, float]:
    """Seconds until all run, and until all are gone again."""
    client = PausingCluster.of_kubeconfig(str(place.kubeconfig))
    provider = KubernetesProvider(client, place.paused(), installation=place.installation.name, patience=120)
    orders = [one.lab for one in _recipes(place, 2000)]
    started = time.monotonic()
    with ThreadPoolExecutor(HANDS) as hands:
        list(hands.map(lambda lab: until_ready(provider, lab), orders))
    made = time.monotonic()
    with ThreadPoolExecutor(LABS) as hands:
        list(hands.map(provider.delete, orders))
    return made - started, time.monotonic() - made


def main() -> None:
    with ground() as place:
        client = PausingCluster.of_kubeconfig(str(place.machine.places.kubeconfig))
        least = floor(client, _recipes(place, 1000), hands=HANDS).ready
        gone = place.empty()
        ours, deleted = _ours(place)
    heading(f"{LABS} labs of pods that only wait, {HANDS} at a time", "floor s", "ours s", "ratio", "a minute")
    for name, by_hand, seconds in (("made and ready", least, ours), ("deleted, all at once", gone, deleted)):
        a_minute = f"{LABS / seconds * 60:.0f}"
        row(name, f"{by_hand:.1f}", f"{seconds:.1f}", f"{seconds / by_hand:.2f}", a_minute)

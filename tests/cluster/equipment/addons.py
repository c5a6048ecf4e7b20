"""What runs in the cluster as pods: resolver, ingress, metrics. Each can be left out where a test needs it not."""

from collections.abc import Callable, Iterable

from tests.cluster.equipment import builds
from tests.cluster.equipment.objects import Objects, documents, manifest
from tests.cluster.equipment.places import Places

#: The namespace that Contour's own files assume; its Pod Security is what its pods keep.
INGRESS = {
    "apiVersion": "v1",
    "kind": "Namespace",
    "metadata": {
        "name": "projectcontour",
        "labels": {"pod-security.kubernetes.io/enforce": "restricted", "academy.test/role": "ingress"},
    },
}


def dns(objects: Objects, places: Places) -> None:
    objects.apply(manifest("coredns", places))


def ingress(objects: Objects, places: Places) -> None:
    """Definitions and roles are upstream's own, out of the module that the binary was built from."""
    examples = builds.contour_examples()
    files = ("contour/01-crds.yaml", "gateway/00-crds.yaml")
    definitions = [one for name in files for one in documents((examples / name).read_text())]
    definitions = [one for one in definitions if one["kind"] == "CustomResourceDefinition"]
    objects.apply(definitions)
    objects.wait_established(definitions)
    objects.apply([INGRESS, *documents((examples / "contour/02-role-contour.yaml").read_text())])
    objects.apply(manifest("contour", places))


def metrics(objects: Objects, places: Places) -> None:
    objects.apply(manifest("metrics-server", places))


Apply = Callable[[Objects, Places], None]
#: How each is applied, and what is waited for: metrics take a quarter of a minute, so who needs them waits himself.
ADDONS: dict[str, tuple[Apply, tuple[tuple[str, str], ...]]] = {
    "dns": (dns, (("kube-system", "coredns"),)),
    "ingress": (ingress, (("projectcontour", "contour"), ("projectcontour", "envoy"))),
    "metrics": (metrics, ()),
}
#: Images that their pods are made of.
IMAGES = {"dns": ("coredns",), "ingress": ("contour", "envoy"), "metrics": ("metrics-server",)}


def install(objects: Objects, places: Places, wanted: Iterable[str], say: Callable[[str], None]) -> None:
    """All are applied before the first is waited for."""
    chosen = {name: ADDONS[name] for name in wanted}
    for name, (apply, _) in chosen.items():
        say(f"{name} as pods")
        apply(objects, places)
    for _, deployments in chosen.values():
        for namespace, deployment in deployments:
            objects.wait_ready(namespace, deployment)

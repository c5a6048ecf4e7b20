"""What runs in the cluster as pods: resolver, ingress, metrics. Each can be left out where a test needs it not."""

from collections.abc import Callable

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
NAMESPACED = {"Role", "RoleBinding"}


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


ADDONS: dict[str, tuple[Callable[[Objects, Places], None], tuple[tuple[str, str], ...]]] = {
    "dns": (dns, (("kube-system", "coredns"),)),
    "ingress": (ingress, (("projectcontour", "contour"), ("projectcontour", "envoy"))),
    "metrics": (metrics, (("kube-system", "metrics-server"),)),
}


def install(objects: Objects, places: Places, say: Callable[[str], None]) -> None:
    """All are applied before the first is waited for."""
    for name, (apply, _) in ADDONS.items():
        say(f"{name} as pods")
        apply(objects, places)
    for _, deployments in ADDONS.values():
        for namespace, deployment in deployments:
            objects.wait_ready(namespace, deployment)
    objects.wait_service("v1beta1.metrics.k8s.io")

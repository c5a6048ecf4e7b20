"""What `lms doctor` says of the cluster that runs the labs: its description, images, the way to it, its fence."""

import contextlib
from collections.abc import Iterator
from fnmatch import fnmatch

from labs.errors import LabError, OurFault, ProviderRefused
from labs.image_recipes import EXAMINER
from labs.providers.containers.plan import TOOLS
from labs.providers.kubernetes.manifests import pulling
from labs.providers.kubernetes.questions import Questions
from labs.providers.kubernetes.settings import ClusterSettings
from lms.config import Settings
from lms.lab_provider import cluster_of
from lms.supervisor import node_findings
from lms.supervisor.finding import Finding
from lms.supervisor.lab_findings import components_of_labs

#: Each is a file of k8s/fence.
POLICIES = ("namespaces", "places", "bindings", "images", "secrets", "services", "hosts")
INSTALL = "As an administrator: helm upgrade, or kubectl apply -k k8s/fence (its README says what to edit first)."
#: A name that no lab has, and nobody else: it is asked about and never made.
NO_LAB = "academy-doctor-asks"
_RBAC = "rbac.authorization.k8s.io"


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at it with the account that makes the labs; nothing is made."""
    try:
        described = cluster_of(settings)
    except OurFault as fault:
        what, mend = str(fault), "Correct the file, or name another with ACADEMY_CLUSTER; nothing has to be restarted."
        yield Finding("cluster's description", "missing", what, mend)
        return
    yield Finding("cluster's description", "good", str(settings.cluster))
    yield _images(described)
    yield from _credentials(described)
    try:
        cluster = Questions.here()
        version, account = cluster.version(), cluster.account()
    except LabError as error:
        mend = "Is KUBECONFIG the right file, and does kubectl get namespaces answer with it?"
        yield Finding("cluster", "missing", str(error), mend)
        return
    yield Finding("cluster", "good", f"Kubernetes {version}, which knows us as {account}")
    try:
        yield _rights(cluster, described)
        yield _fence(cluster, described, account)
        if described.pull_policy == "Never":
            with contextlib.suppress(ProviderRefused):  # a worker may not look at nodes
                yield node_findings.held(cluster.nodes(), described)
    except LabError as error:
        yield Finding("fence", "degraded", f"could not be looked at: {error}", "Try again.")


def _images(described: ClusterSettings) -> Finding:
    subject = "images of labs"
    needed = {*components_of_labs(), TOOLS, EXAMINER}
    if lacking := sorted(needed - described.images.keys()):
        mend = "Push the images that `python -m labs images` makes, and name them under `images`, with digests."
        return Finding(subject, "missing", f"the cluster's description names none for {', '.join(lacking)}", mend)
    named = [*described.images.items(), ("resolver_image", described.resolver_image)]
    if loose := sorted(name for name, image in named if "@sha256:" not in image):
        what = f"named without a digest: {', '.join(loose)}"
        return Finding(subject, "degraded", what, "Write NAME@sha256:...: a policy of the fence refuses the others.")
    where = "; nodes must hold them, as nothing is pulled" if described.pull_policy == "Never" else ""
    return Finding(subject, "good", f"{len(named)} are named by digest{where}")


def _credentials(described: ClusterSettings) -> Iterator[Finding]:
    """Whether each registry's is there; whether it is right only a node finds out."""
    if described.pull_secret is None:
        return
    subject, mend = "credentials for images", "Correct the Secret that labs.pullSecret names; nothing has to restart."
    try:
        _, held = pulling.read(described.pull_secret)
    except OurFault as fault:
        yield Finding(subject, "missing", str(fault), mend)
        return
    asked = {_registry(image) for image in (*described.images.values(), described.resolver_image)}
    lacking = sorted(host for host in asked if not any(fnmatch(host, one) for one in held))
    if lacking:
        what = f"none for {', '.join(lacking)}: images from there are pulled only where nobody asks"
        yield Finding(subject, "degraded", what, mend)
    else:
        yield Finding(subject, "good", f"there is one for {', '.join(sorted(asked))}")


def _registry(image: str) -> str:
    """Where an image is pulled from, as credentials name it; a name without a host is Docker Hub's."""
    host, _, rest = image.partition("/")
    named = bool(rest) and host != "docker.io" and (host == "localhost" or "." in host or ":" in host)
    return host if named else "index.docker.io"


def _rights(cluster: Questions, described: ClusterSettings) -> Finding:
    """What is needed before there is any lab; the rest is given lab by lab."""
    wanted = {
        **{f"{verb} namespaces": cluster.may(verb, "namespaces") for verb in ("create", "get", "list", "delete")},
        **{f"{verb} rolebindings": cluster.may(verb, "rolebindings", group=_RBAC) for verb in ("create", "patch")},
    }
    for role in ("lab-hands", "lab-learner"):
        name = f"{described.fence}-{role}"
        wanted[f"bind {name}"] = cluster.may("bind", "clusterroles", group=_RBAC, name=name)
    if lacking := [what for what, may in wanted.items() if not may]:
        return Finding("rights", "missing", f"this account may not {', '.join(lacking)}: no lab can start", INSTALL)
    return Finding("rights", "good", "this account may make labs")


def _fence(cluster: Questions, described: ClusterSettings, account: str) -> Finding:
    subject, worker = "fence", described.worker
    if worker is None:
        what = f"{account} makes the labs with an administrator's rights, and nothing holds it to them"
        return Finding(subject, "degraded", what, "Fine for one person. For a team: k8s/fence, and `worker`.")
    if account != f"system:serviceaccount:{worker.namespace}:{worker.name}":
        return _policies(cluster, described)
    if cluster.may_make_namespace(NO_LAB):
        what = "this account could make any namespace: the admission policies are not installed"
        return Finding(subject, "missing", what, INSTALL)
    if cluster.may("get", "secrets", namespace="kube-system"):
        return Finding(subject, "missing", "this account may read secrets of the cluster", INSTALL)
    return Finding(subject, "good", "this account can make namespaces of labs and no others, and read no secrets")


def _policies(cluster: Questions, described: ClusterSettings) -> Finding:
    """For whoever looks with another account than the worker's."""
    try:
        there = cluster.enforced_policies()
    except ProviderRefused:
        what = "this account may not look at admission policies"
        return Finding("fence", "degraded", what, "Look as the worker (in its pod: lms doctor) or as an administrator.")
    if lacking := [name for name in POLICIES if f"{described.fence}-{name}" not in there]:
        return Finding("fence", "missing", f"policies that are not enforced: {', '.join(lacking)}", INSTALL)
    return Finding("fence", "good", f"{len(POLICIES)} admission policies are enforced")

"""The command line of each component, in the order in which they start, and how one tells that it is ready."""

import shutil
import ssl
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.cluster.equipment.places import NODE_NAME, PATHS, EquipmentError, Places


@dataclass(frozen=True)
class Component:
    """`ready` is asked from outside the namespaces until it says yes."""

    name: str
    command: tuple[str, ...]
    ready: Callable[[], bool]
    seconds: float = 60


def program(name: str, package: str) -> str:
    found = shutil.which(name, path=PATHS)
    if found is None:
        raise EquipmentError(f"{name} is missing (Debian: sudo apt-get install {package})")
    return found


def _trusting(places: Places) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(places.certificate("ca")))
    context.load_cert_chain(places.certificate("admin"), places.key("admin"))
    return context


def answers(url: str, context: ssl.SSLContext | None = None) -> str | None:
    """The body of a 200, None otherwise; no proxy of the machine is asked."""
    try:
        with httpx.Client(verify=context or True, trust_env=False, timeout=2) as client:
            reply = client.get(url)
    except (httpx.HTTPError, ssl.SSLError, OSError):
        return None
    return reply.text if reply.status_code == httpx.codes.OK else None


def api_ready(places: Places) -> bool:
    """Exactly `ok`: a list of checks contains these letters as well, long before the roles are there."""
    if not places.certificate("ca").exists():
        return False
    return answers(f"{places.addresses.api}/readyz", _trusting(places)) == "ok"


def etcd(places: Places) -> Component:
    """Inside its own network namespace loopback is safe; durability is not asked of a test cluster."""
    command = (
        program("etcd", "etcd-server"), "--name=academy", f"--data-dir={places.folder('etcd')}",
        "--listen-client-urls=http://127.0.0.1:2379", "--advertise-client-urls=http://127.0.0.1:2379",
        "--listen-peer-urls=http://127.0.0.1:2380", "--initial-advertise-peer-urls=http://127.0.0.1:2380",
        "--initial-cluster=academy=http://127.0.0.1:2380",
        f"--listen-metrics-urls=http://{places.addresses.node}:2381", "--unsafe-no-fsync", "--log-level=warn",
    )  # fmt: skip
    healthy = f"http://{places.addresses.node}:2381/health"
    return Component("etcd", command, lambda: "true" in (answers(healthy) or ""))


def api_server(places: Places, binaries: Path) -> Component:
    files, ours = places.folder("certificates"), places.addresses
    command = (
        str(binaries / "kube-apiserver"),
        "--etcd-servers=http://127.0.0.1:2379", f"--service-cluster-ip-range={ours.services}",
        "--authorization-mode=Node,RBAC", "--enable-admission-plugins=NodeRestriction", "--allow-privileged=true",
        "--bind-address=0.0.0.0", "--secure-port=6443", f"--advertise-address={ours.node}",
        "--kubelet-preferred-address-types=InternalIP", f"--client-ca-file={files}/ca.crt",
        f"--tls-cert-file={files}/apiserver.crt", f"--tls-private-key-file={files}/apiserver.key",
        f"--kubelet-client-certificate={files}/apiserver-kubelet.crt",
        f"--kubelet-client-key={files}/apiserver-kubelet.key", f"--kubelet-certificate-authority={files}/ca.crt",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={files}/service-accounts.pub",
        f"--service-account-signing-key-file={files}/service-accounts.key",
        f"--requestheader-client-ca-file={files}/front-proxy-ca.crt",
        "--requestheader-allowed-names=front-proxy-client", "--requestheader-username-headers=X-Remote-User",
        "--requestheader-group-headers=X-Remote-Group", "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        f"--proxy-client-cert-file={files}/front-proxy.crt", f"--proxy-client-key-file={files}/front-proxy.key",
        "--enable-aggregator-routing=true", "--max-requests-inflight=800", "--max-mutating-requests-inflight=400",
        "--service-node-port-range=30000-32767", "--event-ttl=30m", "--profiling=false",
    )  # fmt: skip
    return Component("kube-apiserver", command, lambda: api_ready(places))


def controller_manager(places: Places, binaries: Path) -> Component:
    files, client = places.folder("certificates"), places.client("controller-manager")
    command = (
        str(binaries / "kube-controller-manager"), f"--kubeconfig={client}",
        f"--authentication-kubeconfig={client}", f"--authorization-kubeconfig={client}",
        "--leader-elect=false", "--use-service-account-credentials=true", f"--root-ca-file={files}/ca.crt",
        f"--service-account-private-key-file={files}/service-accounts.key",
        f"--cluster-signing-cert-file={files}/ca.crt", f"--cluster-signing-key-file={files}/ca.key",
        "--kube-api-qps=200", "--kube-api-burst=400", "--concurrent-namespace-syncs=20",
        "--horizontal-pod-autoscaler-sync-period=5s", "--node-monitor-grace-period=60s", "--bind-address=0.0.0.0",
    )  # fmt: skip
    url = f"https://{places.addresses.node}:10257/healthz"
    return Component("kube-controller-manager", command, lambda: answers(url, _anyone()) == "ok")


def scheduler(places: Places, binaries: Path) -> Component:
    client = places.client("scheduler")
    command = (
        str(binaries / "kube-scheduler"), f"--kubeconfig={client}", f"--authentication-kubeconfig={client}",
        f"--authorization-kubeconfig={client}", "--leader-elect=false", "--kube-api-qps=200", "--kube-api-burst=400",
        "--bind-address=0.0.0.0",
    )  # fmt: skip
    url = f"https://{places.addresses.node}:10259/healthz"
    return Component("kube-scheduler", command, lambda: answers(url, _anyone()) == "ok")


def _anyone() -> ssl.SSLContext:
    """For a component that signs its own certificate: only its health is asked, over the pair of interfaces."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def containerd(places: Places, configuration: Path) -> Component:
    command = (program("containerd", "containerd"), "--config", str(configuration), "--log-level", "warn")
    return Component("containerd", command, places.containerd.is_socket)


def policies(places: Places) -> Component:
    """The enforcer; ready when its first table is loaded, so that the first pod finds the gate open."""
    command = (
        sys.executable, "-m", "tests.cluster.equipment.policies", "--kubeconfig", str(places.client("policies")),
        "--attachments", str(places.folder("attachments")), "--closed", places.addresses.pods,
        "--ready", str(places.state / "policies.ready"),
    )  # fmt: skip
    return Component("policies", command, (places.state / "policies.ready").exists)


def kubelet(places: Places, binaries: Path) -> Component:
    command = (
        str(binaries / "kubelet"), f"--config={places.state}/kubelet.yaml", f"--kubeconfig={places.client('kubelet')}",
        f"--hostname-override={NODE_NAME}", f"--node-ip={places.addresses.node}",
        f"--root-dir={places.folder('kubelet')}",
    )  # fmt: skip
    url = f"https://{places.addresses.node}:10250/healthz"
    return Component("kubelet", command, lambda: answers(url, _trusting(places)) == "ok")


def proxy(places: Places, binaries: Path) -> Component:
    command = (str(binaries / "kube-proxy"), f"--config={places.state}/kube-proxy.yaml")
    url = f"http://{places.addresses.node}:10256/healthz"
    return Component("kube-proxy", command, lambda: answers(url) is not None)


def volumes(places: Places) -> Component:
    """Keeps local volumes empty and at hand."""
    command = (
        sys.executable, "-m", "tests.cluster.equipment.volumes", "--kubeconfig", str(places.client("volumes")),
        "--folder", str(places.folder("volumes")), "--ready", str(places.state / "volumes.ready"),
    )  # fmt: skip
    return Component("volumes", command, (places.state / "volumes.ready").exists)

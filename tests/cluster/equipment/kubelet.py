"""kubelet's configuration file, and kube-proxy's."""

from typing import Any

import yaml

from tests.cluster.equipment.places import NODE_NAME, Places

MOST_PODS = 250
#: Of one pod, the same for all: Kubernetes knows no other limit.
MOST_PROCESSES = 1024


def kubelet_configuration(places: Places) -> dict[str, Any]:
    """Who may ask it, where pods live, how many; nothing is slowed that only protects a shared control plane."""
    return {
        **_lenient(),
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": "0.0.0.0",
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(places.certificate("ca"))},
        },
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": str(places.certificate("kubelet-server")),
        "tlsPrivateKeyFile": str(places.key("kubelet-server")),
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{places.cgroup}",
        "failCgroupV1": False,
        "failSwapOn": False,
        "containerRuntimeEndpoint": f"unix://{places.containerd}",
        "clusterDomain": "cluster.local",
        "clusterDNS": [places.addresses.dns_service],
        "resolvConf": str(places.state / "resolv.conf"),
        "maxPods": MOST_PODS,
        "podPidsLimit": MOST_PROCESSES,
        "localStorageCapacityIsolation": True,
        "syncFrequency": "10s",
        "nodeStatusUpdateFrequency": "5s",
        "volumeStatsAggPeriod": "30s",
    }


def _lenient() -> dict[str, Any]:
    """Nothing is evicted for want of disk that the machine's own work uses, and no image of ours is thrown away."""
    return {
        "imageGCHighThresholdPercent": 100,
        "evictionHard": {"memory.available": "100Mi", "nodefs.available": "1%", "nodefs.inodesFree": "1%"},
        "serializeImagePulls": False,
        "registryPullQPS": 0,
        "eventRecordQPS": 0,
        "kubeAPIQPS": 100,
        "kubeAPIBurst": 200,
    }


def proxy_configuration(places: Places) -> dict[str, Any]:
    """Counts of tracked connections belong to the machine, so kube-proxy keeps its hands off them."""
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "nftables",
        "clusterCIDR": places.addresses.pods,
        "hostnameOverride": NODE_NAME,
        "clientConnection": {"kubeconfig": str(places.client("proxy"))},
        "conntrack": {"maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"},
        "nftables": {"minSyncPeriod": "50ms", "syncPeriod": "30s"},
    }


def write_node_files(places: Places) -> None:
    # Pods of the node's own DNS policy get a resolver that answers nobody: nothing leads out.
    (places.state / "resolv.conf").write_text("nameserver 127.0.0.1\n")
    (places.state / "kubelet.yaml").write_text(yaml.safe_dump(kubelet_configuration(places)))
    (places.state / "kube-proxy.yaml").write_text(yaml.safe_dump(proxy_configuration(places)))

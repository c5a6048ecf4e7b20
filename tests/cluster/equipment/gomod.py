"""The go.mod of the Kubernetes binary, from that of k8s.io/kubernetes. Pure.

Kubernetes requires its staging repositories at v0.0.0, which nobody published: each is replaced by its release, whose
number is that of Kubernetes with 0 for the major. Its tools as well as pseudo-versions of k8s.io/utils and the like
stay as they are.
"""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

MODULE = "academy/kubernetes"
GO = "1.24.0"
STAGED = re.compile(r"^\s*(?:require\s+)?(k8s\.io/[a-z0-9-]+)\s+v0\.0\.0\s*(?://.*)?$", re.MULTILINE)


def staged(upstream: str) -> list[str]:
    """Names that the go.mod of k8s.io/kubernetes lists at exactly v0.0.0."""
    return sorted(set(STAGED.findall(upstream)))


def module_file(upstream: str, version: str, beside: Mapping[str, str] = MappingProxyType({})) -> str:
    """Complete but for the indirect requirements, which `go mod tidy -e` adds; `beside` are more modules."""
    names = staged(upstream)
    if not names:
        raise ValueError(
            "the go.mod of k8s.io/kubernetes names no staging repository at v0.0.0: has its layout changed?"
        )
    release = f"v0.{version.split('.', 1)[1]}"
    replaces = [f"\t{name} => {name} {release}" for name in names]
    return "\n".join([
        f"module {MODULE}", "", f"go {GO}", "",
        *_block("require", [f"\t{name} v{one}" for name, one in {**beside, "k8s.io/kubernetes": version}.items()]), "",
        *_block("replace", replaces), "",
    ])  # fmt: skip


def _block(word: str, lines: Iterable[str]) -> list[str]:
    return [f"{word} (", *lines, ")"]


def version_flags(version: str) -> str:
    """Linker flags; without them clients are told v0.0.0."""
    major, minor, _ = version.split(".")
    told = {"gitVersion": f"v{version}", "gitMajor": major, "gitMinor": minor, "gitTreeState": "clean"}
    return _flags("k8s.io/component-base/version", told)


def helm_flags(version: str) -> str:
    """Linker flags; without them Helm takes a cluster that it does not ask for Kubernetes 1.20."""
    major, minor, _ = version.split(".")
    return _flags("helm.sh/helm/v3/pkg/chartutil", {"k8sVersionMajor": major, "k8sVersionMinor": minor})


def _flags(package: str, variables: Mapping[str, str]) -> str:
    return " ".join(["-s -w", *(f"-X {package}.{name}={value}" for name, value in variables.items())])

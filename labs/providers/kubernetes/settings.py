"""What a cluster is like, as whoever installs the platform says it: pure data, no client."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Pods(_Told):
    """Some pods elsewhere in the cluster: those with these labels, in namespaces with those."""

    namespace: dict[str, str] = Field(min_length=1)
    pods: dict[str, str] = Field(min_length=1)


class Account(_Told):
    """A service account of the platform."""

    namespace: str
    name: str


class DoorWay(_Told):
    """How a browser comes to a lab: a route of a gateway, an Ingress, or a forwarded port of one person."""

    kind: Literal["httproute", "ingress", "forward"] = "httproute"
    gateway: str = "academy"
    gateway_namespace: str = "academy"
    listener: str | None = None
    """The Gateway's listener, by name; all that admit the route by default."""
    ingress_class: str | None = None
    tls: bool = False
    """Whether each lab's Ingress asks for TLS for its host name, by the controller's default certificate."""
    tls_secret: str | None = None
    """The certificate in place of the default one, for a controller that takes it from another namespace."""
    annotations: dict[str, str] = Field(default_factory=dict)
    scheme: Literal["http", "https"] = "https"
    port: int | None = None
    """The port that browsers see; None for the scheme's own."""

    @model_validator(mode="after")
    def _forwarded_by_a_port(self) -> Self:
        if self.kind == "forward" and (self.port is None or self.scheme != "http"):
            raise ValueError("a forwarded door is http and has a port of this machine")
        return self


class ClusterSettings(_Told):
    """Everything about the cluster that a lab's objects depend on."""

    images: Mapping[str, str]
    """By component, and `tools`; each with a digest."""
    resolver_image: str
    door: DoorWay = DoorWay()
    ingress: Pods | None = None
    """The pods through which browsers come; nobody else enters a workspace from outside."""
    judge: Pods | None = None
    """The pods of ours that ask components about a learner's work."""
    fence: str = Field(default="academy", pattern=r"^[a-z][a-z0-9-]{0,40}$")
    """How the names of the roles and of the epoch begin that were installed with k8s/fence."""
    worker: Account | None = None
    """Who makes the labs, and is given rights in each; None where that is an administrator of the cluster."""
    own_ranges: tuple[IPv4Network | IPv6Network, ...] = ()
    """Pod, Service, node and ingress addresses, where these are not private ones anyway."""
    api_servers: tuple[IPv4Network | IPv6Network, ...] = ()
    """Addresses of the API server behind its Service, as CIDRs; open to labs that teach kubectl and to no other."""
    api_port: int = 6443
    upstream_resolvers: tuple[str, ...] = ("1.1.1.1",)
    """Asked for names of the internet, by labs with egress only."""
    storage_class: str | None = None
    runtime_class: str | None = None
    node_selector: dict[str, str] = Field(default_factory=dict)
    tolerations: tuple[dict[str, Any], ...] = ()
    pull_policy: Literal["IfNotPresent", "Always", "Never"] = "IfNotPresent"
    pull_secret: Path | None = None
    """A file as `docker login` writes it: who pulls these images; None where nobody asks, or nodes are let in."""
    pod_security_version: str = "v1.34"

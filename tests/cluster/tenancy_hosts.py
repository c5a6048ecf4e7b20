"""K24: by which ways in a lab would take the host name of another, or lead to another."""

from typing import Any

from tests.cluster.tenancy_calls import Call

INGRESSES = "/apis/networking.k8s.io/v1/namespaces/{namespace}/ingresses"
ROUTES = "/apis/gateway.networking.k8s.io/v1/namespaces/{namespace}/httproutes"
PROXIES = "/apis/projectcontour.io/v1/namespaces/{namespace}/httpproxies"
#: Stand for the lab's own host name, and for the installation's domain, until the call is made.
OWN, DOMAIN = "own-host.invalid", "own-domain.invalid"
BACKEND = {"service": {"name": "workspace", "port": {"number": 8888}}}


def _ingress(host: str | None, **more: Any) -> dict[str, Any]:
    rule = {"http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": BACKEND}]}}
    rules = [rule | ({"host": host} if host else {})]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "trial"},
        "spec": {"rules": rules, **more},
    }


def _route(*hosts: str, namespace: str | None = None) -> dict[str, Any]:
    backend = {"name": "workspace", "port": 8888} | ({"namespace": namespace} if namespace else {})
    spec = {"hostnames": list(hosts), "rules": [{"backendRefs": [backend]}]}
    meta = {"name": "trial"}
    return {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": meta, "spec": spec}


def _way_in(name: str, says: str, path: str, body: dict[str, Any]) -> Call:
    return Call(f"K24 {name}", says, lambda _: body, who="admin", path=path)


OWN_HOST = "own host name and no other"
PROXY = {
    "apiVersion": "projectcontour.io/v1", "kind": "HTTPProxy", "metadata": {"name": "trial"},
    "spec": {"virtualhost": {"fqdn": DOMAIN}, "routes": []},
}  # fmt: skip
HOSTS = (
    _way_in("an Ingress for the platform's host", OWN_HOST, INGRESSES, _ingress(DOMAIN)),
    _way_in("an Ingress for another lab's host", OWN_HOST, INGRESSES, _ingress(f"lab-999.{DOMAIN}")),
    _way_in("an Ingress for every host", OWN_HOST, INGRESSES, _ingress(None)),
    _way_in("an Ingress for what no rule names", OWN_HOST, INGRESSES, _ingress(OWN, defaultBackend=BACKEND)),
    _way_in(
        "an Ingress with the platform's certificate", OWN_HOST, INGRESSES,
        _ingress(OWN, tls=[{"hosts": [OWN, DOMAIN], "secretName": "lab"}]),
    ),
    _way_in("a route for the platform's host", OWN_HOST, ROUTES, _route(DOMAIN)),
    _way_in("a route for all labs", OWN_HOST, ROUTES, _route(f"*.{DOMAIN}")),
    _way_in("a route for every host", OWN_HOST, ROUTES, _route()),
    _way_in("a route to another namespace", "leads to Services of the lab", ROUTES, _route(OWN, namespace="default")),
    _way_in("a proxy of Contour's own kind", "HTTPRoutes and Ingresses only", PROXIES, PROXY),
)  # fmt: skip
#: So that what is refused above is refused for what it adds.
OWN_WAYS_IN = (
    _way_in("an Ingress of its own", "", INGRESSES, _ingress(OWN, tls=[{"hosts": [OWN], "secretName": "lab"}])),
    _way_in("a route of its own", "", ROUTES, _route(OWN)),
)

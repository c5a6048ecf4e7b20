"""The tabs of a lab's workspace: each opens a component through the lab's own host name and credential."""

import dataclasses
from urllib.parse import urlsplit

from lms.services.lab_views import LabView

#: Paths of jupyter-server-proxy's named servers, see labs/components/workspace.
_PATHS = {
    "workspace": ("JupyterLab", "/lab"),
    "mlflow": ("MLflow", "/mlflow/"),
    "serving": ("Model server", "/serving/docs"),
    "prometheus": ("Prometheus", "/prometheus/graph"),
}


@dataclasses.dataclass(frozen=True)
class Tab:
    """`url` carries the credential: it is for the lab's owner only."""

    name: str
    title: str
    url: str


def tabs(view: LabView) -> list[Tab]:
    """The workspace first, then what else runs; empty while the lab is not ready."""
    if view.door is None:
        return []
    door = urlsplit(view.door)
    names = ["workspace", *(one.name for one in view.components if one.name != "workspace")]
    found = []
    for name in names:
        title, path = _PATHS.get(name, (name, f"/{name}/"))
        url = view.door if name == "workspace" else door._replace(path=path).geturl()
        found.append(Tab(name, title, url))
    return found

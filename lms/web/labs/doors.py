"""The tabs of a lab's workspace: each opens a component through the lab's own host name and credential."""

import dataclasses
from urllib.parse import SplitResult, urlsplit

from lms.services.lab_views import LabView


@dataclasses.dataclass(frozen=True)
class Tab:
    """`url` carries the credential: it is for the lab's owner only; so does `narrow_url`, for a phone."""

    name: str
    title: str
    url: str
    narrow_url: str | None = None


def tabs(view: LabView) -> list[Tab]:
    """The workspace first, then what else runs; empty while the lab is not ready."""
    if view.door is None:
        return []
    door = urlsplit(view.door)
    found = [Tab("workspace", "JupyterLab", view.door, _narrow(door))]
    for one in view.components:
        if one.name != "workspace":
            # jupyter-server-proxy serves each component under its name, see labs/components/workspace.
            path, _, fragment = (one.page or "/").partition("#")
            url = door._replace(path=f"/{one.name}{path}", fragment=fragment).geturl()
            found.append(Tab(one.name, one.title, url))
    return found


def _narrow(door: SplitResult) -> str:
    """JupyterLab with one document and closed sidebars, remembered apart from how it looks on a wide screen."""
    return door._replace(path=f"/doc/workspaces/narrow{door.path.removeprefix('/lab')}").geturl()

"""A workspace that is Python's own file server: real processes, up in half a second."""

from labs.components.model import Component
from labs.providers.process import provider as process_module

COMPONENT = Component.model_validate(
    {
        "name": "workspace",
        "title": "Workspace",
        "summary": "Serves files.",
        "ready": "/",
        "door": True,
        "port": 8888,
        "recipe": {"run": ["${locked_python}", "-m", "http.server", "--bind", "${listen}", "${port}"]},
    }
)


def use_light_lab() -> None:
    """From now on the process provider of this process knows this component only."""
    vars(process_module)["chosen_components"] = lambda names: {"workspace": COMPONENT}

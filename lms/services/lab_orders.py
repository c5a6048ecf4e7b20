"""What a provider is told of a lab: the row and its lab file as one order."""

from pydantic import SecretStr

from labs import naming
from labs.ports import Observation
from labs.spec import LabSpec
from lms.models import Lab
from lms.services import content, installation


def spec_of(lab: Lab) -> LabSpec:
    """The whole order. A lab whose file is gone from the content can still be stopped and deleted."""
    settings = installation.current()
    written = content.current().labs.get(lab.lab_uuid)
    return LabSpec(
        installation=settings.installation,
        lab_id=lab.id,
        generation=lab.generation,
        name=lab.name,
        components=written.components if written else _components_seen(lab),
        starter=written.starter if written else None,
        open=written.open if written else None,
        host=naming.host_name(lab.name, settings.host),
        token=SecretStr(lab.credential),
        frame_origin=settings.base_url,
    )


def seen(lab: Lab) -> Observation | None:
    """What a worker saw last."""
    if not lab.observed or "seen" not in lab.observed:
        return None
    return Observation.model_validate(lab.observed["seen"])


def _components_seen(lab: Lab) -> tuple[str, ...]:
    last = seen(lab)
    return tuple(one.name for one in last.components) if last and last.components else ("workspace",)

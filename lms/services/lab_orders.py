"""What a provider is told of a lab: the row and its lab file as one order."""

from pydantic import SecretStr

from labs import naming
from labs.ports import Observation, Owned
from labs.spec import LabSpec
from lms.models import Lab
from lms.services import content, installation

_NEWEST = 2**31


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
        host=naming.host_name(lab.name, settings.labs_host),
        token=SecretStr(lab.credential),
        frame_origin=settings.base_url,
        egress=bool(written and written.egress),
        kubectl=bool(written and written.kubectl),
    )


def to_end(one: Owned) -> LabSpec:
    """An order for what a provider holds, without its row: good for nothing but stopping and deleting."""
    settings = installation.current()
    return LabSpec(
        installation=settings.installation,
        lab_id=one.lab_id or 1,
        generation=one.generation or _NEWEST,
        name=one.name,
        components=("workspace",),
        host=naming.host_name(one.name, settings.labs_host),
        token=SecretStr("an-order-for-ending-only"),
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

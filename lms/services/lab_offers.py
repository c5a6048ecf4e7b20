"""Which labs can be had on this platform: what runs the labs is the same for all, and not fit for every lab."""

from labs.catalogue.model import Lab as LabFile
from lms.services import installation
from lms.services.errors import Conflict


def refusal(written: LabFile) -> str | None:
    """Why nobody can start this lab here, whatever they do; None where they can."""
    if written.kubectl and installation.current().provider != "kubernetes":
        return (
            "This lab teaches kubectl, and labs here do not run on a Kubernetes cluster. "
            "That is how this platform is installed, not your fault: ask the staff where you can take it."
        )
    return None


def startable(written: LabFile) -> LabFile:
    """The same lab, or Conflict with the reason."""
    if sentence := refusal(written):
        raise Conflict(sentence)
    return written

"""How the row of a new lab is made: with a token that nobody has seen and a name that no other lab ever has.

Not even after a restore, when numbers are given out again: a lab must never come up over the work of another person.
"""

import secrets
import uuid

from labs import naming
from lms.models import Lab, db


def make(lab_uuid: uuid.UUID, **values: object) -> Lab:
    """The row, in the open transaction; IntegrityError when its live key is taken."""
    draft = f"new-{secrets.token_hex(16)}"
    lab = Lab(lab_uuid=lab_uuid, name=draft, credential=new_token(), state="absent", **values)
    db.session.add(lab)
    db.session.flush()
    lab.name = naming.lab_name(lab.id, salt=secrets.token_hex(3))
    db.session.flush()
    return lab


def new_token() -> str:
    """The platform's and the lab's own; labs.door_key makes from it what opens the lab for its owner."""
    return secrets.token_urlsafe(32)

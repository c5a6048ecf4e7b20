"""Ends an instance from outside, also one whose supervisor was killed: it, what it left, all labs and exams."""

from collections.abc import Callable

from sqlalchemy import inspect
from sqlalchemy.exc import OperationalError

from labs.errors import LabError
from labs.ports import HoldsMore
from labs.providers.process.everything import stop_all
from lms.config import Settings
from lms.database import database_app
from lms.exam_host import exam_host_of
from lms.late_provider import LateProvider
from lms.models import Lab, db
from lms.services import lab_orders, labs
from lms.supervisor.identity import living
from lms.supervisor.leftovers import end, end_leftovers
from lms.supervisor.lock import running_supervisor
from lms.supervisor.places import Places

#: The supervisor gives each of its children several seconds; after this long something is stuck.
PATIENCE = 40.0


def down(settings: Settings, say: Callable[[str], None]) -> bool:
    """End the platform, then every lab and exam; say what was found. False when something may still run.

    Nothing that runs is fine too.
    """
    places = Places.of(settings)
    if not places.instance.exists():
        say(f"nothing was ever started in {places.instance}")
        return True
    _end_supervisor(places, say)
    if count := end_leftovers(places):
        say(f"ended {count} processes of a platform that was killed")
    try:
        want_no_lab(settings)
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0]
        say(f"the database does not answer ({reason}): labs end now, and the next start brings them back")
    try:
        ended = end_labs(settings)
        say(f"stopped labs, their work is kept: {', '.join(ended)}" if ended else "no lab runs")
        if end_exams(settings):
            say("ended an exam that a killed platform had left; it is held anew after the next start")
    except LabError as error:
        say(f"what runs the labs was not reached, and they may go on: {error}")
        return False
    return True


def _end_supervisor(places: Places, say: Callable[[str], None]) -> None:
    supervisor = running_supervisor(places)
    if supervisor and (process := living(supervisor)):
        say(f"stopping the platform (process {supervisor.pid})")
        places.all_ends.touch()
        try:
            end([process], patience=PATIENCE)
        finally:
            places.all_ends.unlink(missing_ok=True)


def end_labs(settings: Settings) -> list[str]:
    """End every lab, whatever runs it, and keep the work; gives the names of those that ran."""
    if settings.provider == "process":
        # Also finds processes whose folder is gone.
        return stop_all(settings.instance_folder / "labs", installation=settings.installation)
    with database_app(settings).app_context():
        provider = LateProvider(settings).opened()
        running = [one for one in provider.list_owned() if one.running]
        for one in running:
            provider.stop(lab_orders.to_end(one))
        if isinstance(provider, HoldsMore):
            provider.close_door()
    return [one.name for one in running]


def end_exams(settings: Settings) -> bool:
    """End exams that run elsewhere than as processes of this machine; whether there was one."""
    host = exam_host_of(settings, LateProvider(settings))
    return host is not None and host.end_all()


def want_no_lab(settings: Settings) -> None:
    """Note in the database that no lab is wanted, so that the next start does not bring them back by itself."""
    with database_app(settings).app_context():
        if inspect(db.engine).has_table(Lab.__tablename__):
            labs.stop_every()

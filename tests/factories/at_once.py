"""Several people doing something at the same moment, each with a session of their own."""

import threading
from collections.abc import Callable, Sequence

from flask import Flask

from lms.models import User, db
from lms.services.errors import ServiceError


def acting(user: User, deed: Callable[[User], object]) -> Callable[[], object]:
    """The deed of this person, whom the session of each thread reads for itself."""
    user_id = user.id
    return lambda: deed(db.session.get_one(User, user_id))


def at_once(app: Flask, deeds: Sequence[Callable[[], object]]) -> list[BaseException | None]:
    """Starts all together; what each ended with, in their order. A refusal in words is an end like another."""
    barrier = threading.Barrier(len(deeds))
    ends: list[BaseException | None] = [None] * len(deeds)
    db.session.commit()  # an open transaction of ours would keep others from writing

    def do(number: int) -> None:
        with app.app_context():
            barrier.wait(timeout=30)
            try:
                deeds[number]()
            except BaseException as error:  # looked at by the test
                ends[number] = error
            finally:
                db.session.remove()

    threads = [threading.Thread(target=do, args=(number,)) for number in range(len(deeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    return ends


def crashes(ends: Sequence[BaseException | None]) -> list[BaseException]:
    """Ends that no service has words for."""
    return [one for one in ends if one is not None and not isinstance(one, ServiceError)]

"""What can go wrong with a lab, and whose fault it is.

LabError
├── OurFault                 the platform or its machine: costs the learner nothing
│   ├── EnvironmentMissing   the locked lab environment is not there
│   ├── ProgramMissing       a program that a component needs is not installed
│   ├── ImageMissing         an image of ours is not on the engine that should run it
│   ├── ProviderUnopened     what should run the labs is not set up here: its settings, its images, the way to it
│   ├── LabBusy              another caller holds this lab for too long
│   ├── LabSuperseded        the caller asks for an older generation than the one that exists
│   ├── ProviderAway         the cluster or engine does not answer, or not now: nothing is known, and it heals
│   ├── ProviderRefused      the cluster or engine says no: rights, a policy, a quota
│   ├── NotOurs              a name that we need is taken by something that is not ours
│   └── JudgeFailed          the process that judges checks broke or ran out of time
└── LearnersFault            what a learner asked or made
    ├── LabNotRunning        the lab has to be started first
    └── UnknownComponent     this lab has no such component
"""

from __future__ import annotations


class LabError(Exception):
    """Something about a lab went wrong; the message says what and what to do."""


class OurFault(LabError):
    """The platform's own fault: never a verdict about a learner."""


class EnvironmentMissing(OurFault):
    """The locked lab environment is not there."""


class ProgramMissing(OurFault):
    """A program that a component needs is not installed."""


class ImageMissing(OurFault):
    """An image of ours is not on the engine that should run it."""


class ProviderUnopened(OurFault):
    """What should run the labs cannot be used as it is set up here, and nothing was asked of it."""


class LabBusy(OurFault):
    """Another caller works on this lab and did not finish in time."""


class LabSuperseded(OurFault):
    """A newer generation of this lab exists: the caller's orders are out of date."""


class ProviderAway(OurFault):
    """What runs the labs does not answer, or asks for patience: what was asked may or may not have been done.

    `retry_after` are the seconds that it asks to wait; 0 when it did not say.
    """

    def __init__(self, message: str, *, retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ProviderRefused(OurFault):
    """What runs the labs says no, and will say so again until somebody changes something."""


class NotOurs(OurFault):
    """A name that a lab needs is taken by something that is not ours: it is left alone."""


class JudgeFailed(OurFault):
    """The judging process broke, was cut off, or answered nonsense."""


class LearnersFault(LabError):
    """What a learner asked for cannot be done; the message says why."""


class LabNotRunning(LearnersFault):
    """The lab has to be started first."""


class UnknownComponent(LearnersFault):
    """The lab has no component of this name."""

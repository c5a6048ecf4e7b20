"""What can go wrong with a lab, and whose fault it is.

LabError
├── OurFault                 the platform or its machine: costs the learner nothing
│   ├── EnvironmentMissing   the locked lab environment is not there
│   ├── ProgramMissing       a program that a component needs is not installed
│   ├── LabBusy              another caller holds this lab for too long
│   ├── LabSuperseded        the caller asks for an older generation than the one that exists
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


class LabBusy(OurFault):
    """Another caller works on this lab and did not finish in time."""


class LabSuperseded(OurFault):
    """A newer generation of this lab exists: the caller's orders are out of date."""


class JudgeFailed(OurFault):
    """The judging process broke, was cut off, or answered nonsense."""


class LearnersFault(LabError):
    """What a learner asked for cannot be done; the message says why."""


class LabNotRunning(LearnersFault):
    """The lab has to be started first."""


class UnknownComponent(LearnersFault):
    """The lab has no component of this name."""

"""What a service refuses, and how it says so.

ServiceError          a sentence for the person who asked
├── NotFound          no such thing, or not for this person: the two must look alike
├── NotAllowed        known, but not theirs to do
├── Invalid           what was sent can not be used; says what to change
├── Conflict          true a moment ago, not now
└── Busy              try again later; says when
"""


class ServiceError(Exception):
    """`str(error)` is shown to the person as it is."""


class NotFound(ServiceError):
    pass


class NotAllowed(ServiceError):
    pass


class Invalid(ServiceError):
    """`field` names the form field to mark, where there is one."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class Conflict(ServiceError):
    pass


class Busy(ServiceError):
    """`retry_after` in seconds."""

    def __init__(self, message: str, *, retry_after: int = 60) -> None:
        super().__init__(message)
        self.retry_after = retry_after

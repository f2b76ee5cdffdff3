"""What can go wrong, by name.

TrackerError
├── NotFound
├── Refused         it would overwrite, lose or hide something; the message says how to insist
├── Invalid         the question or the configuration is wrong; the message points at the place
├── Unreadable      the file is not audio we can decode
├── Changed         the file changed while it was read; it is read again when it rests
├── Away            the drive a file lies on fails or is gone; its jobs wait until it is back
├── Unusable        the catalogue or the socket's folder cannot be used as it is
├── ReadOnly        the disk is full or broken; what is known can still be read
├── AlreadyRunning  another daemon holds the catalogue or the socket
├── Incompatible    client and daemon speak different protocols
├── Busy            the client asks for too much at once
├── Garbled         what came over the socket is not in our protocol
├── Behind          the listener was too slow and must begin again
├── Broken          the installation lacks what workers need; the message names it
├── WorkerDied      a worker process ended, or had to be ended, in the middle of a job
│   └── Costly      the job used up its processor time, and would again
└── Unavailable     the daemon cannot be reached
"""

from __future__ import annotations

from typing import ClassVar


class TrackerError(Exception):
    """A failure whose message is meant for the user: one sentence, with the next step."""

    code: ClassVar[str] = "internal"
    by_code: ClassVar[dict[str, type[TrackerError]]] = {}

    def __init_subclass__(cls) -> None:
        TrackerError.by_code[cls.code] = cls


def sentence(error: BaseException) -> str:
    """What to say about *error*; never nothing, even where it has no message."""
    text = str(error)
    return text if text and isinstance(error, TrackerError) else f"{type(error).__name__}: {text}"


class NotFound(TrackerError):
    code = "not-found"


class Refused(TrackerError):
    code = "refused"


class Invalid(TrackerError):
    code = "invalid"


class Unreadable(TrackerError):
    code = "unreadable"


class Changed(TrackerError):
    code = "changed"


class Away(TrackerError):
    code = "away"


class Unusable(TrackerError):
    code = "unusable"


class ReadOnly(TrackerError):
    code = "read-only"


class AlreadyRunning(TrackerError):
    code = "already-running"


class Incompatible(TrackerError):
    code = "incompatible"


class Busy(TrackerError):
    code = "busy"


class Garbled(TrackerError):
    code = "garbled"


class Behind(TrackerError):
    code = "behind"


class Broken(TrackerError):
    code = "broken"


class WorkerDied(TrackerError):
    code = "worker-died"


class Costly(WorkerDied):
    code = "costly"


class Unavailable(TrackerError):
    code = "unavailable"

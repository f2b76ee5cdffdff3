"""The kinds of work that are done to a file, each a function that runs in a worker process."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, BinaryIO

from daemon.tasks import measure, read
from tracker.model import Kind

Task = Callable[[BinaryIO, bytes, Sequence[str]], Any]
"""What to do with an open file, called *name*, given the job's parameters."""

TASKS: Mapping[str, Task] = {Kind.READ: read.run, Kind.MEASURE: measure.run}

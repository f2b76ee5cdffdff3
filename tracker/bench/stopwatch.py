"""Where the CPU goes: every part of a pass, and every feature, timed while it works.

Nothing here knows the parts by name: whatever takes samples in a `Pass` is found by looking, so
that a new accumulator is timed as soon as it is there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

METHODS = ("feed", "see", "hear", "rest", "finish", "of", "last")
"""By which sound goes in and series come out."""
HOUSE = "tracker.analysis."
DEEP = 3
"""Parts of parts of parts."""
END = object()
"""What a generator has no more to give."""


class Stopwatch:
    """Seconds of CPU by stage; what a stage asks another to do counts for that one."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}
        self.inner: list[float] = []

    def timed(self, stage: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def timing(*args: Any, **kwargs: Any) -> Any:
            self._start()
            start = time.process_time()
            try:
                found = work(*args, **kwargs)
            finally:
                self._stop(stage, time.process_time() - start)
            return self._each(stage, found) if isinstance(found, Iterator) else found

        return timing

    def _each(self, stage: str, found: Iterator[Any]) -> Iterator[Any]:
        """What a generator does it does between its values."""
        advance = self.timed(stage, lambda: next(found, END))
        while (value := advance()) is not END:
            yield value

    def _start(self) -> None:
        self.inner.append(0.0)

    def _stop(self, stage: str, seconds: float) -> None:
        self.spent[stage] = self.spent.get(stage, 0.0) + seconds - self.inner.pop()
        if self.inner:
            self.inner[-1] += seconds

    def watch(self, thing: Any, stage: str, depth: int = DEEP) -> None:
        """Time the methods of *thing* and of its parts."""
        for name in METHODS:
            if callable(work := getattr(thing, name, None)):
                setattr(thing, name, self.timed(stage, work))
        for name, part in _parts(thing):
            if depth and not any(callable(vars(part).get(method)) for method in METHODS):
                self.watch(part, f"{stage}: {name}", depth - 1)


def _parts(thing: Any) -> Iterator[tuple[str, Any]]:
    """Those of our own making, alone or in a dict, and their names."""
    for name, value in vars(thing).items():
        for key, part in value.items() if isinstance(value, dict) else ((name, value),):
            if type(part).__module__.startswith(HOUSE) and hasattr(part, "__dict__"):
                yield str(key), part

"""What the benchmarks play on: made when first asked for, shared, gone at the end."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property, partial
from pathlib import Path
from typing import NamedTuple

from tracker.bench import gauge
from tracker.bench.private import Private

QUIET = "[watch]\nevery = 3600.0\n"
"""Nothing is looked through by itself while we measure."""


class Size(NamedTuple):
    rows: int = 100_000
    """Tracks in the large library."""
    seconds: int = 300
    """Length of the pieces that are read and measured."""
    repeats: int = 20
    """How often short things are measured."""
    long: bool = False
    """Measure a recording of four hours too."""


class Trial(NamedTuple):
    """What `measure` is to do."""

    corpus: Path | None = None
    """A folder with a `truth.jsonl`, see `truth`."""
    parts: tuple[str, ...] = ()
    """All that can be done where none is named."""
    sets: tuple[str, ...] = ()
    """Of the corpus; all where none is named."""
    limit: int | None = None
    """Recordings of each set."""
    peers: tuple[str, ...] | None = None
    """Packages; all that can be imported where None."""
    jobs: int = 1


class Stage:
    def __init__(self, folder: Path, size: Size, stack: ExitStack, trial: Trial) -> None:
        self.folder, self.size, self.stack, self.trial = folder, size, stack, trial
        # of the daemon of the large library:
        self.answered: float | None = None
        """Seconds from its start until it answered."""
        self.rested: float | None = None
        """Seconds from its start until all was looked through and nothing to be done."""
        self.fresh: float | None = None
        """MB it had then."""

    def private(self, name: str, config: str = "") -> Private:
        """A tracker with an empty catalogue; its daemon ends with the run."""
        return self.stack.enter_context(Private(self.folder / name, config))

    @cached_property
    def roots(self) -> tuple[Path, Path]:
        """The two halves of the large library: `reconcile` looks through the first."""
        return self.folder / "large/music/one", self.folder / "large/music/two"

    @cached_property
    def large(self) -> Private:
        """The large library, read and measured, and no daemon on it yet."""
        from tracker.bench.library import fill
        from tracker.store.database import open_for_writing

        private = self.private("large", QUIET)
        db = open_for_writing(private.catalogue)
        try:
            for number, root in enumerate(self.roots):
                root.mkdir()
                rows = (self.size.rows + number) // 2
                told = partial(self._filled, root.name)
                fill(db, root, rows, seed=number, linked=number > 0, told=told)
        finally:
            db.close()
        return private

    def _filled(self, half: str, done: int) -> None:
        self.say(f"half {half} of the library: {done:,} tracks")

    @cached_property
    def running(self) -> Private:
        """The large library with its daemon, which has looked through it and is at rest."""
        large, start = self.large, time.monotonic()
        large.start()
        self.answered = time.monotonic() - start
        large.call("settled")
        self.rested = time.monotonic() - start
        self.fresh = gauge.pss(large.pid)
        return large

    @cached_property
    def sounds(self) -> dict[str, Path]:
        """A tagged piece in every format, by the name of the format."""
        from tracker.bench import sounds

        folder = self.folder / "sounds"
        folder.mkdir()
        return {
            path.suffix[1:]: path
            for path in sounds.make(folder, self.size.seconds, told=lambda name: self.say(name))
        }

    def say(self, what: str) -> None:
        """How far it is, for someone who watches."""
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[K{what} ")
            sys.stderr.flush()


@contextmanager
def stage(size: Size, folder: Path | None = None, trial: Trial | None = None) -> Iterator[Stage]:
    """A stage in a new folder below *folder*; nothing of it is left."""
    with ExitStack() as stack:
        made = stack.enter_context(tempfile.TemporaryDirectory(prefix="tracker-bench-", dir=folder))
        try:
            yield Stage(Path(os.path.realpath(made)), size, stack, trial or Trial())
        finally:
            if sys.stderr.isatty():
                sys.stderr.write("\r\x1b[K")

"""The application on a terminal of its own: what it writes, and when."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple

from tracker.bench.private import HOUSE, Private
from tracker.errors import TrackerError

COLUMNS, ROWS = 120, 34
PATIENCE = 60.0
CHUNK = 1 << 16


class Written(NamedTuple):
    """What came for a key."""

    first: float
    """Seconds until its first byte."""
    size: int


class Terminal:
    """All times are those of the monotonic clock, which all processes share."""

    def __init__(self, master: int, process: subprocess.Popen[bytes], reports: int) -> None:
        self.master, self.process, self.reports = master, process, reports
        self.began = time.monotonic()
        self.written = bytearray()

    def read(self, patience: float) -> float | None:
        """Take in what comes next, and when it came; None where nothing does."""
        if not select.select([self.master], [], [], max(0.0, patience))[0]:
            return None
        now = time.monotonic()
        try:
            piece = os.read(self.master, CHUNK)
        except OSError as error:  # the other end is closed
            raise self._ended() from error
        if not piece:
            raise self._ended()
        self.written += piece
        return now

    def _ended(self) -> TrackerError:
        words = bytes(self.written[-1_000:]).decode("utf-8", "replace")
        return TrackerError(f"the application ended: {words!r}")

    def until(self, text: bytes) -> float:
        """When *text* had been written; b"" is anything."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            now = self.read(end - time.monotonic())
            if now is not None and text in self.written:
                return now
        raise TrackerError(f"{text!r} was not shown in {PATIENCE:g} seconds")

    def rest(self, quiet: float) -> None:
        """Until nothing was written for *quiet* seconds."""
        while self.read(quiet) is not None:
            pass

    def press(self, keys: bytes, quiet: float) -> Written:
        """Type, and take in what comes until it is quiet again."""
        before = len(self.written)
        start = time.monotonic()
        os.write(self.master, keys)
        first = self.read(PATIENCE)
        self.rest(quiet)
        return Written((first or start) - start, len(self.written) - before)

    def resize(self, columns: int, quiet: float) -> Written:
        before = len(self.written)
        start = time.monotonic()
        size(self.master, columns, ROWS)
        self.process.send_signal(signal.SIGWINCH)
        first = self.read(PATIENCE)
        self.rest(quiet)
        return Written((first or start) - start, len(self.written) - before)

    def reported(self) -> bytes:
        """All that its script told us, when it has ended by itself."""
        found = b""
        while piece := self._piece():
            found += piece
        return found

    def _piece(self) -> bytes:
        """The next of what it tells; what it writes to the screen meanwhile must go somewhere."""
        while True:
            ready = select.select([self.reports, self.master], [], [], PATIENCE)[0]
            if self.reports in ready:
                return os.read(self.reports, CHUNK)
            if not ready:
                raise TrackerError("the application does not end")
            with suppress(OSError):
                self.written += os.read(self.master, CHUNK)


@contextmanager
def terminal(private: Private, script: str) -> Iterator[Terminal]:
    """Run *script*, which finds the descriptor of its reports in `sys.argv`, until the block ends."""
    (master, slave), (reports, tell) = pty.openpty(), os.pipe()
    try:
        size(slave, COLUMNS, ROWS)
        process = subprocess.Popen(
            [sys.executable, "-c", script, str(tell)],
            env=private.environment | {"TERM": "xterm-256color", "COLORTERM": "truecolor"},
            cwd=HOUSE, stdin=slave, stdout=slave, stderr=slave, pass_fds=[tell],
            start_new_session=True,
        )  # fmt: skip
        running = Terminal(master, process, reports)
        os.close(tell)
        os.close(slave)
        try:
            yield running
        finally:
            process.kill()
            process.wait()
    finally:
        os.close(master)
        os.close(reports)


def size(descriptor: int, columns: int, rows: int) -> None:
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

"""Starting the daemon, and seeing that it is there."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import tui
from tracker import paths
from tracker.errors import Unavailable
from tracker.rpc.call import Caller
from tracker.text import clean

PATIENCE = 15.0
"""Seconds a daemon has until it answers."""
STEP = 0.02
LAST = 3
"""Lines of the log that are told when the daemon could not start."""
BROKEN = "tracker.errors.Broken: "
"""How Python ends what it says of an installation that lacks something."""


class Launch:
    """A daemon that was started, in a session of its own: it outlives us and our terminal."""

    def __init__(self, config: Path | None = None) -> None:
        self.log = _log()
        with self.log.open("ab") as log:
            self._before = log.tell()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "daemon.cli", *_options(config)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
                cwd=place(),
            )

    def ready(self, socket: Path, patience: float = PATIENCE) -> Caller:
        """The daemon, as soon as it answers; that may be another one which was quicker.

        Raises:
            Unavailable: it ended, or does not answer; says why.
        """
        end = time.monotonic() + patience
        while True:
            try:
                return Caller(socket, patience=max(STEP, end - time.monotonic()))
            except Unavailable as error:
                if self._process.poll() not in {None, os.EX_TEMPFAIL}:
                    raise Unavailable(f"the daemon could not start: {self._why()}") from error
                if time.monotonic() > end:
                    raise Unavailable(
                        f"the daemon does not answer after {patience:g} seconds; "
                        "look at `tracker logs`"
                    ) from error
            time.sleep(STEP)

    def _why(self) -> str:
        """The sentence it ended with, or else the last it wrote."""
        with self.log.open("rb") as log:
            size = log.seek(0, os.SEEK_END)
            before = self._before if self._before <= size else 0  # it began a new file
            log.seek(max(before, size - 2**14))
            said = [clean(line) for line in log.read().split(b"\n") if line.strip()]
        for line in reversed(said):
            if line.startswith("trackerd: "):
                return line.removeprefix("trackerd: ")
        code = self._process.returncode
        return " | ".join(said[-LAST:]) or f"it ended with code {code} and said nothing"


def _log() -> Path:
    """The log's place, ready to be written to."""
    log = paths.log()
    try:
        log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        log.touch(0o600)
    except OSError as error:
        raise Unavailable(
            f"the daemon's log {clean(str(log))} cannot be written: "
            f"{clean(error.strerror or str(error))}; mend that, or point XDG_STATE_HOME elsewhere"
        ) from error
    return log


def _options(config: Path | None) -> list[str]:
    return ["--config", str(config.absolute())] if config else []


def last_line(said: bytes | bytearray) -> str:
    """What a program said last, cleaned; nothing where it said nothing."""
    lines = [line for line in said.splitlines() if line.strip()]
    return clean(bytes(lines[-1])) if lines else ""


def place() -> Path:
    """Where our programs run: in a checkout beside their modules, else where they keep nothing busy."""
    packages = Path(tui.__file__).resolve().parents[1]
    return Path("/") if packages.name.endswith("-packages") else packages

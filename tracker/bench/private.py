"""A private tracker in a folder of its own: its daemon, its socket, its catalogue."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import tracker
from tracker.errors import TrackerError, Unavailable
from tracker.rpc.call import Caller

T = TypeVar("T")
HOUSE = Path(tracker.__file__).resolve().parents[1]
"""Where our programs run, so that they are those of this checkout."""
PLACES = {
    "XDG_CONFIG_HOME": "config",
    "XDG_DATA_HOME": "data",
    "XDG_STATE_HOME": "state",
    "XDG_CACHE_HOME": "cache",
}
STEP = 0.005  # s, between two looks whether something happened
LAST = 2_000
"""Characters of the log that are told when the daemon could not start."""


class Private:
    """Its daemon, if one was started, is gone when the block ends."""

    def __init__(self, home: Path, config: str = "") -> None:
        self.home, self.music = home, home / "music"
        self.music.mkdir(parents=True)
        for name in PLACES.values():
            (home / name / "tracker").mkdir(mode=0o700, parents=True)
        (home / "config/tracker/config.toml").write_text(config)
        # on its own, as the kernel takes a socket's path of 107 bytes and no longer one
        self.running = tempfile.TemporaryDirectory(prefix="tracker-bench-")
        self.socket = Path(self.running.name) / "tracker/sock"
        self.catalogue = home / "data/tracker/catalogue.db"
        self.log = home / "state/tracker/trackerd.log"
        self.environment = environment(home) | {"XDG_RUNTIME_DIR": self.running.name}
        self.daemon: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        self.running.cleanup()

    @property
    def pid(self) -> int:
        """The daemon's."""
        if self.daemon is None:
            raise Unavailable("no daemon was started")
        return self.daemon.pid

    def start(self, *roots: Path) -> None:
        """Begin a daemon; it answers when this returns."""
        with self.log.open("ab") as log:
            self.daemon = subprocess.Popen(
                [sys.executable, "-m", "daemon.cli", *map(str, roots)],
                env=self.environment, cwd=HOUSE,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        until(self._answers, patience=60)

    def _answers(self) -> bool:
        if self.daemon and self.daemon.poll() is not None:
            raise TrackerError(f"the daemon ended: {self.log.read_text()[-LAST:]}")
        with suppress(Unavailable), self.caller():
            return True
        return False

    def stop(self) -> None:
        if self.daemon is None:
            return
        self.daemon.terminate()
        try:
            self.daemon.wait(20)
        except subprocess.TimeoutExpired:
            self.daemon.kill()
            self.daemon.wait()
        self.daemon = None

    def caller(self) -> Caller:
        return Caller(self.socket, program="tracker.bench")

    def call(self, method: str, *args: Any, **kwargs: Any) -> Any:
        with self.caller() as caller:
            return caller.call(method, *args, deadline=600, **kwargs)


def environment(home: Path) -> dict[str, str]:
    """Ours, with the places of a tracker in *home* and nothing that names another."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("XDG_", "TRACKER_", "NOTIFY_", "TEXTUAL"))
    }
    places = {variable: str(home / name) for variable, name in PLACES.items()}
    return kept | places | {"HOME": str(home), "NO_COLOR": "1"}


def until(condition: Callable[[], T], *, patience: float) -> T:
    """The first true answer. Raises TrackerError after *patience* seconds."""
    end = time.monotonic() + patience
    while not (answer := condition()):
        if time.monotonic() > end:
            raise TrackerError(f"it did not happen in {patience:g} seconds; is the machine busy?")
        time.sleep(STEP)
    return answer

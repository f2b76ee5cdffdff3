"""A whole private tracker in a temporary folder: real daemon process, real socket, real catalogue."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

from tracker.errors import Unavailable
from tracker.rpc.call import Caller

PLACES = ("CONFIG_HOME", "DATA_HOME", "STATE_HOME", "CACHE_HOME", "RUNTIME_DIR")
QUICK = "[watch]\nsettle = 0.3\nevery = 5.0\n[workers]\ncount = 2\npause = 0.1\n"


class Private:
    def __init__(self, home: Path, config: str = QUICK) -> None:
        self.home, self.music = home, home / "music"
        self.music.mkdir(parents=True)
        self.environment = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("XDG_", "TRACKER_", "PYTEST_", "NOTIFY_"))
        } | {f"XDG_{place}": str(home / place.lower()) for place in PLACES}
        self.environment |= {"HOME": str(home), "NO_COLOR": "1"}
        for place in PLACES:
            (home / place.lower()).mkdir(mode=0o700)
        folder = home / "config_home" / "tracker"
        folder.mkdir()
        (folder / "config.toml").write_text(config)
        self.socket = home / "runtime_dir" / "tracker" / "sock"
        self.catalogue = home / "data_home" / "tracker" / "catalogue.db"
        self.log = home / "state_home" / "tracker" / "trackerd.log"
        self.daemon = None
        self.within = []
        """The words of a command that runs the daemon."""

    def start(self, *roots):
        """Begin a daemon and wait until it answers."""
        if self.daemon:
            self.daemon.stderr.close()
        self.daemon = subprocess.Popen(
            [*self.within, sys.executable, "-m", "daemon.cli", *map(os.fspath, roots)],
            env=self.environment, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.until(self.answers, seconds=30)

    def answers(self):
        if self.daemon.poll() is not None:
            raise AssertionError(f"the daemon ended: {self.daemon.stderr.read()}")
        with suppress(Unavailable), Caller(self.socket):
            return True
        return False

    def kill(self):
        """As if the power failed, for the daemon."""
        self.daemon.send_signal(signal.SIGKILL)
        self.daemon.wait()
        self.daemon.stderr.close()

    def stop(self):
        if self.daemon and self.daemon.poll() is None:
            self.daemon.terminate()
            try:
                self.daemon.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()
                raise
        if self.daemon:
            self.daemon.stderr.close()

    def call(self, method, *args, **kwargs):
        with Caller(self.socket) as caller:
            return caller.call(method, *args, deadline=120, **kwargs)

    def settle(self):
        """Wait until nothing is left to do."""
        self.call("settled")

    def rows(self, query=""):
        return self.call("tracks.page", query, limit=1000).rows

    def tracks(self, query=""):
        return self.call("tracks.find", query, limit=500).rows

    def until(self, condition, *, seconds=60):
        """The first true answer of *condition*."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if answer := condition():
                return answer
            time.sleep(0.05)
        log = self.log.read_text()[-3_000:] if self.log.exists() else ""
        raise AssertionError(f"it did not happen in {seconds} s\n{log}")

    def run(self, *arguments, code=0):
        """`tracker` with these arguments; what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "tui.cli", *arguments],
            env=self.environment, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        return done.stdout

    def json(self, *arguments, code=0):
        """The objects that `tracker ... --json` printed."""
        printed = self.run(*arguments, "--json", code=code)
        return [json.loads(line) for line in printed.splitlines()]


@contextmanager
def private(home, config=QUICK):
    """A private tracker whose daemon, if one was started, is gone at the end."""
    ours = Private(home, config)
    try:
        yield ours
    finally:
        ours.stop()

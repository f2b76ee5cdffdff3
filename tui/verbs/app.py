"""No verb: the application, and the demonstration."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from tracker import paths
from tracker.errors import Invalid, TrackerError, Unavailable
from tracker.rpc.call import Caller
from tracker.text import clean
from tui.launch import Launch, place
from tui.verbs import VERBS, Context

PLACES = {
    "XDG_CONFIG_HOME": "config",
    "XDG_DATA_HOME": "data",
    "XDG_CACHE_HOME": "cache",
    "XDG_STATE_HOME": "state",
    "XDG_RUNTIME_DIR": "run",
}


def run(context: Context) -> int:
    options = context.options
    if options.json:
        raise Invalid("--json needs a verb; `tracker --help` lists them")
    folders = [_folder(name) for name in options.folders]
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise Invalid("the application needs a terminal; `tracker --help` lists verbs for scripts")
    if options.demo:
        return _demo(context)
    return _open(context, folders)


def _folder(name: str) -> bytes:
    """An absolute folder. Raises Invalid, with the verb that may have been meant."""
    path = os.path.abspath(os.fsencode(name))
    if not os.path.isdir(path):
        import difflib

        near = difflib.get_close_matches(name, VERBS, 1)
        hint = f"did you mean `tracker {near[0]}`?" if near else "`tracker --help` lists verbs"
        raise Invalid(f"{clean(os.fsencode(name))!r} is neither a verb nor a folder; {hint}")
    return path


def _open(context: Context, folders: list[bytes], *, demo: bool = False) -> int:
    """Import the application while the daemon starts: both take their time."""
    launch = None if context.options.no_start else _launched(context)
    from tui.app import run as show

    if launch is not None:
        launch.ready(context.socket).close()
    return show(context.config, folders, demo=demo)


def _launched(context: Context) -> Launch | None:
    """A daemon on its way; None where one runs already."""
    try:
        Caller(context.socket).close()
    except Unavailable:
        _ = context.config  # what is wrong with it is said here, not in a log
        return Launch(context.options.config)
    return None


def _demo(context: Context) -> int:
    """A library of its own, in places of its own; its daemon ends with the application."""
    home = paths.cache() / "demo"
    for variable, name in PLACES.items():
        os.environ[variable] = str(home / name)
    os.environ.pop("TRACKER_CONFIG", None)
    context.options.config = None
    music = home / "music"
    music.mkdir(mode=0o700, parents=True, exist_ok=True)
    _synthesised(music)
    try:
        return _open(context, [os.fsencode(music)], demo=True)
    finally:
        with suppress(TrackerError), Caller(context.socket) as daemon:
            daemon.call("stop")


def _synthesised(music: Path) -> None:
    """Make the music, in a process: it takes the engine, which we must not import."""
    made = subprocess.run(
        [sys.executable, "-m", "tracker.demo", str(music)], check=False, cwd=place()
    )
    if made.returncode:
        raise TrackerError(
            f"the demonstration could not be made in {clean(str(music))}; is the disk full?"
        )

"""`start`, `stop`, `status`, `wait`, `logs`: the daemon itself."""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from tracker import paths
from tracker.errors import TrackerError, Unavailable
from tracker.model import Root, Status, Work
from tracker.rpc.call import Caller, holder
from tracker.text import clean
from tui.console import Console, Table, clock
from tui.verbs import Context, Parser, natural, seconds

STEP = 0.5
"""Seconds between two looks at how far the work is."""
LEAVING = 60.0
"""Seconds a daemon has to end."""
CHUNK = 2**16
"""Bytes of the log that are read at once."""
PEEK = 0.3
"""Seconds between two looks at the end of the log."""

EXAMPLES = {
    "start": "tracker start\n  tracker start --config ~/other.toml",
    "stop": "tracker stop",
    "status": "tracker status\n  tracker status --json",
    "wait": "tracker wait --timeout 600 && echo all measured",
    "logs": "tracker logs -n 100\n  tracker logs --follow",
}


def arguments(verb: str, parser: Parser) -> None:
    parser.epilog = f"examples:\n  {EXAMPLES[verb]}"
    parser.set_defaults(run={"start": start, "stop": stop, "status": status}.get(verb))
    if verb == "wait":
        parser.add_argument("--timeout", type=seconds, metavar="S", help="give up after S seconds")
        parser.add_argument("--progress", action="store_true", help="with --json: tell how far")
        parser.set_defaults(run=wait)
    if verb == "logs":
        parser.add_argument("-n", type=natural, default=50, metavar="N", help="lines; 50")
        parser.add_argument("-f", "--follow", action="store_true", help="go on as it is written")
        parser.set_defaults(run=logs)


def start(context: Context) -> int:
    """A second start is no error: the daemon runs, as was wanted."""
    context.insist()
    try:
        with Caller(context.socket) as caller:
            return _told(context, caller, "runs already")
    except Unavailable:
        pass
    try:
        with context.started() as caller:
            return _told(context, caller, "started")
    except Unavailable as error:  # we tried: that is not "there is none"
        raise TrackerError(str(error)) from error


def _told(context: Context, caller: Caller, what: str) -> int:
    version = caller.daemon.version
    if context.console.json:
        context.console.record({"pid": caller.pid, "version": version, "says": what})
    context.console.say(f"trackerd {version} {what}, pid {caller.pid}")
    return 0


def stop(context: Context) -> int:
    pid = holder(context.socket)
    with suppress(ProcessLookupError):
        gone = os.pidfd_open(pid)
        try:
            _end(context, gone)
            if not select.select([gone], [], [], LEAVING)[0]:
                raise TrackerError(f"the daemon (pid {pid}) is still ending; see `tracker logs`")
        finally:
            os.close(gone)
    if context.console.json:
        context.console.record({"pid": pid, "state": "stopped"})
    context.console.say(f"the daemon (pid {pid}) has ended")
    return 0


def _end(context: Context, gone: int) -> None:
    """Ask it to end; one that is too old, too busy or too stuck to be asked gets the signal."""
    try:
        with Caller(context.socket) as caller, suppress(Unavailable):  # it may go before it answers
            caller.call("stop")
    except TrackerError:
        signal.pidfd_send_signal(gone, signal.SIGTERM)


def status(context: Context) -> int:
    """Never starts a daemon: to look must not change anything."""
    console = context.console
    try:
        with Caller(context.socket) as caller:
            seen: Status = caller.call("status")
            roots: list[Root] = caller.call("roots.all")
    except Unavailable as error:
        if console.json:
            console.record({"state": "stopped"})
        else:
            console.write(console.paint("stopped", "yellow"))
            if not console.quiet:
                console.complain(str(error))
        return 4
    if console.json:
        console.record(record(seen, roots))
    else:
        _show(console, seen, roots)
    return 0


def record(seen: Status, roots: list[Root]) -> dict[str, Any]:
    """What `status --json` prints."""
    work = seen.work
    return {
        "pid": seen.pid,
        "version": seen.version,
        "protocol": seen.protocol,
        "state": seen.state,
        "uptime_s": round(seen.uptime, 3),
        "tracks": seen.tracks,
        "files": seen.files,
        "missing": seen.missing,
        "roots": [{"path": r.path, "state": r.state, "files": r.files} for r in roots],
        "jobs": {
            "queued": work.queued,
            "running": len(work.running),
            "failed": work.failed,
            "quarantined": work.quarantined,
        },
        "workers": {"busy": len(work.running), "size": work.workers},
        "eta_s": work.eta,
        "host": seen.host,
        "paused": work.paused,
        "settling": work.settling,
        "complaint": seen.complaint,
    }


def _show(console: Console, seen: Status, roots: list[Root]) -> None:
    colour = "green" if seen.state == "ready" else "yellow"
    where = f" on {clean(seen.host)}" if seen.host else ""
    console.write(
        f"{console.paint(clean(seen.state), colour)}: trackerd {clean(seen.version)}{where}, "
        f"pid {seen.pid}, up {clock(seen.uptime)}"
    )
    if seen.complaint:
        console.write(console.paint(clean(seen.complaint), "red"))
    console.write(f"tracks   {seen.tracks:,} in {seen.files:,} files, {seen.missing:,} missing")
    console.write(f"jobs     {left(seen.work)}")
    console.write(f"workers  {len(seen.work.running)} of {seen.work.workers} busy")
    if roots:
        table = Table(console, ["root", "state", "files"], right="files", elastic="root")
        table.add((root.path, root.state, f"{root.files:,}") for root in roots)
    else:
        console.say("no folder is watched; `tracker root add FOLDER`")


def left(work: Work) -> str:
    """What is still to be done, in words."""
    parts = [f"{work.queued:,} queued", f"{len(work.running):,} running"]
    parts += [f"{work.settling:,} settling"] if work.settling else []
    parts += [f"{work.failed:,} failed"] if work.failed else []
    parts += [f"{work.quarantined:,} quarantined"] if work.quarantined else []
    parts += ["paused"] if work.paused else []
    parts += [f"about {clock(work.eta)} left"] if work.eta is not None else []
    return ", ".join(parts)


def wait(context: Context) -> int:
    with context.daemon() as caller:
        settle(context, caller, context.options.timeout)
    context.console.say("all files are read and measured")
    return 0


def settle(context: Context, caller: Caller, timeout: float | None = None) -> None:
    """Wait until nothing is left to do, and show how far it is meanwhile."""
    asked = caller.ask("settled")
    end = None if timeout is None else time.monotonic() + timeout
    while True:
        try:
            caller.answer(asked, STEP if end is None else min(STEP, end - time.monotonic()))
        except TimeoutError:
            work: Work = caller.call("jobs.work")
            _progress(context, work)
            if end is not None and time.monotonic() >= end:
                raise TrackerError(
                    f"after {timeout:g} seconds there is still work: {left(work)}; "
                    "wait longer, or look at `tracker jobs list`"
                ) from None
        else:
            context.console.wipe()
            return


def _progress(context: Context, work: Work) -> None:
    total = work.done + work.queued + len(work.running)
    if context.console.json and getattr(context.options, "progress", False):
        context.console.record({"done": work.done, "total": total, "eta_s": work.eta})
    context.console.progress(work.done / total if total else None, left(work))


def logs(context: Context) -> int:
    """The file, whether the daemon runs or not."""
    place = paths.log()
    try:
        log = place.open("rb")
    except OSError as error:
        raise TrackerError(
            f"there is no log at {clean(str(place))}; under systemd it is in `journalctl --user`"
        ) from error
    with log:
        for line in tail(log, context.options.n):
            _write(context.console, line)
        offset, node = log.tell(), os.fstat(log.fileno()).st_ino
    if context.options.follow:
        for line in follow(place, offset, node):
            _write(context.console, line)
            sys.stdout.flush()
    return 0


def follow(place: Path, offset: int, node: int) -> Iterator[bytes]:
    """The lines that are written after *offset*, and those of the file that takes its place."""
    while True:
        with suppress(FileNotFoundError):
            seen = place.stat()
            if seen.st_ino != node or seen.st_size < offset:
                node, offset = seen.st_ino, 0
            with place.open("rb") as log:
                log.seek(offset)
                data = log.read(CHUNK)
            whole = data.rfind(b"\n") + 1 or (len(data) if len(data) == CHUNK else 0)
            offset += whole
            yield from data[:whole].splitlines()
        time.sleep(PEEK)


def _write(console: Console, line: bytes) -> None:
    text = line.rstrip(b"\r\n").decode("utf-8", "replace").replace("\t", "    ")
    if console.json:
        console.record({"line": text})
    else:
        console.write(clean(text))


def tail(log: BinaryIO, count: int) -> Iterator[bytes]:
    """The last *count* lines, read from the end."""
    place, kept = log.seek(0, os.SEEK_END), b""
    while place > 0 and kept.count(b"\n") <= count:
        place -= (step := min(CHUNK, place))
        log.seek(place)
        kept = log.read(step) + kept
    log.seek(0, os.SEEK_END)
    lines = kept.splitlines(keepends=True)
    yield from lines[max(0, len(lines) - count) :]

"""`measure`: what files sound like, without catalogue or daemon.

The engine runs in a process of its own: a file that ends it costs one file.
"""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import msgspec

from tracker.errors import Broken, Invalid, TrackerError, Unreadable, WorkerDied
from tracker.text import clean
from tui.console import Console, Table, clock
from tui.launch import BROKEN, last_line, place
from tui.verbs import Context, Parser, names
from tui.verbs.sheets import told

CHUNK = 2**16
LONGEST = 64 * 2**20
"""Bytes of one answer; half a day of beats is far below."""
LAST = 2**12
"""Bytes of its last words that are kept."""
LEAVING = 10.0
"""Seconds the engine has to end when nothing more is asked."""
ENGINE = (sys.executable, "-m", "tracker.analysis")
COLUMNS = ("file", "bpm", "key", "energy", "loudness", "duration", "error")

EXAMPLES = """\
examples:
  tracker measure a.flac             all that is found
  tracker measure *.flac             one line each; --long tells all of each
  tracker measure --json ~/Music/*.flac > measured.jsonl
  tracker measure --features tempo,key a.flac
  find . -name '*.flac' | tracker measure --json -
"""


def arguments(verb: str, parser: Parser) -> None:
    parser.epilog = EXAMPLES
    parser.add_argument("files", nargs="+", metavar="FILE", help="- reads names from stdin")
    parser.add_argument("--features", metavar="a,b", help="only these; all where none is named")
    parser.add_argument("--long", action="store_true", help="all that is found, also of many files")
    parser.set_defaults(run=measure)


def measure(context: Context) -> int:
    options, console = context.options, context.console
    files = [os.fsencode(name) for name in names(options.files)]
    table = Table(console, COLUMNS, right="bpm key energy loudness duration", elastic="error file")
    whole, failed = options.long or len(files) == 1, 0
    for number, (file, found) in enumerate(measured(context, files), 1):
        failed += "error" in found
        if console.json:
            console.record(found | identified(file))
        elif whole:
            describe(console, file, found)
        else:
            table.add([row(file, found)])
        console.progress(number / len(files), f"{number} of {len(files)} files measured")
    console.wipe()
    return 1 if failed else 0


def identified(file: bytes) -> dict[str, Any]:
    """Which file it is, as every record says it."""
    shown = clean(file)
    if shown.encode() == file:
        return {"path": shown}
    return {"path": shown, "path_raw": file}


def describe(console: Console, file: bytes, found: dict[str, Any]) -> None:
    """Its name, and below it what is known, or why nothing is."""
    length = f"   {clock(found['duration'])}" if "duration" in found else ""
    console.write(console.paint(clean(file), "bold") + length)
    if "error" in found:
        console.write(console.paint(clean(found["error"]), "red"))
    else:
        told(console, found)


def row(file: bytes, found: dict[str, Any]) -> list[Any]:
    bpm, loudness, duration = (found.get(name) for name in ("bpm", "loudness", "duration"))
    return [
        clean(file),
        None if bpm is None else f"{bpm:.1f}",
        found.get("key"),
        found.get("energy"),
        None if loudness is None else f"{loudness:.1f}",
        None if duration is None else clock(duration),
        found.get("error"),
    ]


def measured(context: Context, files: list[bytes]) -> Iterator[tuple[bytes, dict[str, Any]]]:
    """What is found in each file, in their order; "error" where nothing could be."""
    patience = context.config.workers.patience
    engine: Engine | None = None
    try:
        for file in files:
            if not os.path.isfile(file):
                yield file, {"error": "there is no such file; is the name right?"}
                continue
            engine = engine or Engine(options(context))
            try:
                yield file, engine.measure(os.path.abspath(file), patience)
            except (WorkerDied, Unreadable) as error:
                engine.end()
                engine = None
                yield file, {"error": str(error)}
    finally:
        if engine:
            engine.end()


def options(context: Context) -> list[str]:
    given = context.options
    chosen = ["--features", given.features] if given.features else []
    return [*chosen, "--tempo-range", str(context.config.analysis.tempo_range)]


class Engine:
    """A process that measures one file after the other."""

    def __init__(self, options: list[str]) -> None:
        theirs, self._ask = os.pipe()
        self._answers, answers = os.pipe()
        self._errors, errors = os.pipe()
        try:
            self._process = subprocess.Popen(
                [*ENGINE, *options],
                stdin=theirs,
                stdout=answers,
                stderr=errors,
                cwd=place(),
            )
        finally:
            for end in (theirs, answers, errors):
                os.close(end)
        self._ears = selectors.DefaultSelector()
        self._ears.register(self._answers, selectors.EVENT_READ)
        self._ears.register(self._errors, selectors.EVENT_READ)
        self._said, self._words = bytearray(), bytearray()
        self._asked = 0

    def measure(self, path: bytes, patience: float) -> dict[str, Any]:
        """What it says of the file.

        Raises:
            WorkerDied: it ended, or had to be ended.
            Unreadable: what it said makes no sense.
            Invalid: it does not understand the options.
            Broken: the installation lacks something, for every file.
        """
        self._asked += 1
        with suppress(BrokenPipeError):  # then it ended, and reading says so
            os.write(self._ask, path + b"\0")
        line = self._line(time.monotonic() + patience, patience)
        try:
            return msgspec.json.decode(line, type=dict[str, Any])
        except Exception as error:
            raise Unreadable("what measuring it said was not understood; is it damaged?") from error

    def _line(self, end: float, patience: float) -> bytes:
        while (stop := self._said.find(b"\n")) < 0:
            if (left := end - time.monotonic()) <= 0:
                raise WorkerDied(f"measuring took more than {patience:g} seconds and was ended")
            if len(self._said) > LONGEST:
                raise Unreadable("measuring it said too much; is it damaged?")
            self._listen(left)
        line = bytes(self._said[:stop])
        del self._said[: stop + 1]
        return line

    def _listen(self, seconds: float) -> None:
        for key, _ in self._ears.select(seconds):
            data = os.read(key.fd, CHUNK)
            if key.fd == self._errors:
                self._hear(data)
            elif data:
                self._said += data
            else:
                raise self._obituary()

    def _hear(self, data: bytes) -> None:
        self._words = (self._words + data)[-LAST:]
        if not data:
            self._ears.unregister(self._errors)

    def _obituary(self) -> TrackerError:
        """How it ended, and its last words."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(LEAVING)
        os.set_blocking(self._errors, False)
        with suppress(BlockingIOError):
            self._hear(os.read(self._errors, LAST) or b"\n")
        last = last_line(self._words) or f"code {self._process.returncode}"
        if last.startswith(BROKEN):
            return Broken(last.removeprefix(BROKEN))
        match self._process.returncode:
            case os.EX_USAGE | 2 if self._asked == 1:
                return Invalid(last)
            case int(code) if code < 0:
                return WorkerDied(f"measuring it ended the process with signal {-code}")
        return WorkerDied(f"measuring it ended the process: {last}")

    def end(self) -> None:
        """Let it go, or make it: what still runs was given up."""
        self._process.kill()
        self._process.wait()
        self._ears.close()
        for end in (self._ask, self._answers, self._errors):
            os.close(end)

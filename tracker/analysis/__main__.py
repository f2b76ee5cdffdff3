"""`python -m tracker.analysis [--features a,b] [--tempo-range A-B]`: the caged child of `tracker measure`.

Paths, each ended by NUL, come in on stdin; for each one line of JSON goes out. Unknown is absent.
"""

from __future__ import annotations

import argparse
import base64
import os
import stat
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO

import msgspec

from tracker import cage
from tracker.analysis import analyse, known
from tracker.errors import Invalid, TrackerError, Unreadable
from tracker.model.tempi import ALL, Tempi
from tracker.report import fields
from tracker.text import clean

LIMITS = cage.Limits(memory=2048 * cage.MIB, cpu=1200)
LONGEST_PATH = 1 << 16
"""Bytes; no file system has longer ones."""


def main() -> int:
    cage.die_with_parent(os.getppid())
    try:
        wanted, tempi = _told()
    except Invalid as error:
        print(error, file=sys.stderr)
        return 2
    _keep_to_one_thread()
    answers = _answers()
    # It opens the files itself, so it may read; it may not write, connect or start anything.
    cage.enter(LIMITS, readable=(b"/",))
    for path in paths(0):
        line = msgspec.json.encode(answer(path, wanted, tempi)) + b"\n"
        try:
            answers.write(line)
            answers.flush()
        except BrokenPipeError:  # nobody reads any more
            return 0
    return 0


def _told() -> tuple[list[str], Tempi]:
    parser = argparse.ArgumentParser(prog="python -m tracker.analysis", description=__doc__)
    parser.add_argument("--features", help="comma-separated; all of them where not given")
    parser.add_argument("--tempo-range", type=Tempi.parse, default=ALL, metavar="A-B", help="BPM")
    given = parser.parse_args()
    some = given.features
    return known(some and [name for name in some.split(",") if name]), given.tempo_range


def _keep_to_one_thread() -> None:
    """The cage closes around one thread; numpy's library starts more as it is loaded."""
    if len(os.listdir("/proc/self/task")) > 1 and os.environ.get("OMP_NUM_THREADS") != "1":
        one = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
        command = [sys.executable, "-m", "tracker.analysis", *sys.argv[1:]]
        os.execve(sys.executable, command, {**os.environ, **one})  # noqa: S606


def _answers() -> BinaryIO:
    """The real stdout; what a C library prints to descriptor 1 goes to stderr from now on."""
    ours = os.dup(1)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return os.fdopen(ours, "wb")


def paths(source: int) -> Iterator[bytes]:
    """What stands between the NULs, until the stream ends."""
    rest = b""
    while piece := os.read(source, 1 << 16):
        *whole, rest = (rest + piece).split(b"\0")
        yield from filter(None, whole)
        if len(rest) > LONGEST_PATH:
            raise SystemExit(f"a path of more than {LONGEST_PATH} bytes is none")
    if rest:
        yield rest


def answer(path: bytes, wanted: list[str], tempi: Tempi = ALL) -> dict[str, Any]:
    """What is found in the file at *path*, or why nothing is."""
    shown = clean(path)
    line: dict[str, Any] = {"path": shown}
    if shown.encode() != path:
        line["path_raw"] = base64.b64encode(path).decode()
    cage.per_job(LIMITS)
    try:
        with regular(path) as file:
            return line | fields(analyse(file, path, wanted, tempi))
    except TrackerError as error:
        return line | {"error": str(error)}
    except MemoryError:
        return line | {"error": f"{shown} needs more memory than one file may take"}
    except Exception as error:  # one file must not end the others
        return line | {"error": f"{shown} cannot be measured: {clean(repr(error))}"}
    finally:
        cage.between_jobs()


def regular(path: bytes) -> BinaryIO:
    """The file at *path*, opened for reading. Raises Unreadable for a pipe, a device, a folder."""
    shown = clean(path.rpartition(b"/")[2])
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise Unreadable(f"{shown} cannot be opened: {why}") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise Unreadable(f"{shown} is no regular file; name one that is")
    return os.fdopen(descriptor, "rb", buffering=0)


if __name__ == "__main__":
    sys.exit(main())

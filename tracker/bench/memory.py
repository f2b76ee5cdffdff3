"""Memory as proportional share (PSS): what a process shares with others counts in parts."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tracker.bench import gauge
from tracker.bench.figure import Figure, Goal
from tracker.bench.private import Private
from tracker.bench.stage import Stage
from tracker.errors import TrackerError

ONE_WORKER = "[watch]\nsettle = 0.2\n[workers]\ncount = 1\n"
STEP = 0.02  # s, between two looks at a worker
HOURS = 4


def run(stage: Stage) -> Iterator[Figure]:
    rows = f"{stage.size.rows:,} tracks"
    pid = stage.running.pid
    yield Figure(f"daemon, {rows}, just at rest", stage.fresh, "MB", Goal("<", 250))
    yield Figure(f"daemon, {rows}, now", gauge.pss(pid), "MB", Goal("<", 250))
    piece = stage.sounds["mp3"]
    yield from worker(stage, piece, f"a piece of {stage.size.seconds:g} s", Goal("<", 200))
    if stage.size.long:
        whole = long_piece(piece, stage.folder / "long.mp3", HOURS * 3600 / stage.size.seconds)
        yield from worker(stage, whole, f"a recording of {HOURS} hours", Goal("<", 400))


def worker(stage: Stage, piece: Path, what: str, goal: Goal) -> Iterator[Figure]:
    """The only worker of a daemon, while it measures that file and after it."""
    with Private(stage.folder / f"one-worker-{piece.stem}", ONE_WORKER) as private:
        private.start(private.music)
        private.call("settled")
        template, pid = workers(private)
        fresh = gauge.pss(pid)
        with highest(pid) as most:
            shutil.copyfile(piece, private.music / piece.name)
            private.call("settled")
        [row] = private.call("tracks.page").rows
        if not row.measured or workers(private)[1] != pid:
            raise TrackerError(f"{piece.name} was not measured: {row.complaint}")
        yield Figure("template, which workers share", gauge.pss(template), "MB")
        yield Figure("worker, new", fresh, "MB")
        yield Figure(f"worker, at most over {what}", max(most, default=None), "MB", goal)
        yield Figure(f"worker, after {what}", gauge.pss(pid), "MB", goal)


def workers(private: Private) -> tuple[int, int]:
    """The template and the worker it forked."""
    for template in gauge.children(private.pid):
        for worker in gauge.children(template):
            return template, worker
    raise TrackerError("no worker process can be seen; is /proc mounted?")


@contextmanager
def highest(pid: int) -> Iterator[list[float]]:
    """What its memory was meanwhile, looked at every few milliseconds."""
    seen: list[float] = []
    over = threading.Event()

    def look() -> None:
        while not over.wait(STEP):
            if (now := gauge.pss(pid)) is not None:
                seen.append(now)

    looker = threading.Thread(target=look)
    looker.start()
    try:
        yield seen
    finally:
        over.set()
        looker.join()


def long_piece(piece: Path, target: Path, times: float) -> Path:
    """The same MP3 so many times, without what stands before its frames."""
    data = piece.read_bytes()
    sound = data[data.rindex(b"LAME", 0, 1 << 16) :]
    frames = sound[sound.index(b"\xff\xfb") :]
    with target.open("wb") as file:
        for _ in range(round(times)):
            file.write(frames)
    return target

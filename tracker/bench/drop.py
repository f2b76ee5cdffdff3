"""From a file that was copied into a watched folder to its row."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from tracker.bench.figure import Figure, Floor, Goal
from tracker.bench.private import Private, until
from tracker.bench.stage import Stage
from tracker.config import Config
from tracker.errors import TrackerError
from tracker.model import TrackRow
from tracker.rpc.call import Caller

PATIENCE = 120.0
SETTLE = 0.1


def run(stage: Stage) -> Iterator[Figure]:
    """One file after the other, with the configuration that nobody changed."""
    settle = Floor("the file must rest for", Config().watch.settle)
    length, pieces = f"{stage.size.seconds} s", list(stage.sounds.values())[: stage.size.repeats]
    yield Figure("start of the daemon to the first measured row", cold(stage), "s", Goal("<", 5))
    with Private(stage.folder / "drop") as private:
        private.start(private.music)
        private.call("settled")
        shown, measured = zip(*(dropped(private, piece) for piece in pieces), strict=True)
    yield Figure("copied until it has a row: median", median(shown), "s", floor=settle)
    yield Figure(f"copied until it is measured ({length} each): median", median(measured), "s")


def cold(stage: Stage) -> float:
    """Seconds, with a file that has lain there at rest."""
    with Private(stage.folder / "cold", f"[watch]\nsettle = {SETTLE}\n") as private:
        shutil.copyfile(stage.sounds["mp3"], private.music / "piece.mp3")
        time.sleep(10 * SETTLE)
        start = time.monotonic()
        private.start(private.music)
        with private.caller() as caller:
            until(lambda: is_measured(caller, new(caller, 0)), patience=PATIENCE)
        return time.monotonic() - start


def dropped(private: Private, piece: Path) -> tuple[float, float]:
    """Seconds from the end of the copying to the row, and to the measured row."""
    with private.caller() as caller:
        before = caller.call("tracks.page", limit=1).total
        shutil.copyfile(piece, private.music / piece.name)
        start = time.monotonic()

        until(lambda: new(caller, before), patience=PATIENCE)
        shown = time.monotonic()
        until(lambda: is_measured(caller, new(caller, before)), patience=PATIENCE)
        return shown - start, time.monotonic() - start


def is_measured(caller: Caller, rows: list[TrackRow]) -> bool:
    """Raises TrackerError where they will never be."""
    faults = [row.complaint for row in rows if not row.measured]
    for fault in (*faults, caller.call("status").complaint):
        if fault:
            raise TrackerError(f"the piece could not be measured: {fault}")
    return any(row.measured for row in rows)


def new(caller: Caller, before: int) -> list[TrackRow]:
    """The row that came last, where there are more than *before*."""
    page = caller.call("tracks.page", sort="-added", limit=1)
    return list(page.rows) if page.total > before else []

"""Looking through a library in which nothing changed."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from tracker.bench import gauge
from tracker.bench.figure import Figure, Floor, Goal
from tracker.bench.stage import Stage

SCANS = 3


def run(stage: Stage) -> Iterator[Figure]:
    private, root = stage.running, stage.roots[0]
    path = os.fsencode(root)
    bare = min(gauge.seconds(lambda: walk(root)) for _ in range(SCANS))
    wall, cpu, files = [], [], 0
    with private.caller() as caller:
        before = caller.call("status")
        for _ in range(SCANS):
            started = gauge.cpu(private.pid)
            start = time.perf_counter()
            files = caller.call("roots.scan", path, deadline=600).files
            wall.append(time.perf_counter() - start)
            cpu.append(gauge.cpu(private.pid) - started)
        after, queue = caller.call("status"), caller.call("jobs.page", limit=1).total
    folders = sum(1 for _ in os.walk(root))
    what = f"{files:,} files in {folders:,} folders"
    taken = median(wall)
    yield Figure(f"{what}: wall", taken, "s", Goal("<", 3), Floor("scandir and stat alone", bare))
    yield Figure(f"{what}: CPU of the daemon", median(cpu), "s")
    yield Figure("files looked at", files / taken, "files/s")
    yield Figure("jobs queued by it", queue, "jobs", Goal("=", 0))
    changed = abs(after.files - before.files) + abs(after.missing - before.missing)
    yield Figure("files that changed their state", changed, "files", Goal("=", 0))
    yield Figure("start of the daemon until it answers", stage.answered, "s")
    yield Figure("start of the daemon until it is at rest, both roots", stage.rested, "s")


def walk(root: Path) -> int:
    """What every look must do at least."""
    folders, count = [os.fsencode(root)], 0
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                else:
                    entry.stat(follow_symlinks=False)
                    count += 1
    return count

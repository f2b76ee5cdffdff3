"""Reading a file for good: its hashes, and what it says of itself."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from tracker.bench import gauge
from tracker.bench.figure import Figure, Floor
from tracker.bench.stage import Stage

BEST_OF = 5


def run(stage: Stage) -> Iterator[Figure]:
    from tracker.files import tags
    from tracker.files.identity import identify

    for kind, path in stage.sounds.items():
        size = path.stat().st_size / gauge.MB
        plain, hashed = best(path, sha256), best(path, identify)
        floor = Floor("SHA-256 of the same bytes", size / plain)
        yield Figure(f"{kind}: hashes ({size:.3g} MB)", size / hashed, "MB/s", floor=floor)
        yield Figure(f"{kind}: tags", 1 / best(path, tags.read), "files/s")


def best(path: Path, work: Callable[[BinaryIO], object]) -> float:
    """The least time that *work* takes on the opened file."""

    def once() -> None:
        with path.open("rb", buffering=0) as file:
            work(file)

    return min(gauge.seconds(once) for _ in range(BEST_OF))


def sha256(file: BinaryIO) -> str:
    return hashlib.sha256(file.read()).hexdigest()

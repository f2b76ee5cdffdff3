"""What measuring costs, beside decoding the same file, which nobody can do without.

`python -m tracker.bench.measure FILE ...` is the process that does it, on one thread.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

from tracker.bench.figure import Figure, Floor, Goal
from tracker.bench.private import HOUSE
from tracker.bench.stage import Stage
from tracker.errors import Unreadable

BEST_OF = 3
MOST = 2.5
"""Times decoding that everything together may cost, said of MP3: decoding WAV costs nothing."""
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class Cost(NamedTuple):
    """Of one file, in seconds; `decode` and `measure` are of CPU."""

    length: float
    decode: float
    measure: float
    wall: float
    """Of measuring."""


class Spent(NamedTuple):
    cpu: float
    wall: float


def run(stage: Stage) -> Iterator[Figure]:
    sounds = stage.sounds
    for kind, cost in zip(sounds, costs(sounds.values()), strict=True):
        minutes = cost.length / 60
        decode, measure = cost.decode / minutes, cost.measure / minutes
        floor = Floor("decoding alone", decode)
        goal = Goal("<", MOST * decode) if kind == "mp3" else None
        yield Figure(f"{kind}: CPU a minute of music", measure, "s", goal, floor)
        yield Figure(f"{kind}: faster than it plays", cost.length / cost.wall, "times")
        tracks = 60 / (5 * measure)
        yield Figure(f"{kind}: 5-minute tracks a minute and core", tracks, "tracks", Goal(">", 75))


def costs(paths: Collection[Path]) -> Iterator[Cost]:
    """What each file costs, as a process of its own tells."""
    with subprocess.Popen(
        [sys.executable, "-m", "tracker.bench.measure", *map(str, paths)],
        env=os.environ | ONE_THREAD, cwd=HOUSE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout  # noqa: S101
        for line in process.stdout:
            yield Cost(*json.loads(line))


def main() -> None:
    for name in sys.argv[1:]:
        print(json.dumps(cost(Path(name))), flush=True)


def cost(path: Path) -> Cost:
    """The least of several runs, by turns, so that a busy machine is busy for both."""
    from tracker.analysis import analyse

    with path.open("rb", buffering=0) as file:
        length = decoded(file)
        decode, measure = [], []
        for _ in range(BEST_OF):
            decode.append(spent(lambda: decoded(file)))
            measure.append(spent(lambda: analyse(file, path.name.encode())))
    wall = min(one.wall for one in measure)
    return Cost(length, min(one.cpu for one in decode), min(one.cpu for one in measure), wall)


def spent(work: Callable[[], object]) -> Spent:
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return Spent(time.process_time() - cpu, time.perf_counter() - wall)


def decoded(file: BinaryIO) -> float:
    """Decode it as measuring does, and do nothing with it; its length in seconds."""
    from tracker.analysis.decode import CannotDecode, Libav, Libsndfile, unbuffered

    for decoder in (Libsndfile, Libav):
        with suppress(CannotDecode), unbuffered(file) as handle, decoder(handle) as sound:
            return sum(map(len, sound.blocks())) / sound.rate
    raise Unreadable("a piece that we made ourselves cannot be decoded")


if __name__ == "__main__":
    main()

"""What measuring costs, beside decoding the same file, which nobody can do without.

`python -m tracker.bench.cost FILE ...` is the process that does it, on one thread.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple
from unittest import mock

from tracker import demo
from tracker.bench import sounds
from tracker.bench.answers import ONE_THREAD
from tracker.bench.decoder import opened
from tracker.bench.figure import Figure, Floor, Goal, Table
from tracker.bench.private import HOUSE
from tracker.bench.stopwatch import Stopwatch
from tracker.bench.truth import Truth

BEST_OF = 5
MOST = 2.5
"""Times decoding that everything together may cost, said of MP3: decoding WAV costs nothing."""
MINUTES = 5
SAME = ("duration", "tempo", "beats", "key", "energy", "timbre", "fingerprint")
"""What the prototype measured too: its loudness had no true peak."""
LEAST = 0.0001
"""Seconds for a minute of music, below which a stage is not told."""
TRACKS = 75
"""Of five minutes that a core is to measure in one."""


class Cost(NamedTuple):
    """Of one file, in seconds; all but `length` and `wall` are of CPU."""

    length: float
    decode: float
    measure: float
    same: float
    """Of measuring only what the prototype measured too."""
    wall: float
    """Of measuring."""
    stages: dict[str, float]
    """By the part of the pass, and the feature, that took them."""

    @property
    def ratio(self) -> float:
        """Of measuring to decoding."""
        return self.measure / self.decode


class Spent(NamedTuple):
    cpu: float
    wall: float


def figures(kind: str, cost: Cost) -> Iterator[Figure]:
    minutes = cost.length / 60
    decode, measure = cost.decode / minutes, cost.measure / minutes
    floor = Floor("decoding alone", decode)
    goal = Goal("<", MOST * decode) if kind == "mp3" else None
    yield Figure(f"{kind}: CPU a minute of music", measure, "s", goal, floor)
    yield Figure(f"{kind}: faster than it plays", cost.length / cost.wall, "times")
    yield Figure(f"{kind}: 5-minute tracks a minute and core", tracks(cost), "tracks",
                 Goal(">", TRACKS))  # fmt: skip


def tracks(cost: Cost) -> float:
    """Pieces of five minutes that one core measures in a minute."""
    return cost.length / (MINUTES * cost.measure)


def table(costs: dict[str, Cost]) -> Table:
    """Milliseconds of CPU for a minute of music, by stage and format."""
    each = list(costs.values())
    first = each[0].stages
    least = LEAST * each[0].length / 60
    names = sorted((n for n in first if first[n] >= least), key=lambda n: -first[n])
    rows: list[tuple[str | float, ...]] = [
        (name, *(60_000 * one.stages.get(name, 0.0) / one.length for one in each)) for name in names
    ]
    sums: dict[str, list[float]] = {
        "all stages, watched": [sum(one.stages.values()) for one in each],
        "measured without a watch": [one.measure for one in each],
        "decoding alone": [one.decode for one in each],
    }
    for name, seconds in sums.items():
        minutes = [one.length / 60_000 for one in each]
        rows.append((name, *(cpu / long for cpu, long in zip(seconds, minutes, strict=True))))
    rows.append(("measured / decoding alone", *(one.ratio for one in each)))
    title = "CPU milliseconds a minute of music, by stage (mono is the resampling)"
    return Table(title, ("stage", *costs), rows)


def music(costs: dict[str, Cost]) -> Table:
    """What recordings cost, by their source, and their mean."""
    told = {}
    for source, one in costs.items():
        decode, measure = (60_000 * cpu / one.length for cpu in (one.decode, one.measure))
        told[source] = (decode, measure, one.ratio, one.same / one.decode, tracks(one))
    told["mean"] = tuple(sum(column) / len(told) for column in zip(*told.values(), strict=True))
    columns = (
        *("source", "decoding, ms a minute", "measuring", "ratio"),
        *("of what the prototype did", "tracks a minute and core"),
    )
    title = f"cost of music: of each source one as an MP3 of {MINUTES} minutes at 320 kbit/s"
    return Table(title, columns, [(source, *values) for source, values in told.items()])


def recordings(corpus: Path, rows: Sequence[Truth], folder: Path) -> Iterator[tuple[str, Path]]:
    """The first of each source that has the usual rate, again and again until it is long enough.

    What a decoder has to do depends on what is heard: it skips what is not there, and made sound
    is thinner than music. So this goal is judged on music.
    """
    import numpy as np

    firsts = {row.set: row for row in reversed(rows)}
    for number, (source, first) in enumerate(firsts.items()):
        with (corpus / first.path).open("rb", buffering=0) as file, opened(file) as sound:
            whole = np.concatenate([np.zeros((0, sound.channels), np.float32), *sound.blocks()])
            if sound.rate != demo.RATE or not len(whole):
                continue
        stereo = np.clip(whole[:, [0, -1]], -1, 1)
        length = round(MINUTES * 60 * demo.RATE)
        path = folder / f"{number}.mp3"
        sounds.write_mp3(path, np.tile(stereo, (-(-length // len(stereo)), 1))[:length])
        yield source, path


def costs(paths: Collection[Path]) -> Iterator[Cost]:
    """What each file costs, as a process of its own tells."""
    with subprocess.Popen(
        [sys.executable, "-m", "tracker.bench.cost", *map(str, paths)],
        env=os.environ | ONE_THREAD, cwd=HOUSE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout  # noqa: S101
        for line in process.stdout:
            yield Cost(*json.loads(line))


def main() -> None:
    for name in sys.argv[1:]:
        print(json.dumps(cost(Path(name))), flush=True)


def cost(path: Path) -> Cost:
    """The least of several runs, by turns, so that a busy machine is busy for all."""
    from tracker.analysis import analyse, versions

    able = [name for name in SAME if name in versions()]  # a fingerprint needs libchromaprint
    with path.open("rb", buffering=0) as file:
        length = decoded(file)
        decode, measure, same, watched = [], [], [], []
        for _ in range(BEST_OF):
            decode.append(spent(partial(decoded, file)))
            measure.append(spent(lambda: analyse(file, path.name.encode())))
            same.append(spent(lambda: analyse(file, path.name.encode(), able)))
            watched.append(stages(file, path.name.encode()))
    wall = min(one.wall for one in measure)
    least = min(watched, key=lambda one: sum(one.values()))
    decoding, all_, few = (min(one.cpu for one in each) for each in (decode, measure, same))
    return Cost(length, decoding, all_, few, wall, least)


def stages(file: BinaryIO, name: bytes) -> dict[str, float]:
    """Seconds of CPU of each stage, in a run that is watched."""
    from tracker import analysis
    from tracker.analysis import audio, decode

    watch = Stopwatch()
    make = audio.Pass

    def passing(*args: Any, **kwargs: Any) -> audio.Pass:
        flow = make(*args, **kwargs)
        watch.watch(flow, "pass")
        return flow

    def watched(decoder: Any) -> Any:
        return mock.patch.object(decoder, "blocks", watch.timed("decoding", decoder.blocks))

    with (
        mock.patch.object(audio, "Pass", passing),
        watched(decode.Libsndfile),
        watched(decode.Libav),
        mock.patch.dict(
            analysis.FEATURES,
            {
                name: _Watched(feature, watch.timed(f"feature: {name}", feature.measure))
                for name, feature in analysis.FEATURES.items()
            },
        ),
    ):
        watch.timed("the rest", analysis.analyse)(file, name)
    return watch.spent


class _Watched(NamedTuple):
    feature: Any
    measure: Callable[..., Any]

    @property
    def VERSION(self) -> int:  # noqa: N802
        return int(self.feature.VERSION)


def spent(work: Callable[[], object]) -> Spent:
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return Spent(time.process_time() - cpu, time.perf_counter() - wall)


def decoded(file: BinaryIO) -> float:
    """Decode it as measuring does, and do nothing with it; its length in seconds."""
    with opened(file) as sound:
        return sum(map(len, sound.blocks())) / sound.rate


if __name__ == "__main__":
    main()

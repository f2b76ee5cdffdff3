"""What a call over the socket costs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial

from tracker.bench import gauge
from tracker.bench.figure import Figure
from tracker.bench.stage import Stage

CALLS = 50
"""For each repeat."""


def run(stage: Stage) -> Iterator[Figure]:
    count = CALLS * stage.size.repeats
    with stage.running.caller() as caller:
        track = caller.call("tracks.page", limit=1).rows[0].id
        for what, work in {
            "an answer of nothing": partial(caller.call, "jobs.resume"),
            "one track": partial(caller.call, "tracks.get", track),
            "a page of 100 rows": partial(caller.call, "tracks.page", limit=100),
        }.items():
            yield from told(what, work, count)
    yield from told("connect and say hello", lambda: stage.running.caller().close(), count // 10)


def told(what: str, work: Callable[[], object], count: int) -> Iterator[Figure]:
    work()
    start = time.perf_counter()
    taken = [gauge.seconds(work) * gauge.MILLISECONDS for _ in range(count)]
    whole = time.perf_counter() - start
    yield Figure(f"{what}: p50", gauge.percentile(taken, 50), "ms")
    yield Figure(f"{what}: p99", gauge.percentile(taken, 99), "ms")
    yield Figure(f"{what}: one after the other", count / whole, "calls/s")

"""Finding tracks: typical queries, in several orders, at several places of the list."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from tracker.bench import gauge
from tracker.bench.figure import Figure, Goal
from tracker.bench.stage import Stage
from tracker.model import Page, TrackRow

QUERIES = (
    "", "n", "de", "night", "night dub", '"deep sun"', "night -dub", "-night", "harbour", "zen lo",
    "östra", "nothingiscalledso",
)  # fmt: skip
"""What is typed on the way to a track: letters, words, a phrase, exclusions, nothing."""
SORTS = ("title", "-bpm", "key")
WINDOW = 514
"""Rows the library screen reads of a new list."""
ROUNDS = 3
GOAL = Goal("<", 50)
Ask = Callable[..., Page[TrackRow]]


class Asked(NamedTuple):
    query: str
    sort: str
    place: str
    """"start", "middle" or "end" of the list."""

    def __str__(self) -> str:
        return f"{self.query!r} by {self.sort} at the {self.place}"


def run(stage: Stage) -> Iterator[Figure]:
    rows = stage.size.rows
    with stage.running.caller() as caller:
        yield from told(f"{rows:,} tracks, over the socket", times(caller_of(caller)), GOAL)
    for count in (rows // 100, rows // 10):
        yield from in_store(f"{count:,} tracks, in the store", smaller(stage, count))
    yield from in_store(f"{rows:,} tracks, in the store", stage.running.catalogue, GOAL)


def caller_of(caller: Any) -> Ask:
    return lambda query, **how: caller.call("tracks.page", query, **how)


def in_store(what: str, catalogue: Path, goal: Goal | None = None) -> Iterator[Figure]:
    from tracker.store import tracks
    from tracker.store.database import open_for_reading

    db = open_for_reading(catalogue)
    try:
        yield from told(what, times(lambda query, **how: tracks.page(db, query, **how)), goal)
    finally:
        db.close()


def smaller(stage: Stage, count: int) -> Path:
    """A catalogue of *count* tracks."""
    from tracker.bench.library import fill
    from tracker.store.database import open_for_writing

    private = stage.private(f"library-{count}")
    db = open_for_writing(private.catalogue)
    try:
        fill(db, private.music, count)
    finally:
        db.close()
    return private.catalogue


def times(ask: Ask) -> dict[Asked, list[float]]:
    """Milliseconds of every answer."""
    taken: dict[Asked, list[float]] = defaultdict(list)
    for query in QUERIES:
        total = ask(query, limit=1).total
        middle, end = max(0, total // 2 - WINDOW // 2), max(0, total - WINDOW)
        for sort in SORTS:
            for place, offset in {"start": 0, "middle": middle, "end": end}.items():
                once = partial(ask, query, sort=sort, offset=offset, limit=WINDOW)
                taken[Asked(query, sort, place)] += [
                    gauge.seconds(once) * gauge.MILLISECONDS for _ in range(ROUNDS)
                ]
    return taken


def told(what: str, taken: dict[Asked, list[float]], goal: Goal | None) -> Iterator[Figure]:
    whole = [value for values in taken.values() for value in values]
    first = [value for asked, values in taken.items() if asked.place == "start" for value in values]
    yield Figure(f"{what}: p50", gauge.percentile(whole, 50), "ms")
    yield Figure(f"{what}: p95", gauge.percentile(whole, 95), "ms", goal)
    yield Figure(f"{what}: p95 at the start of the list", gauge.percentile(first, 95), "ms", goal)
    slowest = max(taken, key=lambda asked: median(taken[asked]))
    yield Figure(f"{what}: slowest", median(taken[slowest]), "ms", note=str(slowest))

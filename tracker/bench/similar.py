"""What it takes to look at one track of many: its panel, what sounds alike, what that suggests."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

from tracker.bench import gauge
from tracker.bench.figure import Figure, Goal
from tracker.bench.stage import Stage

GOAL, ALIKE = Goal("<", 200), Goal("<", 30)
ROUNDS = 5
"""Tracks asked about for each repeat."""
ASKED = 3
"""Tracks in one question."""


def run(stage: Stage) -> Iterator[Figure]:
    rows = stage.size.rows
    with stage.running.caller() as caller:
        some = caller.call("tracks.page", limit=1_000).rows
        ids = [row.id for row in some]
        unlabelled = [row.id for row in some if row.genre is None] or ids
        chance = random.Random(1)
        questions: list[tuple[str, Goal, Callable[[], Any]]] = [
            ("what sounds alike", ALIKE,
             lambda: caller.call("tracks.similar", (chance.choice(ids),))),
            (f"what sounds like {ASKED} tracks", ALIKE,
             lambda: caller.call("tracks.similar", tuple(chance.sample(ids, ASKED)))),
            ("where a track stands", GOAL,
             lambda: caller.call("tracks.standing", chance.choice(ids))),
            ("what its neighbours suggest", GOAL,
             lambda: caller.call("tracks.suggested", chance.choice(unlabelled))),
            ("all that was measured of it", GOAL,
             lambda: caller.call("tracks.heard", chance.choice(ids))),
        ]  # fmt: skip
        for what, goal, ask in questions:
            ask()  # the first reads from the disk
            taken = [
                gauge.seconds(ask) * gauge.MILLISECONDS for _ in range(ROUNDS * stage.size.repeats)
            ]
            yield Figure(f"{what}, {rows:,} tracks: p50", gauge.percentile(taken, 50), "ms")
            yield Figure(f"{what}, {rows:,} tracks: p95", gauge.percentile(taken, 95), "ms", goal)

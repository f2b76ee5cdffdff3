"""How long it takes until someone who types `tracker` sees the library."""

from __future__ import annotations

import os
from collections.abc import Iterator
from statistics import median
from typing import NamedTuple

from tracker.bench import gauge
from tracker.bench.figure import Figure, Goal
from tracker.bench.private import Private
from tracker.bench.stage import Stage
from tracker.bench.terminal import terminal

STARTS = 7
LETTERS = 10
"""So much of the first title is looked for; the column may have no room for all of it."""
SCRIPT = """
import os, sys, time
from contextlib import asynccontextmanager
import tracker.rpc

descriptor = int(sys.argv.pop())

@asynccontextmanager
async def connect(*arguments, **options):
    from tracker.rpc.client import connect
    async with connect(*arguments, **options) as api:
        os.write(descriptor, repr(time.monotonic()).encode())
        yield api

tracker.rpc.connect = connect
from tui.cli import main
main([])
"""


class Start(NamedTuple):
    """Seconds, in the order in which they pass."""

    to_connect: float
    to_byte: float
    to_row: float


def run(stage: Stage) -> Iterator[Figure]:
    private = stage.running
    title = private.call("tracks.page", limit=1).rows[0].title[:LETTERS].encode()
    count = min(STARTS, stage.size.repeats)
    starts = [start(private, title) for _ in range(count + 1)][1:]
    after = [one.to_row - one.to_connect for one in starts]
    yield Figure("connected until the first row: median", ms(after), "ms", Goal("<", 300))
    yield Figure("connected until the first row: most", max(after) * 1_000, "ms", Goal("<", 300))
    yield Figure("exec until connected", ms([one.to_connect for one in starts]), "ms")
    yield Figure("exec until the first byte", ms([one.to_byte for one in starts]), "ms")
    yield Figure("exec until the first row", ms([one.to_row for one in starts]), "ms")


def ms(values: list[float]) -> float:
    return median(values) * gauge.MILLISECONDS


def start(private: Private, title: bytes) -> Start:
    with terminal(private, SCRIPT) as screen:
        to_byte = screen.until(b"") - screen.began
        to_row = screen.until(title) - screen.began
        to_connect = float(os.read(screen.reports, 64)) - screen.began
    return Start(to_connect, to_byte, to_row)

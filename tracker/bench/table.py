"""Moving through the whole library: how long a picture takes, and how many bytes a key costs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle
from statistics import median
from typing import NamedTuple

from tracker.bench import gauge
from tracker.bench.figure import Figure, Goal
from tracker.bench.paint import LETTERS
from tracker.bench.stage import Stage
from tracker.bench.terminal import COLUMNS, Terminal, Written, terminal

GOAL = Goal("<", 16)
WIDTH = "a new width"  # is no scrolling
QUIET = 0.15  # s without a byte, until the answer to a key is complete, that of the panel included
SCRIPT = """
import asyncio.events, json, os, sys, time
from textual.screen import Screen

descriptor, told = int(sys.argv.pop()), []

def timed(kind, owner, name):
    real = getattr(owner, name)
    def measured(self):
        start, cpu = time.monotonic(), time.thread_time()
        try:
            return real(self)
        finally:
            wall = time.monotonic() - start
            if wall > 2e-4:
                told.append((kind, start, wall, time.thread_time() - cpu))
    setattr(owner, name, measured)

timed("turn", asyncio.events.Handle, "_run")
timed("frame", Screen, "_on_timer_update")
from tui.cli import main
main([])
os.write(1, b"gone")
data = memoryview(json.dumps(told).encode())
while data:
    data = data[os.write(descriptor, data):]
"""
"""A turn is all that the event loop does without looking up; a frame is layout, lines and writing."""


class Turn(NamedTuple):
    kind: str
    start: float
    wall: float
    cpu: float


class Act(NamedTuple):
    """Something was done at the keyboard."""

    start: float
    end: float
    written: Written


def run(stage: Stage) -> Iterator[Figure]:
    title = stage.running.call("tracks.page", limit=1).rows[0].title[:LETTERS].encode()
    count = stage.size.repeats
    done: dict[str, list[Act]] = {}
    with terminal(stage.running, SCRIPT) as screen:
        screen.until(title)
        screen.rest(1.0)
        for what, acts in actions(screen).items():
            done[what] = []
            for act in [act for act, _ in zip(cycle(acts), range(count), strict=False)]:
                start, written = time.monotonic(), act()
                done[what].append(Act(start, time.monotonic(), written))
        screen.press(b"q", 0.0)
        turns = [Turn(*one) for one in json.loads(screen.reported())]
    for what, told in done.items():
        yield from figures(what, told, turns)


def actions(screen: Terminal) -> dict[str, list[Callable[[], Written]]]:
    """By turns: a jump to where we are draws nothing."""
    press = partial(screen.press, quiet=QUIET)
    return {
        "a row down": [partial(press, b"j")],
        "a page down": [partial(press, b"\x1b[6~")],
        "to the last and the first": [partial(press, b"G"), partial(press, b"g")],
        WIDTH: [partial(screen.resize, COLUMNS + more, QUIET) for more in (20, 0)],
    }


def figures(what: str, acts: list[Act], turns: list[Turn]) -> Iterator[Figure]:
    frames: list[Turn] = []
    held: list[Turn] = []
    busy = []
    for act in acts:
        mine = [turn for turn in turns if act.start <= turn.start < act.end]
        frames += [turn for turn in mine if turn.kind == "frame"]
        loop = [turn for turn in mine if turn.kind == "turn"]
        held += loop
        busy.append(sum(turn.cpu for turn in loop))
    goal = None if what == WIDTH else GOAL
    yield Figure(f"{what}: frame, median", ms(median(turn.cpu for turn in frames)), "ms CPU")
    yield most(f"{what}: frame, most", frames, goal)
    yield most(f"{what}: event loop held at a time, most", held, goal)
    yield Figure(f"{what}: event loop busy in all, median", ms(median(busy)), "ms CPU")
    waits = [act.written.first for act in acts]
    yield Figure(f"{what}: first byte after, median", ms(median(waits)), "ms")
    yield Figure(f"{what}: written", median([act.written.size for act in acts]), "bytes")


def most(what: str, turns: list[Turn], goal: Goal | None) -> Figure:
    """By CPU, as other programs on the machine say nothing of ours."""
    wall = f"{ms(max(turn.wall for turn in turns)):.3g} ms by the clock"
    return Figure(what, ms(max(turn.cpu for turn in turns)), "ms CPU", goal, note=wall)


def ms(seconds: float) -> float:
    return seconds * gauge.MILLISECONDS

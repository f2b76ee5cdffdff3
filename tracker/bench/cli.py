"""How long the shell waits for the command line."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from statistics import median

from tracker.bench import gauge
from tracker.bench.figure import Figure, Floor, Goal
from tracker.bench.private import HOUSE, Private
from tracker.bench.stage import Stage

GOAL = Goal("<", 150)
COMMANDS = {
    "python -c pass": ("-c", "pass"),
    "tracker --help": ("-m", "tui.cli", "--help"),
    "tracker status": ("-m", "tui.cli", "status"),
    "tracker search, 20 rows": ("-m", "tui.cli", "search", "night", "--limit", "20"),
}
BARE = "python -c pass"


def run(stage: Stage) -> Iterator[Figure]:
    private = stage.running
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(stage.size.repeats + 1):  # in turns, so that a busy machine is busy for all
        for name, arguments in COMMANDS.items():
            times[name].append(gauge.seconds(partial(ask, private, arguments)))
    floor = median(times[BARE][1:]) * gauge.MILLISECONDS
    for name, taken in times.items():
        if name != BARE:
            warm = [value * gauge.MILLISECONDS for value in taken[1:]]
            yield Figure(f"{name}: median", median(warm), "ms", GOAL, Floor(BARE, floor))
            yield Figure(f"{name}: least", min(warm), "ms", GOAL)


def ask(private: Private, arguments: tuple[str, ...]) -> None:
    subprocess.run(
        [sys.executable, *arguments],
        env=private.environment, cwd=HOUSE, check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip

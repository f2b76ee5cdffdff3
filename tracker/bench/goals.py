"""The goals of measuring, as data; and whether what was measured meets them.

They are said of music that nobody tuned to. Where an interval is known it decides: a goal missed
by the figure but not by all of its interval is neither met nor missed.
"""

from __future__ import annotations

from typing import NamedTuple

from tracker.bench.figure import Cell, Table, number
from tracker.bench.interval import Mean


class Aim(NamedTuple):
    what: str
    sign: str
    """">=" or "<="."""
    bound: float
    percent: bool = False
    before: float | None = None
    """What the prototype reached, in the same unit; nothing may stay behind it."""
    unit: str = ""


AIMS = {
    "sharp": Aim("tempo within 0.05 BPM", ">=", 92, True, 83.8),
    "sharp free": Aim("tempo within 0.05 BPM, octave free", ">=", 99, True, 98.9),
    "acc1": Aim("tempo Acc1 4 %", ">=", 92, True, 83.8),
    "acc2": Aim("tempo Acc2 4 %", ">=", 99.5, True, 98.9),
    "first two": Aim("right octave among the first two answers", ">=", 98, True),
    "tempo behind": Aim("sources on which a peer has a higher Acc1", "<=", 0),
    "beats": Aim("beats, constant tempo: F", ">=", 0.90, False, 0.82),
    "phase": Aim("beats within 10 ms of where they are", ">=", 80, True),
    "off-beat": Aim("grids off the beat", "<=", 4, True, 12),
    "changing": Aim("beats, changing tempo: F", ">=", 0.70, False, 0.55),
    "rubato": Aim("beats, rubato: F", ">=", 0.65, False, 0.46),
    "downbeats": Aim("downbeats, where the metre is known", ">=", 85, True),
    "key": Aim("key exact", ">=", 90, True, 81.4),
    "mirex": Aim("key MIREX", ">=", 0.93, False, 0.870),
    "key behind": Aim("sources on which a peer has a higher MIREX", "<=", 0),
    "false": Aim("confident answers where there is none", "<=", 1, True, 3.5),
    "tempo answered": Aim("music with a tempo that is told", ">=", 99, True),
    "key answered": Aim("music with a key that is told", ">=", 99, True),
    "tempo error": Aim("calibration error of the tempo, corrected", "<=", 0.05),
    "key error": Aim("calibration error of the key, corrected", "<=", 0.05),
    "loudness": Aim("loudness against references, at most", "<=", 0.05, False, 0.11, "LU"),
    "true peak": Aim("true peak against references, at most", "<=", 0.2, unit="dB"),
    "cost": Aim("CPU of measuring an MP3 / of decoding it", "<=", 2.5),
    "same cost": Aim("the same of what the prototype measured", "<=", 2.5, before=2.2),
    "speed": Aim("5-minute MP3s a minute and core", ">=", 75),
    "memory": Aim("worker at most, 10 minutes of music", "<=", 200, unit="MB"),
    "long memory": Aim("worker at most, hours of music", "<=", 400, unit="MB"),
    "cold": Aim("first measured file after a cold start", "<=", 5, unit="s"),
    "new worker": Aim("a new worker later", "<=", 1, unit="s"),
}


class Reached(NamedTuple):
    value: float
    """In per cent where the aim is."""
    low: float | None = None
    high: float | None = None
    note: str = ""

    @classmethod
    def of(cls, mean: Mean | None, note: str = "") -> Reached | None:
        if mean is None:
            return None
        times = 100 if mean.percent else 1
        return cls(times * mean.value, times * mean.low, times * mean.high, note or f"n {mean.n}")


def verdict(aim: Aim, reached: Reached | None) -> str:
    """One of: met, within the interval, missed, not measured."""
    if reached is None:
        return "not measured"
    if _meets(aim, reached.value):
        return "met"
    best = reached.high if aim.sign == ">=" else reached.low
    return "missed" if best is None or not _meets(aim, best) else "within the interval"


def _meets(aim: Aim, value: float) -> bool:
    return value >= aim.bound - 1e-9 if aim.sign == ">=" else value <= aim.bound + 1e-9


def behind(aim: Aim, reached: Reached | None) -> bool:
    """Whether the prototype was ahead."""
    if reached is None or aim.before is None:
        return False
    return reached.value < aim.before if aim.sign == ">=" else reached.value > aim.before


def table(reached: dict[str, Reached | None]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for name, aim in AIMS.items():
        one = reached.get(name)
        unit = "%" if aim.percent else aim.unit
        goal = f"{aim.sign} {aim.bound:g} {unit}".rstrip()
        if one is None:
            rows.append((aim.what, goal, None, "", "", verdict(aim, one), ""))
            continue
        told = f"{one.value:.1f}" if aim.percent else number(one.value)
        span = "" if one.low is None else f"{number(one.low)} to {number(one.high)}"
        before = "" if aim.before is None else f"{aim.before:g}"
        note = "; ".join(
            filter(None, (one.note, "BEHIND THE PROTOTYPE" if behind(aim, one) else ""))
        )
        rows.append((aim.what, goal, told, span, before, verdict(aim, one), note))
    columns = ("goal", "", "reached", "95 %", "prototype", "verdict", "")
    return Table("goals", columns, rows)

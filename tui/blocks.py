"""Pictures in block characters, one string a line; they need no colour. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise

LEVELS = " ▁▂▃▄▅▆▇█"
MOST = 255
"""What a byte of a waveform or a curve has at full scale."""
LOUDEST_LANE = 0.25
"""A lane is drawn as high as it gets, but never more than four times as high as the loudest is."""
SIGNS = {"mix-in": "▸in", "drop": "▾drop", "break": "▾break", "mix-out": "◂out"}
"""How a cue is marked where it stands; the mark alone where there is no room."""


def pooled(values: Sequence[float], width: int) -> list[float]:
    """*width* values for as many equal parts; of several in one part the root mean square."""
    if not values:
        return []
    count, found = len(values), []
    for cell in range(width):
        start = cell * count // width
        part = values[start : max(start + 1, (cell + 1) * count // width)]
        found.append(math.sqrt(sum(value * value for value in part) / len(part)))
    return found


def lane(values: Iterable[float], top: float) -> str:
    """A line of columns, *top* the highest; nothing is blank, and next to nothing is not."""
    return "".join(
        LEVELS[min(8, max(math.ceil(value > 0), round(8 * value / top)))] if top > 0 else " "
        for value in values
    )


def lanes(bands: Sequence[Sequence[float]], width: int) -> list[str]:
    """Several bands over the same time, one line each."""
    pools = [pooled(band, width) for band in bands]
    tops = [max(pool, default=0.0) for pool in pools]
    least = LOUDEST_LANE * max(tops, default=0.0)
    return [lane(pool, max(top, least)) for pool, top in zip(pools, tops, strict=True)]


def place(second: float, length: float, width: int) -> int:
    """The cell in which a time lies."""
    return max(0, min(int(second / length * width), width - 1)) if length > 0 else 0


def ruler(sections: Sequence[tuple[float, str]], length: float, width: int) -> str:
    """Where sections begin, given as (second, name), and what they are called where there is room."""
    cells = ["─"] * width
    starts = [place(start, length, width) for start, _ in sections]
    for (start, end), (_, name) in zip(pairwise([*starts, width - 1]), sections, strict=True):
        room = end - start - 1
        if name and room >= len(name):
            left = (room - len(name)) // 2 + 1
            cells[start + left : start + left + len(name)] = name
        cells[start] = "┼"
    cells[0], cells[-1] = "├", "┤"
    return "".join(cells[:width])


def marks(cues: Sequence[tuple[float, str]], length: float, width: int) -> str:
    """Cues, given as (second, kind), where they lie; the word is left out where it would not fit."""
    cells = [" "] * width
    starts = [place(at, length, width) for at, _ in cues]
    for (start, end), (_, kind) in zip(pairwise([*starts, width + 1]), cues, strict=True):
        sign = SIGNS.get(kind, "▾")
        if start + len(sign) >= end:
            sign = sign[0]
        cells[start : start + len(sign)] = sign
    return "".join(cells[:width]).rstrip()


def bar(share: float, width: int) -> str:
    """*share* of 0 to 1 as filled and empty cells."""
    full = max(0, min(round(share * width), width))
    return "▇" * full + "▁" * (width - full)

"""A recording at one glance: three bands, its sections, its cues, its energy, on one scale of time.

Each band has a line of its own, so that it reads without colour, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from textual.content import Content

from tracker.model import Analysis, Structure, Waveform
from tui import blocks, colours
from tui import format as fmt
from tui.format import styled

BANDS = ("high", "mid", "low")
"""From the top down."""


def overview(heard: Analysis, width: int, *, dark: bool) -> Iterator[Content]:
    """Line by line; nothing of what is not known."""
    if width < 2:
        return
    if heard.waveform:
        yield from _waveform(heard.waveform, width, dark=dark)
    if heard.structure and heard.duration:
        yield from _sections(heard.structure, heard.duration.seconds, width)
    if heard.structure and heard.structure.curve:
        yield _curve(heard.structure.curve, width, dark=dark)


def _waveform(waveform: Waveform, width: int, *, dark: bool) -> Iterator[Content]:
    drawn = blocks.lanes([getattr(waveform, band) for band in BANDS], width)
    for band, line in zip(BANDS, drawn, strict=True):
        yield styled(line, colours.of_band(band, dark=dark))


def _sections(structure: Structure, length: float, width: int) -> Iterator[Content]:
    if structure.sections:
        named = [(one.start, fmt.clean(one.label or "")) for one in structure.sections]
        yield styled(blocks.ruler(named, length, width), "$quiet")
    if structure.cues:
        cues = [(one.at, one.kind) for one in structure.cues]
        yield styled(blocks.marks(cues, length, width), "$text-accent")


def _curve(curve: bytes, width: int, *, dark: bool) -> Content:
    """From cool to hot, against the most energetic moment of this track."""
    values = blocks.pooled(curve, width)
    line = blocks.lane(values, max(values))
    levels = [1 + round(9 * value / blocks.MOST) for value in values]
    cells = zip(levels, line, strict=True)
    return fmt.row(
        styled("".join(cell for _, cell in run), colours.of_energy(level, dark=dark))
        for level, run in groupby(cells, key=lambda pair: pair[0])
    )

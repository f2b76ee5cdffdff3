"""Its sections, what they are where the sound tells, where to mix, and how its energy goes.

Sections end where bars change at once and, at a price, where phrases of eight bars end: see
`partition`. What one is called follows from three things that are heard in it, each against a full
bar of the same recording: the beat in the bass, how many bands are filled, and whether it rises.
A verse, a chorus or a bridge is told by none of them and stays without a name, and so does all
music whose beat is not steady: a piano has quiet passages, but no breaks.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, pairwise, takewhile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.analysis import partition
from tracker.analysis.audio import Audio
from tracker.analysis.bars import SILENT, Bars, heard, means, typical, weighted
from tracker.model import Cue, Seconds, Section, Structure

VERSION = 4

BEAT, NO_BEAT = 0.6, 0.4
"""How much the bass rises in a section with a beat and in one without, against a full bar."""
FILLED = 0.8
"""Of the bands; below, a section at an end only leads in or out."""
GROUNDED = 0.8
"""Of the lowest band; a break has less of it, or is not filled."""
RISE, GROWTH = 2.5, 0.1
"""dB, and of the onsets of a full bar: a build gains one of them at least."""
STEADY = 0.25
"""The share of that which its middle has gained already."""
LONGEST_END = 0.3
"""The share of the whole that an intro or an outro may last."""
LONGEST_BUILD = 16
"""Bars."""
UNSURE, SURE = 0.6, 0.93
"""The probability that a name is right at the limit of its evidence, and clear of it."""
ALIKE = 1.2
"""Distance at which two sections are the same music, as `bars.weighted` has it."""
MIX = 16
"""Bars before the end at which to mix out where no outro tells."""
UNLED = 0.3
"""The probability that a place to mix is right where no intro or outro tells it."""
MOST_CUES = 64

PARTS = 200
RANGE = 30.0
"""dB of the curve from the loudest part to its bottom."""
DRIVE = 0.4
"""How much rises count in the curve against loudness: a break may be as loud as a drop."""


def measure(audio: Audio) -> Structure | None:
    """The sections, or None where nothing sounds."""
    bars = heard(audio)
    if bars is None:
        return None
    parts = _parts(bars)
    if bars.steady:
        _name(parts)
    return Structure(
        sections=tuple(
            Section(_second(part.start), _second(part.end), part.label, part.confidence)
            for part in parts
        ),
        cues=tuple(_cues(parts, bars)) if bars.steady else (),
        curve=curve(audio),
    )


@dataclass
class Part:
    """A section and what tells its name."""

    start: float
    end: float
    bars: int
    beat: float
    """How much the bass rises."""
    filled: float
    """How many of the bands sound."""
    bass: float
    gain: float
    """How much it rises from its first third to its last, against what a build does."""
    sound: NDArray[Any]
    label: str | None = None
    confidence: float | None = None

    @property
    def has_beat(self) -> bool:
        return self.beat >= BEAT

    @property
    def lacks_beat(self) -> bool:
        return self.beat < NO_BEAT

    def call(self, label: str, *evidence: float) -> None:
        """The weakest evidence decides how sure it is; each is 0 at its limit, 1 clear of it."""
        clear = min(1.0, *evidence)
        self.label, self.confidence = label, round(UNSURE + (SURE - UNSURE) * clear, 2)


def _parts(bars: Bars) -> list[Part]:
    marks = [0, *partition.cuts(bars), len(bars)]
    full = typical(bars.bands), typical(bars.onsets)
    return [_part(bars, *full, *span) for span in pairwise(marks)]


def _part(bars: Bars, bands: NDArray[Any], onsets: NDArray[Any], first: int, last: int) -> Part:
    filled = np.minimum(1, np.sqrt(bars.bands[first:last] / bands)).mean(axis=0)
    rises = bars.onsets[first:last] / onsets
    return Part(
        start=float(bars.edges[first]),
        end=float(bars.edges[last]),
        bars=last - first,
        beat=float(rises[:, 0].mean()),
        filled=float(filled.mean()),
        bass=float(filled[0]),
        gain=max(_gain(bars.loudness[first:last]) / RISE, _gain(rises[:, -1]) / GROWTH),
        sound=weighted(bars.bands[first:last], bars.onsets[first:last]).mean(axis=0),
    )


def _gain(values: NDArray[Any]) -> float:
    """What the last third has more than the first; nothing where only the end does."""
    third = len(values) // 3
    if not third:
        return 0.0
    first, middle, last = (part.mean() for part in np.split(values, [third, len(values) - third]))
    return float(last - first) if middle - first > STEADY * (last - first) else 0.0


def _name(parts: list[Part]) -> None:
    """Give each part the name that the evidence supports, if any."""
    if not any(part.has_beat and part.filled >= FILLED for part in parts):
        return
    _name_breaks(parts)
    _name_ends(parts)
    _name_builds(parts)
    _name_drops(parts)


def _name_breaks(parts: list[Part]) -> None:
    """Where the beat is gone that was there and comes again, and more with it."""
    for at, part in enumerate(parts):
        around = any(p.has_beat for p in parts[:at]) and any(p.has_beat for p in parts[at + 1 :])
        gone = max((GROUNDED - part.bass) / 0.15, (FILLED - part.filled) / 0.15)
        if around and part.lacks_beat and gone >= 0:
            part.call("break", (NO_BEAT - part.beat) / 0.15, gone)


def _name_ends(parts: list[Part]) -> None:
    """What leads in and out: less than the rest, no longer than an end may be, heard only there."""
    lead, trail = _thin(parts), _thin(parts[::-1])
    middle = parts[len(lead) : len(parts) - len(trail)]
    most = LONGEST_END * (parts[-1].end - parts[0].start)
    for label, run in (("intro", lead), ("outro", trail)):
        heard_only_here = takewhile(lambda part: not _returns(part, middle), run)
        lasting = zip(
            heard_only_here, accumulate(part.end - part.start for part in run), strict=False
        )
        for part, seconds in lasting:
            if seconds <= most:
                part.call(label, (FILLED - part.filled) / 0.1)


def _thin(parts: list[Part]) -> list[Part]:
    """The parts from the first on of which none is filled."""
    run = list(takewhile(lambda part: part.filled < FILLED, parts))
    while run and run[-1].label == "break":
        run.pop()
    return run


def _returns(part: Part, others: list[Part]) -> bool:
    return any(float(np.linalg.norm(part.sound - other.sound)) < ALIKE for other in others)


def _name_builds(parts: list[Part]) -> None:
    for part, after in pairwise(parts):
        leads = after.has_beat and part.beat < BEAT and part.bars <= LONGEST_BUILD
        if leads and part is not parts[0] and part.gain >= 1:
            part.call("build", part.gain - 1, (BEAT - part.beat) / 0.15)


def _name_drops(parts: list[Part]) -> None:
    for before, part in pairwise(parts):
        if before.label in ("break", "build") and part.has_beat and part.filled >= FILLED:
            part.call("drop", (part.beat - before.beat) / 0.3 - 1, (part.filled - FILLED) / 0.05)


def _cues(parts: list[Part], bars: Bars) -> list[Cue]:
    found = [*_mix_in(parts, bars), *_mix_out(parts, bars)]
    for before, part in zip([None, *parts], parts, strict=False):
        again = before is not None and before.label == part.label
        if part.label in ("break", "drop") and part.confidence and not again:
            found.append(Cue(part.label, _second(part.start), part.confidence))
    found = sorted(found, key=lambda cue: -cue.confidence)[:MOST_CUES]
    return sorted(found, key=lambda cue: cue.at)


def _mix_in(parts: list[Part], bars: Bars) -> list[Cue]:
    """The first bar that has the beat: of an intro, or of what begins at once."""
    beaten = next((part for part in parts if not part.lacks_beat), None)
    if beaten is None:
        return []
    line = _lines(bars, beaten.start)[:1]
    sure = beaten.confidence if beaten.label == "intro" else None
    return [Cue("mix-in", _second(at), sure or UNLED) for at in line]


def _mix_out(parts: list[Part], bars: Bars) -> list[Cue]:
    """Where an outro with a beat begins; else some bars before the beat ends."""
    beaten = [part for part in parts if not part.lacks_beat]
    if not beaten:
        return []
    outro = next((part for part in beaten if part.label == "outro"), None)
    if outro and outro.confidence:
        return [Cue("mix-out", _second(outro.start), outro.confidence)]
    lines = _lines(bars, 0)
    lines = lines[lines <= beaten[-1].end + 0.1]
    return [Cue("mix-out", _second(lines[-MIX - 1]), UNLED)] if len(lines) > 2 * MIX else []


def _lines(bars: Bars, start: float) -> NDArray[Any]:
    """Bar lines from there on; the first edge is the start of the sound, and may be none."""
    lines = bars.edges
    bar = float(np.median(np.diff(lines)))
    if len(lines) > 2:
        whole = lines[1] - bar
        lines = np.array([*([whole] if whole >= lines[0] - 0.1 else []), *lines[1:]])
    return np.maximum(lines[lines >= start - 0.1], 0)


def _second(value: float) -> Seconds:
    return Seconds(round(float(value), 3))


def curve(audio: Audio) -> bytes:
    """The energy in equal parts of the whole: how loud it is, and how much rises in it."""
    count = max(1, min(PARTS, int(audio.seconds)))
    edges = np.linspace(0, audio.seconds, count + 1)
    power = means(audio.energies[None], 10, edges, early=0)[:, 0]
    loud = 1 + 10 * np.log10(np.maximum(power / power.max(), SILENT)) / RANGE
    rises = means(np.maximum(audio.onsets[[0, -1]], 0), audio.onset_rate, edges, squared=True)
    drive = np.sqrt(rises / typical(rises)).mean(axis=1)
    value = (1 - DRIVE) * np.maximum(loud, 0) + DRIVE * np.minimum(drive, 1)
    return (255 * value / value.max()).round().astype(np.uint8).tobytes()

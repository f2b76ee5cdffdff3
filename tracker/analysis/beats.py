"""Where the beats fall, and which of them begin bars and phrases."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from tracker.analysis import learned, tempo, wandering
from tracker.analysis.audio import Audio
from tracker.analysis.chroma import classes
from tracker.analysis.decode import Series
from tracker.analysis.once import once
from tracker.model import Beats, Seconds

VERSION = 5

BINS = 48
"""Parts of a beat in a fold."""
SHARP = 0.012
"""Seconds over which onsets that belong together are spread."""
LOUDNESS = np.array([1.0, 0.9, 0.1, 0.3])
"""How much the groups tell of where the beat is: basses and snares are in time, hats swing."""
MOST_PHASES = 6
"""Places within a beat that are considered: the highest of the fold."""
PARTS = np.array([0, 1 / 4, 1 / 3, 1 / 2, 2 / 3, 3 / 4])
"""Of a beat, where its subdivisions are heard."""
QUARTERS = np.array([0, 1 / 4, 1 / 2, 3 / 4])
METRES = (0, 2, 3, 4)
"""Beats in a bar; 0 is none of the others."""
LAGS = range(1, 9)
"""Beats after which a bar may come again."""
DELAY = 0.009
"""Seconds by which the onset curve is late: 6 ms for what sounds at once, 10 for recorded drums."""
EARLIEST = 0.01
"""Seconds before the start a first beat may be and still is the start: files are cut there."""
FEWEST_BARS = 4
CLEAR_METRE, CLEAR_BAR = 0.6, 0.4
"""Below these probabilities no metre, no bar is told."""
PART, PART_BEATS = 2.0, 4
"""Seconds and beats, at least, of a part that is heard alone: is it on the common grid?"""
JOINED = (4, 2, 1)
"""So many of them at once."""
MOST_TIMES = 28_000
"""Beats told one by one; three hours at 155 BPM."""
FEWEST_BEATS = 8
MANY = 1 << 16
"""Frames folded at once: there are many in hours."""
PHRASE = 8
"""Bars."""
CLEAR_PHRASE = 1.25
"""A phrase begins where more changes than on the second best bar, by this factor."""


@once
def measure(audio: Audio) -> Beats | None:
    """The beats, or None where there are none."""
    pulse = tempo.pulse(audio)
    if pulse is None:
        return None
    if pulse.steady and pulse.even:
        grid = Grid.of(audio, 60 / pulse.bpm)
        if grid.straight:
            return _on_grid(audio, grid)
    return _one_by_one(audio, pulse)


def _on_grid(audio: Audio, grid: Grid) -> Beats:
    phase, confidence = best_phase(grid)
    period = grid.period
    turns, first = divmod(phase * period - DELAY + EARLIEST, period)
    first = max(0.0, first - EARLIEST)
    count = max(1, int(np.ceil((audio.seconds - first) / period - 1e-6)))
    edges = first + np.arange(count + 1) * period
    bars = _bars(audio, grid, phase - turns, edges)
    return Beats(
        first=Seconds(round(first, 3)),
        count=count,
        period=Seconds(round(period, 7)),
        confidence=round(confidence, 3),
        stability=stability(grid.wobble),
        **bars,
    )


def _one_by_one(audio: Audio, pulse: tempo.Pulse) -> Beats | None:
    found = wandering.follow(audio, pulse)
    if found is None or not (pulse.steady or found.likely):
        return None
    grid = Grid.along(audio, found.frames)
    phase, confidence = best_phase(grid)
    del grid  # there are hours of it, and another follows
    frames = _between(found.frames, phase)[:MOST_TIMES]
    times = frames / audio.onset_rate - DELAY
    times = times[(times >= 0) & (times < audio.seconds)]
    if len(times) < FEWEST_BEATS:
        return None
    grid = Grid.along(audio, frames)
    edges = np.append(times, 2 * times[-1] - times[-2])
    return Beats(
        first=Seconds(round(float(times[0]), 3)),
        count=len(times),
        times=tuple(Seconds(round(float(time), 3)) for time in times),
        confidence=round(confidence * found.probability, 3),
        stability=stability(float(np.std(np.log(found.tempi)))),
        curve=found.curve,
        **_bars(audio, grid, 0.0, edges),
    )


def stability(spread: float) -> float:
    """1 where every part has the same tempo; two thirds less with every three per cent."""
    return round(float(np.exp(-spread / 0.03)), 3)


def _between(frames: NDArray[Any], phase: float) -> NDArray[Any]:
    """The places a share of a beat after each of *frames*, or before where that is nearer."""
    phase = phase - 1 if phase > 0.9 else phase
    places = np.arange(len(frames)) + phase
    inner = np.interp(places, np.arange(len(frames)), frames)
    if phase > 0:
        inner[-1] = frames[-1] + phase * (frames[-1] - frames[-2])
    return np.asarray(inner)


def best_phase(grid: Grid) -> tuple[float, float]:
    """Where in a period the beat is, as a share of it, and how sure that is."""
    phases = grid.phases()
    likely = learned.shares(learned.network("phase")(phase_rows(grid, phases)))
    best = int(likely.argmax())
    sure = learned.probability("phase.trust", learned.log_odds(float(likely[best])))
    return float(phases[best]), sure


def _bars(audio: Audio, grid: Grid, phase: float, edges: NDArray[Any]) -> dict[str, Any]:
    """Metre, downbeat and phrase, as far as they are told; *edges* are the beats and one more."""
    if len(edges) <= FEWEST_BARS * METRES[-1]:
        return {}
    harmony, change = beat_harmony(audio, edges)
    metres = learned.shares(learned.network("metre")(metre_rows(grid, phase, harmony, change)))
    metre, likely = METRES[int(metres.argmax())], float(metres.max())
    if not metre or likely < CLEAR_METRE:
        return {}
    firsts = learned.shares(learned.network(f"bar{metre}")(bar_rows(grid, phase, metre, change)))
    sure = learned.probability("bar.trust", learned.log_odds(likely * float(firsts.max())))
    if sure < CLEAR_BAR:
        return {"metre": metre}
    downbeat = int(firsts.argmax())
    return {
        "metre": metre,
        "downbeat": downbeat,
        "downbeat_confidence": round(sure, 3),
        "phrase": phrase(audio, edges, metre, downbeat),
    }


def phrase(audio: Audio, edges: NDArray[Any], metre: int, downbeat: int) -> int | None:
    """The first beat of a phrase of eight bars: what sounds changes there more than elsewhere."""
    bars = edges[downbeat::metre]
    if len(bars) <= 2 * PHRASE:
        return None
    row = audio.seconds / max(len(audio.bands), 1)
    levels = np.log(audio.bands + 1e-7)
    sums = np.concatenate([np.zeros((1, levels.shape[1])), np.cumsum(levels, axis=0)])
    at_bars = np.stack(
        [np.interp(bars / row, np.arange(len(sums)), line) for line in sums.T], axis=1
    )
    # Four bars against four; the mean against the fourth root's tells steps from wandering.
    steps = np.abs(at_bars[8:] - 2 * at_bars[4:-4] + at_bars[:-8]).mean(axis=1) / 4
    numbers = np.arange(4, 4 + len(steps)) % PHRASE
    changes = np.array(
        [
            (steps[numbers == first] ** 2).mean() if (numbers == first).any() else 0.0
            for first in range(PHRASE)
        ]
    )
    order = np.argsort(changes)[::-1]
    if changes[order[0]] < CLEAR_PHRASE * changes[order[1]]:
        return None
    return downbeat + int(order[0]) * metre


@dataclass(frozen=True)
class Grid:
    """One period through the whole recording, and what is heard at its parts."""

    onsets: Series
    rate: float
    period: float
    """Seconds."""
    seen: tuple[float, ...]
    """What tells whether parts of the recording leave it."""
    wobble: float
    """The spread of the tempo from part to part, as a share of it."""

    @classmethod
    def of(cls, audio: Audio, period: float) -> Grid:
        onsets = audio.onsets.copy()
        # A file that begins or ends in the middle of a sound has an onset there that is none.
        onsets[:, : tempo.EDGE] = 0
        onsets[:, -tempo.EDGE :] = 0
        rate = audio.onset_rate
        waves, length = part_waves(LOUDNESS @ onsets, period * rate, rate)
        late = [part_offsets(waves, period, joined) for joined in JOINED]
        wobble = float(np.std(np.diff(late[0])) / length / JOINED[0]) if len(late[0]) > 2 else 0.0
        seen = (*looseness(late), np.log(period), np.log(max(audio.seconds, 1.0)))
        return cls(onsets, rate, period, seen, wobble)

    @property
    def straight(self) -> bool:
        """Whether all parts are on it."""
        return learned.odds("grid", *self.seen) > 0

    @classmethod
    def along(cls, audio: Audio, frames: NDArray[Any]) -> Grid:
        """The onsets stretched so that all beats are equally long."""
        places = np.interp(
            np.arange((len(frames) - 1) * BINS) / BINS, np.arange(len(frames)), frames
        )
        inner = np.arange(audio.onsets.shape[1])
        onsets = np.empty((len(audio.onsets), len(places)), np.float32)
        for row, heard in zip(onsets, audio.onsets, strict=True):
            row[:] = np.interp(places, inner, heard)
        period = float(np.median(np.diff(frames))) / audio.onset_rate
        return cls(onsets, BINS / period, period, (), 0.0)

    def fold(self, beats: float) -> NDArray[Any]:
        """The mean of each group over so many beats, in standard deviations of its curve."""
        size = round(beats * BINS)
        count, rows = np.zeros(size), np.zeros((len(self.onsets), size))
        for start in range(0, self.onsets.shape[1], MANY):
            part = self.onsets[:, start : start + MANY]
            frames = start + np.arange(part.shape[1])
            place = frames / (self.period * self.rate) * BINS % size
            below = place.astype(int)
            share = place - below
            above = (below + 1) % size
            count += np.bincount(below, 1 - share, size) + np.bincount(above, share, size)
            for row, heard in zip(rows, part, strict=True):
                row += np.bincount(below, heard * (1 - share), size)
                row += np.bincount(above, heard * share, size)
        folded = rows / np.maximum(count, 1e-3)
        folded = gaussian_filter1d(folded, SHARP / self.period * BINS, axis=1, mode="wrap")
        return np.asarray(folded / self.deviations[:, None])

    @cached_property
    def deviations(self) -> NDArray[Any]:
        """The standard deviation of each group."""
        return np.array([max(float(row.std()), 1e-6) for row in self.onsets])

    def phases(self) -> NDArray[Any]:
        """Where in a period beats may be, as shares of it, the strongest first."""
        heard = LOUDNESS @ self.fold(1)
        before, after = np.roll(heard, 1), np.roll(heard, -1)
        tops = np.flatnonzero((heard > before) & (heard >= after))
        if not len(tops):
            return np.zeros(1)
        tops = tops[np.argsort(heard[tops])[::-1]][:MOST_PHASES]
        bend = before[tops] - 2 * heard[tops] + after[tops]
        shift = 0.5 * (before[tops] - after[tops]) / np.minimum(bend, -1e-9)
        return np.asarray((tops + shift) / BINS % 1)


def part_waves(curve: Series, period: float, rate: float) -> tuple[NDArray[Any], float]:
    """The beat's wave and its octave's in each part of the curve, and a part's seconds."""
    size = max(int(PART * rate), int(PART_BEATS * period))
    count = len(curve) // size
    waves = np.zeros((2, count), complex)
    turns = np.exp(-2j * np.pi * np.arange(size) / period)
    for number in range(count):  # all at once would take 60 MB for hours
        start = number * size
        part = curve[start : start + size]
        turned = np.exp(-2j * np.pi * start / period)
        waves[:, number] = turned * (part @ turns), turned**2 * (part @ turns**2)
    return waves, size / rate


def part_offsets(waves: NDArray[Any], period: float, joined: int) -> NDArray[Any]:
    """By how many seconds parts, so many joined at once, come after the common grid."""
    count = waves.shape[1] // joined
    if count < 2:
        return np.zeros(1)
    parts = waves[:, : count * joined].reshape(2, count, joined).sum(axis=2)
    angles = -np.angle(parts * np.conj(parts.sum(axis=1, keepdims=True)))
    shares = angles / (2 * np.pi * np.array([[1], [2]])) * period
    weights = np.abs(parts) * np.array([[1], [4]]) + 1e-12
    offsets = np.average(shares, axis=0, weights=weights)
    return np.asarray(offsets - np.average(offsets, weights=weights.sum(axis=0)))


def looseness(late: list[NDArray[Any]]) -> list[float]:
    """How far parts of each length are off, one by one and together with their neighbours."""
    near = [np.convolve(each, np.ones(3) / 3, "valid") if len(each) > 3 else each for each in late]
    spreads = [float(part.std()) for pair in zip(late, near, strict=True) for part in pair]
    return [float(np.log(1_000 * spread + 2)) for spread in spreads]


# What the choices read. Each gives one row for each possibility; `contrib/train_tempo.py` weighs.


def at(folded: NDArray[Any], places: NDArray[Any]) -> NDArray[Any]:
    """The folded groups at *places*, counted in beats, from group to group."""
    return np.asarray(folded[:, np.round(places * BINS).astype(int) % folded.shape[1]])


def phase_rows(grid: Grid, phases: NDArray[Any]) -> NDArray[Any]:
    """What is heard on and between the beats, where each of *phases* is the beat."""
    folded = grid.fold(4)
    rows = []
    for phase in phases:
        heard = at(folded, phase + (np.arange(4)[:, None] + PARTS).ravel()).reshape(-1, 4, 6)
        mean = heard.mean(axis=1)
        spread = np.abs(heard[:, ::2].mean(axis=1) - heard[:, 1::2].mean(axis=1))[:, (0, 3)]
        strongest = heard.max(axis=1)[:, (0, 3)]
        rows.append(np.concatenate([mean.ravel(), spread.ravel(), strongest.ravel()]))
    found = np.array(rows)
    rank = np.arange(len(phases))[:, None] == np.arange(2)
    speed = np.full((len(phases), 1), np.log2(grid.period / 0.5))
    return np.concatenate([found, speed * found[:, :24], rank, speed], axis=1)


def bar_rows(grid: Grid, phase: float, metre: int, change: NDArray[Any]) -> NDArray[Any]:
    """What is heard in a bar, where each of its beats is the first."""
    folded = grid.fold(metre)
    heard = at(folded, phase + (np.arange(metre)[:, None] + QUARTERS).ravel())
    heard = heard.reshape(len(folded), metre, len(QUARTERS))
    heard = heard - heard.mean(axis=1, keepdims=True)
    turning = np.array(
        [[row[number::metre].mean() for number in range(metre)] for row in change]
    )  # harmony, by beat of the bar
    turning = turning / np.maximum(turning.mean(axis=1, keepdims=True), 1e-6)
    rows = [
        np.concatenate(
            [np.roll(heard, -first, axis=1).ravel(), np.roll(turning, -first, 1).ravel()]
        )
        for first in range(metre)
    ]
    return np.array(rows)


def metre_rows(
    grid: Grid, phase: float, harmony: NDArray[Any], change: NDArray[Any]
) -> NDArray[Any]:
    """How alike beats are to those some beats later, how they are divided: a row for each metre."""
    count = len(harmony)
    places = (phase + np.arange(count)[:, None] + QUARTERS) * grid.period * grid.rate
    frames = np.clip(np.round(places).astype(int), 1, grid.onsets.shape[1] - 2)
    heard = np.max([grid.onsets[:, frames + shift] for shift in (-1, 0, 1)], axis=0)
    heard = _standard(heard.transpose(1, 0, 2).reshape(count, -1))
    chords = harmony - harmony.mean(axis=0)
    chords = chords / np.maximum(np.linalg.norm(chords, axis=1, keepdims=True), 1e-6)
    steps = _standard(change.T)
    likeness = np.array(
        [
            [float((row[:-lag] * row[lag:]).sum(axis=1).mean()) for row in (chords, heard, steps)]
            for lag in LAGS
        ]
    ) / (1, heard.shape[1], steps.shape[1])
    divided = at(grid.fold(1), phase + PARTS)
    found = np.concatenate(
        [
            likeness.ravel(),
            (likeness - likeness.mean(axis=0)).ravel(),
            divided.ravel(),
            [np.log2(grid.period / 0.5), 1.0],
        ]
    )
    return np.kron(np.eye(len(METRES)), found)


def _standard(rows: NDArray[Any]) -> NDArray[Any]:
    return np.asarray((rows - rows.mean(axis=0)) / np.maximum(rows.std(axis=0), 1e-6))


def beat_harmony(audio: Audio, edges: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Pitch classes from each of *edges* to the next, and how much they change there."""
    row = audio.seconds / max(len(audio.chroma), 1)
    sums = np.concatenate([np.zeros((1, 12)), np.cumsum(np.sqrt(classes(audio.chroma)), axis=0)])
    at_edges = np.stack(
        [np.interp(edges / row, np.arange(len(sums)), line) for line in sums.T], axis=1
    )
    harmony = np.maximum(np.diff(at_edges, axis=0), 0)
    return harmony, np.stack([_change(harmony, span) for span in (1, 2)])


def _change(harmony: NDArray[Any], span: int) -> NDArray[Any]:
    """1 minus the cosine of what sounds in *span* beats before and after each beat."""
    sums = np.concatenate([np.zeros((1, 12)), np.cumsum(harmony, axis=0)])
    places = np.arange(len(harmony))
    before = sums[places] - sums[np.maximum(places - span, 0)]
    after = sums[np.minimum(places + span, len(harmony))] - sums[places]
    norms = np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1)
    return np.where(norms > 1e-9, 1 - (before * after).sum(axis=1) / np.maximum(norms, 1e-9), 0)

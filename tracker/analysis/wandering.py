"""The beats of music whose tempo changes, found one by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from tracker.analysis import learned
from tracker.analysis.audio import Audio
from tracker.analysis.chroma import classes
from tracker.analysis.decode import Series
from tracker.analysis.kernel import beats
from tracker.analysis.series import Onsets
from tracker.analysis.tempo import Pulse
from tracker.analysis.windows import windows
from tracker.model import Bpm, Seconds

RATE = Onsets.RATE
MOST_POINTS = 500
FEWEST = 8
CLEAR = 0.35
"""The least probability of beats that are told."""

WINDOW, STEP = 8.0, 1.5
"""Seconds over which a tempo is read, and from one reading to the next."""
LENGTH, TOGETHER = 4096, 64
"""Of the spectrum that is read, and how many are made at once."""
SPAN, PER_OCTAVE = 0.5, 48
"""Octaves a tempo may wander off to both sides, and how finely it is read: from one end to before
the other is an octave, so that no tempo is read beside its double."""
WEIGHTS = np.ones(4)
"""How much the groups of onsets count."""
HARMONY, AROUND = 1.0, 2
"""How much a change of harmony adds to an onset, and the rows of chroma compared."""
STIFFNESS = 0.3
"""What a step of one bin between readings costs."""
COMB = ((1, 1.0), (2, 0.6), (3, 0.2), (4, 0.3))
"""The lines of a tempo, as multiples of it, and how much each counts."""
TIGHTNESS = 100.0
"""How much a beat that comes early or late loses, per squared logarithm (Ellis 2007)."""
REACH = 2.0 ** np.linspace(-0.7, 0.7, 49)
"""Where the beat before may be, in periods."""


@dataclass(frozen=True)
class Way:
    """The beats and the tempi they were found by."""

    frames: NDArray[Any]
    tempi: NDArray[Any]
    """BPM, for each `STEP`."""
    seen: tuple[float, ...]
    """What `evidence` there is that anything beats."""

    @property
    def probability(self) -> float:
        """That there are beats at all."""
        return learned.probability("wandering", *self.seen)

    @property
    def likely(self) -> bool:
        """Whether they are worth telling; how sure they are is told beside them."""
        return self.probability > CLEAR

    @property
    def curve(self) -> tuple[tuple[Seconds, Bpm], ...]:
        """Seconds and BPM, at most `MOST_POINTS`."""
        every = -(-len(self.tempi) // MOST_POINTS)
        return tuple(
            (Seconds(round(number * STEP, 1)), Bpm(round(float(self.tempi[number]), 1)))
            for number in range(0, len(self.tempi), every)
        )


def follow(audio: Audio, pulse: Pulse) -> Way | None:
    """The beats near the tempo of *pulse*, or None where there are too few."""
    bpm = pulse.bpm if pulse.steady else pulse.free
    curve, rate = accents(audio), audio.onset_rate
    tempi, strength = path(curve, rate, bpm)
    at = np.arange(len(tempi)) * STEP * rate
    periods = np.exp(np.interp(np.arange(len(curve)), at, np.log(60 * rate / tempi)))
    frames = steps(curve, periods)
    if len(frames) < FEWEST:
        return None
    seen = evidence(curve, frames, strength, tempi, pulse)
    return Way(frames, tempi, (*seen, abs(audio.tones)))


def accents(audio: Audio) -> Series:
    """The onsets of all groups alike, stronger where the harmony changes."""
    deviation = np.maximum(audio.onsets.std(axis=1), 1e-6)
    curve = (WEIGHTS / deviation).astype(np.float32) @ audio.onsets
    rows = len(audio.chroma)
    sums = np.concatenate([np.zeros((1, 12)), np.cumsum(np.sqrt(classes(audio.chroma)), axis=0)])
    at = np.arange(rows)
    before = sums[at] - sums[np.maximum(at - AROUND, 0)]
    after = sums[np.minimum(at + AROUND, rows)] - sums[at]
    norms = np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1)
    change = 1 - (before * after).sum(axis=1) / np.maximum(norms, 1e-9)
    change = np.minimum(change / max(float(change.mean()), 1e-9), 4)
    row = audio.seconds / max(rows, 1)
    frames = np.arange(len(curve)) / audio.onset_rate
    return np.asarray(curve * (1 + HARMONY * np.interp(frames / row, at, change)), np.float32)


def evidence(
    curve: Series, frames: NDArray[Any], strength: float, tempi: NDArray[Any], pulse: Pulse
) -> tuple[float, ...]:
    """What tells beats from noise and speech."""
    deviation = max(float(curve.std()), 1e-9)
    near = np.clip(frames[:, None] + np.arange(-2, 3), 0, len(curve) - 1)
    height = curve[near].max(axis=1) / deviation
    places = np.linspace(0, len(curve), len(tempi))
    expected = 60 * RATE / np.interp(frames[1:], places, tempi)
    stands_out = float(np.mean(curve.astype(np.float64) ** 4)) / deviation**4
    return (
        strength,
        float(np.median(height)),
        float(np.quantile(height, 0.2)),
        float(np.std(np.log(np.diff(frames) / expected))) * 10,
        float(np.std(np.diff(np.log(tempi)))) * 30 if len(tempi) > 1 else 0.0,
        float(np.log2(stands_out + 1)),
        float(np.clip(pulse.odds, -15, 15)) / 5,
    )


def path(curve: Series, rate: float, bpm: float) -> tuple[NDArray[Any], float]:
    """The tempo each `STEP`, and how strong its lines are in the mean."""
    size = int(WINDOW * rate)
    padded = np.pad(curve, (size // 2, size + 2 * int(STEP * rate)))
    starts = np.arange(0, len(curve) + STEP * rate, STEP * rate).astype(int)
    tempi = bpm * 2 ** np.arange(-SPAN, SPAN - 1e-9, 1 / PER_OCTAVE)
    window, comb = np.hanning(size).astype(np.float32), _comb(tempi / 60 / rate * LENGTH)
    rows = np.zeros((len(starts), len(tempi)))
    for at in range(0, len(starts), TOGETHER):
        part = starts[at : at + TOGETHER]
        lines = np.abs(scipy.fft.rfft(windows(padded, size)[part] * window, LENGTH))
        rows[at : at + TOGETHER] = lines @ comb
        rows[at : at + TOGETHER] /= np.maximum(np.linalg.norm(lines, axis=1, keepdims=True), 1e-9)
    best = smoothest(rows)
    strength = float(rows[np.arange(len(starts)), best].mean())
    return tempi[best], strength


def _comb(places: NDArray[Any]) -> Series:
    """From the lines of a spectrum to what those of a tempo at each of *places* count together."""
    comb = np.zeros((LENGTH // 2 + 1, len(places)), np.float32)
    columns = np.arange(len(places))
    for multiple, weight in COMB:
        below = (places * multiple).astype(int)
        part = places * multiple - below
        comb[below, columns] += weight * (1 - part)
        comb[below + 1, columns] += weight * part
    return comb


def smoothest(rows: NDArray[Any]) -> NDArray[Any]:
    """The way through the rows that scores most and bends least (Viterbi)."""
    count = rows.shape[1]
    cost = STIFFNESS * np.abs(np.arange(count)[:, None] - np.arange(count)) * rows.std()
    total, came = rows[0], np.zeros(rows.shape, int)
    for number in range(1, len(rows)):
        reached = total[None] - cost
        came[number] = reached.argmax(axis=1)
        total = reached.max(axis=1) + rows[number]
    way = np.zeros(len(rows), int)
    way[-1] = total.argmax()
    for number in range(len(rows) - 1, 0, -1):
        way[number - 1] = came[number, way[number]]
    return way


def steps(curve: Series, periods: NDArray[Any]) -> NDArray[Any]:
    """Frames of the beats along the onsets, *periods* apart, in frames (Ellis 2007)."""
    loss = np.float32(-TIGHTNESS) * np.log(REACH).astype(np.float32) ** 2
    strength = curve / np.float32(max(float(curve.std()), 1e-9))
    score, came = beats.follow(strength, periods, REACH, loss)
    last = max(0, len(curve) - int(1.5 * periods[-1]))
    place = last + int(score[last:].argmax())
    found = []
    while place >= 0:
        found.append(place)
        place = int(came[place])
    return np.array(found[::-1])

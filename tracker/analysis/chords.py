"""Which chords sound, row by row of the chroma, and how long it takes until they come again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.fft
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from tracker.analysis import roots
from tracker.analysis.chroma import ROW_RATE
from tracker.analysis.decode import Series
from tracker.analysis.series import FINE

WIDTH = 4 / 3
"""Semitones over which a peak counts for a pitch class."""
OVERTONES = {"scale": (1.0,) * 5, "chord": (1.0, 0.5, 0.25), "bass": (1.0, 0.5), "seen": (1.0,)}
"""How far a peak may be the first, second ... partial of its note (Gomez 2006). For the scale all
count the same; for a chord that would add a minor third to every major one; what tells chords
apart has learned itself what overtones are."""
NOISY, PURE = 0.08, 0.35
"""Mean cosine of a row's peaks to tuned semitones, from where on it counts and counts in full."""
BLUR = 7
"""Rows over which that is averaged."""
AROUND, AROUND_BASS = (1, 5, 15), (3, 9)
"""Rows over which is averaged what tells chords apart."""
STAY = 2.0
"""How much likelier than the last chord, as a logarithm, another one must be."""
MANY = 512
"""Rows whose chords are told at once: there are many in hours."""
SHORTEST_LOOP, LONGEST_LOOP = 3.0, 20.0
"""Seconds."""
MOST_REPEATS = 8
AS_GOOD = 0.85
"""A shorter loop is taken where it repeats as well as this share of the best."""
LEFT_OUT = 0.3
"""Rows at both ends that count less than this share of the purest are no part of the harmony."""


def standard(values: Any) -> NDArray[Any]:
    """Of mean 0 and length 1, along the last axis."""
    centred = values - np.mean(values, axis=-1, keepdims=True)
    return np.asarray(centred / np.maximum(np.linalg.norm(centred, axis=-1, keepdims=True), 1e-9))


@dataclass(frozen=True)
class Harmony:
    """Rows from the first to the last that has pitch."""

    scale: Series
    """The strength of each pitch class, C first."""
    bass: Series
    weight: Series
    """How far a row is made of tuned pitches rather than noise, 0 to 1."""
    clear: Series
    """What loops are told by: overtones count little; each row standardised."""
    likely: Series
    """How likely each triad is in each row: twelve major ones from C on, then twelve minor."""
    chords: NDArray[np.int64]
    """The triad of each row in the likeliest chain of them."""
    late: float
    """Rows from the first sound to the first row here."""

    @classmethod
    def of(
        cls, chroma: NDArray[Any], bass: NDArray[Any], tuning: complex, begin: float = 0.0
    ) -> Harmony | None:
        """*begin* is the row of the first sound. None where nothing has pitch."""
        rows = chroma.astype(np.float32)
        sounding = rows.any(axis=1)
        if not sounding.any():
            return None
        offset = semitones(tuning)
        weight = purity(rows, offset) * sounding
        if weight.sum() < 2 * ROW_RATE:  # hardly a chord: let everything speak
            weight = np.where(sounding, np.maximum(weight, 0.1), 0)
        heard = np.flatnonzero(weight > LEFT_OUT * weight.max())
        part = slice(int(heard[0]), int(heard[-1]) + 1)
        clear = folded(rows[part], offset, "chord")
        low, seen_low = _both(bass[part].astype(np.float32), offset)
        likely = _told(folded(rows[part], offset, "seen"), seen_low)
        sure = np.maximum(weight[part], 0.05)[:, None]
        return cls(
            scale=folded(rows[part], offset, "scale"),
            bass=low,
            weight=weight[part],
            clear=standard(uniform_filter1d(clear, 3, axis=0)),
            likely=likely,
            chords=likeliest_chain(np.log(likely + np.float32(1e-9)) * sure, STAY),
            late=int(heard[0]) - max(begin, int(np.flatnonzero(sounding)[0])),
        )


def semitones(tuning: complex) -> float:
    """How much higher than A = 440 Hz all is tuned, -0.5 to 0.5."""
    return float(np.angle(tuning)) / (2 * np.pi)


def purity(rows: Series, offset: float) -> Series:
    """How far each row is made of tuned pitches rather than noise, 0 to 1."""
    angle = 2 * np.pi * (np.arange(FINE) * 12 / FINE - offset)
    cosine = rows @ np.cos(angle).astype(np.float32) / np.maximum(rows.sum(axis=1), 1e-9)
    return np.asarray(
        np.clip((uniform_filter1d(cosine, BLUR) - NOISY) / (PURE - NOISY), 0, 1), np.float32
    )


def folded(rows: Series, offset: float, purpose: str) -> Series:
    """Pitch classes instead of fine steps, the strongest of each row 1."""
    steps = np.arange(FINE) * 12 / FINE - offset
    fold = np.zeros((FINE, 12), np.float32)
    for number, share in enumerate(OVERTONES[purpose], start=1):
        note = steps - 12 * np.log2(number)
        distance = (note[:, None] - (np.arange(12) - 9) + 6) % 12 - 6
        near = np.abs(distance) < WIDTH / 2
        fold += share * np.where(near, np.cos(np.pi * distance / WIDTH) ** 2, 0)
    classes = rows @ fold
    return np.asarray(classes / np.maximum(classes.max(axis=1, keepdims=True), 1e-9))


def _both(bass: Series, offset: float) -> tuple[Series, Series]:
    return folded(bass, offset, "bass"), folded(bass, offset, "seen")


def _told(tones: Series, bass: Series) -> Series:
    """How likely each triad is in each row, from what sounds then and around then."""
    parts = _around(tones, bass)
    told = [
        roots.shares(roots.chords()(_stacked([part[at : at + MANY] for part in parts])))
        for at in range(0, len(tones), MANY)
    ]
    return np.concatenate(told)


def seen_of(tones: Series, bass: Series) -> Series:
    """By rows: several vectors of twelve pitch classes, each of length 1."""
    return _stacked(_around(tones, bass))


def _around(tones: Series, bass: Series) -> list[Series]:
    parts = [uniform_filter1d(tones, width, axis=0) for width in AROUND]
    return parts + [uniform_filter1d(bass, width, axis=0) for width in AROUND_BASS]


def _stacked(parts: list[Series]) -> Series:
    seen = np.stack(parts, axis=1)
    seen /= np.maximum(np.linalg.norm(seen, axis=2, keepdims=True), 1e-6)
    return seen


def likeliest_chain(fits: NDArray[Any], change: float) -> NDArray[np.int64]:
    """The state of each row that fits best, where each change costs the same (Viterbi)."""
    scores = fits.astype(np.float64)
    kept = np.empty(fits.shape[1])
    before = scores[0]
    for score in scores[1:]:
        np.maximum(before, before[before.argmax()] - change, out=kept)
        before = np.add(score, kept, out=score)
    best = scores[:-1].argmax(axis=1).tolist()
    jumped = scores[:-1] < scores[:-1].max(axis=1, keepdims=True) - change
    chain = np.zeros(len(fits), np.int64)
    chain[-1] = state = int(before.argmax())
    for row in range(len(fits) - 1, 0, -1):
        if jumped[row - 1, state]:
            state = best[row - 1]
        chain[row - 1] = state
    return chain


@dataclass(frozen=True)
class Loop:
    """Chords that come again and again."""

    rows: float
    strength: float
    """How much more alike rows one loop apart are than any others."""

    @classmethod
    def of(cls, harmony: Harmony) -> Loop | None:
        """The shortest that repeats well, or None."""
        likeness = _likeness(harmony)
        count = len(likeness)
        shortest, longest = int(SHORTEST_LOOP * ROW_RATE), int(LONGEST_LOOP * ROW_RATE)
        longest = min(longest, count // 3)
        if longest <= shortest + 4:
            return None
        lengths = np.arange(shortest, longest, 0.1)
        sums, counts = np.zeros(len(lengths)), np.zeros(len(lengths))
        for repeat in range(1, MOST_REPEATS + 1):
            inside = repeat * lengths < 0.6 * count
            sums[inside] += np.interp(repeat * lengths[inside], np.arange(count), likeness)
            counts += inside
        gain = sums / np.maximum(counts, 1) - likeness[shortest : int(0.6 * count)].mean()
        summits = np.flatnonzero((gain[1:-1] >= gain[:-2]) & (gain[1:-1] > gain[2:])) + 1
        summits = summits[gain[summits] >= AS_GOOD * gain.max()]
        if not len(summits) or gain.max() < 1e-3:
            return None
        return cls(float(lengths[summits[0]]), float(gain[summits[0]]))

    def begun(self, harmony: Harmony) -> NDArray[np.bool_]:
        """The rows in the first quarter of a loop, if one began with the first sound.

        Music made on a grid begins with a phrase, be it of drums alone; the change of chord
        nearest to that is where loops begin.
        """
        changes = np.flatnonzero(np.diff(harmony.chords)) + 1
        places = np.arange(0, self.rows, 0.5)
        apart = self._apart(changes[None], places[:, None])
        often = np.maximum(0, 1 - apart / 1.5).sum(axis=1)
        away = self._apart(places, -harmony.late)
        near = away < max(2.5, self.rows / 24)
        start = places[int(np.where(near, often - 1e-3 * away, -1).argmax())]
        phase = (np.arange(len(harmony.chords)) - start) % self.rows / self.rows
        return np.asarray(phase < 0.22)

    def _apart(self, one: Any, other: Any) -> NDArray[Any]:
        return np.asarray(np.abs((one - other + self.rows / 2) % self.rows - self.rows / 2))


def _likeness(harmony: Harmony) -> NDArray[Any]:
    """How alike rows are that lie so many rows apart."""
    weight = harmony.weight.astype(np.float64)
    count = len(weight)
    size = scipy.fft.next_fast_len(2 * count, real=True)
    power = np.abs(scipy.fft.rfft(harmony.clear * weight[:, None], size, axis=0)) ** 2
    alike = scipy.fft.irfft(power.sum(axis=1), size)[:count]
    pairs = scipy.fft.irfft(np.abs(scipy.fft.rfft(weight, size)) ** 2, size)[:count]
    return np.asarray(alike / np.maximum(pairs, 0.1 * pairs[0] + 1e-9))

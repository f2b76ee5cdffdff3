"""How fast it is: the beat people tap, sharp to the length of the recording, or none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from tracker.analysis import learned, tempogram
from tracker.analysis.audio import Audio
from tracker.analysis.decode import Series
from tracker.analysis.learned import log_odds
from tracker.analysis.once import once
from tracker.analysis.tempogram import CANDIDATES, FASTEST, PER_OCTAVE, SLOWEST
from tracker.model import Bpm, Tempo
from tracker.model.tempi import ALL, Tempi

VERSION = 5

SHORTEST = 3.0
"""Seconds; below that nothing repeats often enough."""
LONGEST = 3600
"""Seconds heard; what lasts longer has no one tempo."""
EDGE = 4
"""Frames left out at both ends: a file that begins in the middle of a sound has an onset there."""
NEAR = 0.04
"""Share by which a tempo may miss and still be the same reading."""

EDGES = 1.02
"""By how much a reading may lie outside the wanted range: they stand 2 % apart."""

LINES = np.arange(1, 33) / 4
"""Of the spectrum of the onsets, in which a steady beat is a comb of lines: the tempo's own, those
of its subdivisions, and those of bars, in multiples of the tempo."""
MAIN_LINES = np.array([1, 2, 4])
"""Those that tell whether there is a beat at all."""
CHANCE = 10.0
"""Over the number of frames: what the main lines hold in noise."""
LOCAL = 24.0
"""Seconds of a part, for a drummer without a click."""
LOST, OWN = 0.1, 0.5
"""Shares of what the lines of this tempo usually hold of a part: one that has less of them has
another tempo, if that has more."""
AROUND = 2.0 ** np.linspace(-0.5, 0.5, 241)
"""Where another tempo is looked for, as multiples of this one: no octave of it is among them."""
AGREED, FEWEST_PARTS = 0.001, 3
"""Parts whose tempi spread by less than this share are of one machine: chance makes it 0.017."""
DOUBTFUL = -2.0
"""Log odds that are enough where they agree; held tones that beat against one another have less."""
RIPPLE = 0.15
"""Onsets below this share of the mean level are the window's ripple over a held tone."""
AS_STRONG = 0.985
"""A whole or half tempo is taken where its lines are as strong as this share of the best."""
READINGS = (1 / 3, 1 / 2, 2 / 3, 3 / 4, 4 / 3, 3 / 2, 2, 3)
SLIP = 0.05
"""What an octave has ahead of other readings: where the choice is wrong, it mostly is by one."""
MOST_ALTERNATIVES = 3


def measure(audio: Audio) -> Tempo | None:
    """The tempo, or None where there is no steady beat."""
    found = pulse(audio)
    if found is None or not found.steady:
        return None
    others = alternatives(found)
    near = share(found.likely, found.bpm)
    confidence = learned.probability("tempo.trust", log_odds(near))
    rest = (1 - confidence) / max(1 - near, 1e-6)
    return Tempo(
        bpm=Bpm(round(found.bpm, 2)),
        confidence=round(confidence, 3),
        alternatives=tuple(Bpm(round(bpm, 2)) for bpm in others),
        second=round(share(found.likely, others[0]) * rest, 3) if others else None,
        outside=None if found.outside is None else Bpm(round(found.outside, 2)),
    )


@dataclass(frozen=True)
class Pulse:
    """The likeliest beat, steady or not."""

    bpm: float
    likely: NDArray[Any]
    """How likely each of `CANDIDATES` is, given the wanted range; their sum is 1."""
    seen: tuple[float, ...]
    """What `evidence` there is for a steady one."""
    even: bool
    """One tempo holds to the end; else its parts have their own."""
    agreed: bool = False
    """Its parts, heard alone, all have the same."""
    outside: float | None = None
    """The likelier reading, where the wanted range decided against it."""
    free: float = 0.0
    """The likeliest beat, BPM, of music whose tempo changes: it repeats less, and tells otherwise."""

    @property
    def odds(self) -> float:
        """Log odds that it is steady."""
        return learned.odds("steady", *self.seen)

    @property
    def steady(self) -> bool:
        return self.odds > (DOUBTFUL if self.agreed else 0)


@once
def pulse(audio: Audio) -> Pulse | None:
    """What beat there may be; None for what is short or has no onsets at all."""
    onsets = audio.onsets[:, EDGE : int(LONGEST * audio.onset_rate) - EDGE]
    onsets = onsets[:, : max(0, audio.onsets.shape[1] - 2 * EDGE)]
    if onsets.shape[1] < SHORTEST * audio.onset_rate or not _moves(audio, onsets[-1]):
        return None
    rows = tempogram.candidates(audio, onsets)
    likely = learned.shares(learned.network("tempo")(rows))
    chosen = int(_smooth(likely).argmax())
    coarse = float(CANDIDATES[chosen])
    lines = Lines.of(onsets, audio.onset_rate)
    parts = local(onsets, audio.onset_rate, coarse)
    bpm = lines.sharpened(coarse)
    seen = evidence(lines.strength(bpm), parts, share(likely, bpm), onsets.shape[1])
    even = len(parts) < 2 or bool(lines.strength(bpm) > 0.5 * np.median(parts[:, 1]))
    even = even and not torn(parts)
    if not even:
        bpm = float(np.median(parts[holding(parts), 0]))
    agreed = len(parts) >= FEWEST_PARTS and bool(np.std(np.log(parts[:, 0])) < AGREED)
    loose = learned.shares(learned.network("level")(rows))
    free = float(CANDIDATES[_smooth(folded(np.sqrt(likely * loose), audio.tempi)).argmax()])
    seen = (*seen, *rows[chosen, : tempogram.READ].tolist())
    found = Pulse(bpm, likely, seen, even, agreed, free=free)
    return found if audio.tempi == ALL else wanted(found, audio.tempi, lines)


def _moves(audio: Audio, curve: Series) -> bool:
    """Whether onsets are more than the ripple of a held tone."""
    level = float(np.sqrt(audio.bands).mean())
    return float(curve.std()) > RIPPLE * level > 0


def wanted(found: Pulse, tempi: Tempi, lines: Lines) -> Pulse:
    """The same beat, counted within *tempi* where it can be; whether it is steady stays."""
    likely = folded(found.likely, tempi)
    coarse = float(CANDIDATES[_smooth(likely).argmax()])
    if abs(coarse / found.bpm - 1) < NEAR:
        return replace(found, likely=likely)
    octaves = round(np.log2(coarse / found.bpm))
    bpm = found.bpm * 2.0**octaves
    if abs(coarse / bpm - 1) > NEAR:
        bpm = lines.sharpened(coarse)
    return replace(found, bpm=bpm, likely=likely, outside=found.bpm)


def folded(likely: NDArray[Any], tempi: Tempi) -> NDArray[Any]:
    """Each reading outside *tempi* counts for the nearest octave inside, where there is one."""
    if tempi == ALL:
        return likely
    moved = np.zeros_like(likely)
    inside = (tempi.slowest / EDGES < CANDIDATES) & (tempi.fastest * EDGES > CANDIDATES)
    for place, share in enumerate(likely):
        octaves = [place + octave * PER_OCTAVE for octave in (0, 1, -1, 2, -2)]
        good = [other for other in octaves if 0 <= other < len(likely) and inside[other]]
        moved[good[0] if good else place] += share
    return moved


def _smooth(likely: NDArray[Any]) -> NDArray[Any]:
    return np.convolve(likely, np.ones(3), mode="same")


def share(likely: NDArray[Any], bpm: float) -> float:
    """How likely the readings near *bpm* are together."""
    return float(likely[np.abs(CANDIDATES / bpm - 1) < NEAR].sum())


def alternatives(found: Pulse) -> list[float]:
    """Simple multiples of the tempo, the likeliest first; before all what the range left out."""
    likely, bpm = found.likely, found.bpm
    ratios = [ratio for ratio in READINGS if SLOWEST <= bpm * ratio <= FASTEST]
    left_out = 0.0 if found.outside is None else found.outside / bpm
    ratios.sort(
        key=lambda ratio: (
            abs(ratio / max(left_out, 1e-3) - 1) < NEAR,
            share(likely, bpm * ratio) + SLIP * (ratio in (0.5, 2)),
        )
    )
    return [bpm * ratio for ratio in ratios[: -1 - MOST_ALTERNATIVES : -1]]


def local(onsets: Series, rate: float, coarse: float) -> NDArray[Any]:
    """The tempo near *coarse*, the strength of its lines, and of another's, part by part."""
    size = int(LOCAL * rate)
    found = [
        (bpm := part.sharpened(coarse), part.strength(bpm), part.elsewhere(bpm))
        for start in range(0, onsets.shape[1] - size + 1, size)
        for part in [Lines.of(onsets[:, start : start + size], rate)]
    ]
    return np.array(found).reshape(-1, 3)


def holding(parts: NDArray[Any]) -> NDArray[np.bool_]:
    """Which of the parts have their tempo at all."""
    return np.asarray(parts[:, 1] >= LOST * parts[:, 1].max(initial=0))


def torn(parts: NDArray[Any]) -> bool:
    """Whether the music turns to another tempo: some part has that, and nothing of this one."""
    if not len(parts):
        return False
    usual = np.median(parts[holding(parts), 1])
    return bool(((parts[:, 1] < LOST * usual) & (parts[:, 2] > OWN * usual)).any())


def evidence(strength: float, parts: NDArray[Any], near: float, frames: int) -> tuple[float, ...]:
    """What tells a steady beat: strong lines, the same in all parts, and a clear choice."""
    by_chance = CHANCE / frames
    drift = float(np.std(np.log(parts[:, 0]))) if len(parts) > 1 else 0.0
    held = float(np.median(parts[:, 1])) if len(parts) > 1 else strength
    return (
        float(np.log(strength + by_chance)),
        float(np.log(max(strength, held) + by_chance)),
        -100 * min(drift, 0.03),
        log_odds(near),
        float(np.log(by_chance)),
    )


TOGETHER = 1 << 20
"""Values transformed at once, at most: over hours each curve takes 40 MB."""


@dataclass(frozen=True)
class Lines:
    """The spectrum of the whole onset curves, in which a steady beat is a comb of lines."""

    power: NDArray[Any]
    """All groups' together, each as shares of its curve's power."""
    main: NDArray[Any]
    """That of all onsets."""
    step: float
    """BPM from one to the next."""

    @classmethod
    def of(cls, onsets: Series, rate: float) -> Lines:
        count = onsets.shape[1]
        size = scipy.fft.next_fast_len(4 * count, real=True)
        power, main = np.zeros(size // 2 + 1, np.float32), np.zeros(0, np.float32)
        step = max(1, TOGETHER // size)
        for at in range(0, len(onsets), step):
            curves = onsets[at : at + step]
            spectra = scipy.fft.rfft(curves, size)
            whole = np.maximum(np.vecdot(curves, curves), 1e-12) * np.float32(count / 2)
            shares = (spectra.real**2 + spectra.imag**2) / whole[:, None]
            power += shares.sum(axis=0)
            main = shares[-1]
        return cls(power, main, 60 * rate / size)

    def strength(self, bpm: float) -> float:
        """The share of the onsets' power in the main lines."""
        return float(self._at(self.main, np.array([bpm]), MAIN_LINES)[0])

    def elsewhere(self, bpm: float) -> float:
        """What the strongest tempo within half an octave has, that is no other reading of *bpm*."""
        apart = np.abs(AROUND[:, None] / [1, *READINGS] - 1).min(axis=1) > NEAR
        return float(self._at(self.main, bpm * AROUND[apart], MAIN_LINES).max())

    def sharpened(self, bpm: float) -> float:
        """The tempo near *bpm* with the strongest lines; a round one where it is as strong."""
        count = int(2 * 0.03 * bpm / self.step * 2 * MAIN_LINES[-1]) | 1
        near = bpm * np.linspace(0.97, 1.03, max(count, 61))
        start = near[self._at(self.power, near, LINES[LINES <= 4]).argmax()]
        near = start + np.arange(-40, 41) * self.step / 8 / 4
        power = self._at(self.power, near, LINES)
        top = int(power.argmax())
        best = _summit(near, power, top)
        rounded = round(best * 2) / 2
        if self._at(self.power, np.array([rounded]), LINES)[0] >= AS_STRONG * float(power[top]):
            return rounded
        return best

    def _at(self, power: NDArray[Any], bpm: NDArray[Any], lines: NDArray[Any]) -> NDArray[Any]:
        """The power in the lines of these tempi."""
        places = np.minimum(np.outer(bpm, lines) / self.step, len(power) - 2)
        below = places.astype(int)
        part = places - below
        return np.asarray((power[below] * (1 - part) + power[below + 1] * part).sum(axis=1))


def _summit(places: NDArray[Any], values: NDArray[Any], top: int) -> float:
    """Where the parabola through the highest value and its neighbours has its summit."""
    if not 0 < top < len(values) - 1:
        return float(places[top])
    before, middle, after = values[top - 1 : top + 2]
    bend = before - 2 * middle + after
    shift = 0.5 * (before - after) / bend if bend < 0 else 0.0
    return float(places[top] + shift * (places[1] - places[0]))

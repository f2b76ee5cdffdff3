"""How fast it is: the beat people tap, sharp to the length of the recording, or none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from tracker.analysis.audio import Audio
from tracker.analysis.decode import Series
from tracker.analysis.once import once
from tracker.model import Bpm, Tempo

VERSION = 1

SLOWEST, FASTEST = 48.0, 218.0
PER_OCTAVE = 36
WINDOW, STEP = 12.0, 6.0
"""Seconds of a tempogram's window and from one to the next."""
SHORTEST = 3.0
"""Seconds; below that nothing repeats often enough."""
LONGEST = 4 * 3600
"""Seconds heard; what lasts longer has no one tempo."""

# What a candidate reads of both curves at ratios of itself, and how much each counts, by onset
# group (low, mid, high, all). A comb set by hand (the beat, the bar below it, the subdivisions above)
# that a ridge then moved towards 143 pieces of known tempo from seven sources. Fitted without each
# source in turn it is right on 78 % of them, 99 % but for the octave; the strength of the ridge was
# chosen by the same figures, which flatters them a little.
RATIOS = (1 / 4, 1 / 2, 1, 2, 4)
REPETITION = np.array(
    [
        (0.3, 0.3, 0.4, 0.3),
        (0.5, 0.3, 0.4, 0.4),
        (0.8, 0.7, 0.8, 0.9),
        (0.0, 0.4, 0.2, 0.2),
        (0.1, 0.3, 0.0, 0.1),
    ]
)
"""On the autocorrelation."""
PERIODICITY = np.array(
    [
        (-8.5, -1.2, -5.8, -2.6),
        (-0.4, 4.5, 6.7, 1.5),
        (0.2, -0.3, 0.8, 0.1),
        (1.0, 0.3, 1.0, 0.7),
        (0.4, 0.7, 0.8, 0.5),
    ]
)
"""On the Fourier tempogram: the snare on every second beat, little on every fourth."""
PRIOR = (-1.4, -0.6, -0.3, 0.0, 0.0, -0.5)
"""How likely a tempo is before listening, at six places from the slowest to the fastest."""
SHARPNESS = 3.0
"""From scores to log probabilities."""
TRUST = (0.70, 0.25)
"""From the log odds of a reading to those of being right, seen on sources left out."""

NEAR = 0.04
"""Share by which a tempo may miss and still be the same reading."""
LINES = (1, 2, 4)
"""The tempo's own line in the spectrum of all onsets and those of its subdivisions."""
WEAKEST, CHANCE = 0.045, 10.0
"""Below this share of the onsets' power in those lines there is no steady beat; the second, over
the number of frames, is what chance reaches in a short one."""
LOCAL, WEAKEST_LOCAL, DRIFT = 24.0, 0.08, 0.007
"""A drummer without a click: seconds of a part, the share the lines need there, and by how much
the tempi of the parts may spread."""
EDGE = 4
"""Frames left out at both ends."""
RIPPLE = 0.15
"""Onsets below this share of the mean level are the window's ripple over a held tone."""
AS_STRONG = 0.985
"""A whole or half tempo is taken where its lines are as strong as this share of the best."""
READINGS = (1 / 3, 1 / 2, 2 / 3, 3 / 4, 4 / 3, 3 / 2, 2, 3)
MOST_ALTERNATIVES = 3


@once
def measure(audio: Audio) -> Tempo | None:
    """The tempo, or None where there is no steady beat."""
    # A file that begins or ends in the middle of a sound has an onset there that is none.
    onsets = audio.onsets[:, EDGE : int(LONGEST * audio.onset_rate) - EDGE]
    onsets = onsets[:, : max(0, audio.onsets.shape[1] - 2 * EDGE)]
    if onsets.shape[1] < SHORTEST * audio.onset_rate or not _moves(audio, onsets[-1]):
        return None
    likely = likelihoods(onsets, audio.onset_rate)
    coarse = float(CANDIDATES[likely.argmax()])
    bpm = steady(onsets[-1], audio.onset_rate, coarse)
    if bpm is None:
        return None
    near = np.abs(CANDIDATES / coarse - 1) < NEAR
    return Tempo(
        bpm=Bpm(round(bpm, 3)),
        confidence=round(trust(float(likely[near].sum())), 3),
        alternatives=alternatives(likely, bpm),
    )


def _moves(audio: Audio, curve: Series) -> bool:
    """Whether onsets are more than the ripple of a held tone."""
    level = float(np.sqrt(audio.bands).mean())
    return float(curve.std()) > RIPPLE * level > 0


def steady(curve: Series, rate: float, coarse: float) -> float | None:
    """The sharp tempo near *coarse*; the middle one of a beat that drifts a little; or None."""
    lines = Lines.of(curve, rate)
    bpm = lines.sharpened(coarse)
    if lines.strength(bpm) >= WEAKEST + CHANCE / len(curve):
        return bpm
    size = int(LOCAL * rate)
    parts = [curve[at : at + size] for at in range(0, len(curve) - size + 1, size)]
    if len(parts) < 2:
        return None
    found = [(part.sharpened(coarse), part) for part in (Lines.of(cut, rate) for cut in parts)]
    tempi = np.array([tempo for tempo, _ in found])
    strength = float(np.median([part.strength(tempo) for tempo, part in found]))
    if strength < WEAKEST_LOCAL or np.std(np.log(tempi)) > DRIFT:
        return None
    return float(np.median(tempi))


def trust(share: float) -> float:
    """The probability of being right where the readings near the answer have this share."""
    share = min(max(share, 1e-6), 1 - 1e-6)
    odds = TRUST[0] + TRUST[1] * np.log(share / (1 - share))
    return float(1 / (1 + np.exp(-odds)))


def alternatives(likely: NDArray[Any], bpm: float) -> tuple[Bpm, ...]:
    """Simple multiples of the tempo, the likeliest first."""
    found = []
    for ratio in READINGS:
        other = bpm * ratio
        near = np.abs(CANDIDATES / other - 1) < NEAR
        if SLOWEST <= other <= FASTEST and near.any():
            found.append((float(likely[near].sum()), other))
    found.sort(reverse=True)
    return tuple(Bpm(round(other, 3)) for _, other in found[:MOST_ALTERNATIVES])


# A logarithmic grid that a ratio of 2 meets again, wide enough for every ratio of every candidate.
_LOWEST = SLOWEST * RATIOS[0] / 2
_GRID = _LOWEST * 2 ** (
    np.arange(np.ceil(np.log2(FASTEST * RATIOS[-1] * 1.1 / _LOWEST) * PER_OCTAVE)) / PER_OCTAVE
)
_PLACES = np.flatnonzero((_GRID >= SLOWEST) & (_GRID <= FASTEST))
CANDIDATES = _GRID[_PLACES]


def likelihoods(onsets: Series, rate: float) -> NDArray[Any]:
    """How likely each of `CANDIDATES` is; their sum is 1."""
    repetition, periodicity = tempograms(onsets, rate)
    score = np.interp(
        np.log2(CANDIDATES), np.linspace(np.log2(SLOWEST), np.log2(FASTEST), len(PRIOR)), PRIOR
    )
    for curves, weights in ((repetition, REPETITION), (periodicity, PERIODICITY)):
        # A neighbouring bin may hold the peak: ratios of a rounded tempo are rounded too.
        highest = np.max([np.roll(curves, shift, axis=1) for shift in (-1, 0, 1)], axis=0)
        for ratio, row in zip(RATIOS, weights, strict=True):
            score += row @ highest[:, _PLACES + round(np.log2(ratio) * PER_OCTAVE)]
    likely = np.exp(SHARPNESS * (score - score.max()))
    return likely / likely.sum()


def tempograms(onsets: Series, rate: float) -> tuple[NDArray[Any], NDArray[Any]]:
    """Autocorrelation and Fourier magnitude on the grid, by groups (Peeters 2005; Grosche 2011)."""
    size = int(WINDOW * rate)
    onsets = np.pad(onsets, ((0, 0), (0, max(0, size - onsets.shape[1]))))
    window = np.hanning(size).astype(np.float32)
    waves = _waves(size, rate)
    likeness = np.zeros((len(onsets), size))
    power = np.zeros((len(onsets), len(_GRID)))
    for start in range(0, onsets.shape[1] - size + 1, int(STEP * rate)):
        cut = onsets[:, start : start + size] * window
        likeness += scipy.fft.irfft(np.abs(scipy.fft.rfft(cut, 2 * size)) ** 2)[:, :size]
        power += np.abs(cut @ waves) ** 2
    whole = np.maximum(likeness[:, :1], 1e-9)
    taper = scipy.fft.irfft(np.abs(scipy.fft.rfft(window, 2 * size)) ** 2)[:size] / (
        window @ window
    )
    likeness = likeness / whole / np.maximum(taper, 0.02)
    lags = 60 / _GRID * rate
    repetition = np.stack([np.interp(lags, np.arange(size), row) for row in likeness])
    repetition[:, lags > 0.9 * size] = 0
    periodicity = np.sqrt(power / whole * (window @ window)) / window.sum()
    return repetition, periodicity


def _waves(size: int, rate: float) -> NDArray[np.complex64]:
    time = np.arange(size) / rate
    return np.exp(-2j * np.pi * np.outer(time, _GRID / 60)).astype(np.complex64)


@dataclass(frozen=True)
class Lines:
    """The spectrum of the whole onset curve, in which a steady beat is a line."""

    power: Series
    """As shares of the curve's power."""
    step: float
    """BPM from one to the next."""

    @classmethod
    def of(cls, curve: Series, rate: float) -> Lines:
        size = scipy.fft.next_fast_len(4 * len(curve), real=True)
        spectrum = scipy.fft.rfft(curve, size)
        whole = max(float(curve @ curve), 1e-12) * len(curve) / 2
        power = (spectrum.real**2 + spectrum.imag**2) / np.float32(whole)
        return cls(power, 60 * rate / size)

    def at(self, bpm: NDArray[Any]) -> NDArray[Any]:
        """The power in the lines of these tempi."""
        sums = np.zeros(len(bpm))
        for multiple in LINES:
            place = np.minimum(bpm * multiple / self.step, len(self.power) - 2)
            below = place.astype(int)
            share = place - below
            sums += self.power[below] * (1 - share) + self.power[below + 1] * share
        return sums

    def strength(self, bpm: float) -> float:
        return float(self.at(np.array([bpm]))[0])

    def sharpened(self, bpm: float) -> float:
        """The tempo near *bpm* with the strongest lines; a round one where it is as strong."""
        count = int(2 * 0.03 * bpm / self.step * 2 * max(LINES)) | 1
        near = bpm * np.linspace(0.97, 1.03, max(count, 61))
        power = self.at(near)
        top = int(power.argmax())
        best = _summit(near, power, top)
        rounded = round(best * 2) / 2
        if self.strength(rounded) >= AS_STRONG * float(power[top]):
            return rounded
        return best


def _summit(places: NDArray[Any], values: NDArray[Any], top: int) -> float:
    """Where the parabola through the highest value and its neighbours has its summit."""
    if not 0 < top < len(values) - 1:
        return float(places[top])
    before, middle, after = values[top - 1 : top + 2]
    bend = before - 2 * middle + after
    shift = 0.5 * (before - after) / bend if bend < 0 else 0.0
    return float(places[top] + shift * (places[1] - places[0]))

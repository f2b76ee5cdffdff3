"""How the onsets repeat, at every speed: what the choice of a tempo reads."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from tracker.analysis.audio import Audio
from tracker.analysis.decode import Series
from tracker.analysis.series import MELS

SLOWEST, FASTEST = 46.0, 224.0
PER_OCTAVE = 36
WINDOW, STEP = 12.0, 6.0
"""Seconds of a window and from one to the next."""
SIZE = 8192
"""Of the transform: a window and its echo fit, its lines lie 0.6 BPM apart."""

RATIOS = (1 / 8, 1 / 6, 1 / 4, 1 / 3, 1 / 2, 2 / 3, 3 / 4, 1, 4 / 3, 3 / 2, 2, 3, 4, 6, 8)
"""Where a candidate reads, as multiples of itself: bars below it, subdivisions above."""
MEETINGS = (1 / 4, 1 / 3, 1 / 2, 1, 3 / 2, 2, 3, 4)
"""Where it reads whether two groups of onsets fall together or between one another."""
PAIRS = ((0, 1), (0, 2), (1, 2))

READ = 8 * len(RATIOS) + len(PAIRS) * len(MEETINGS)
"""Columns of a candidate's row that are read from the curves."""

_MARGIN = 8
_LOWEST = SLOWEST * RATIOS[0] * 2 ** (-_MARGIN / PER_OCTAVE)
GRID = _LOWEST * 2 ** (
    np.arange(np.ceil(np.log2(FASTEST * RATIOS[-1] / _LOWEST) * PER_OCTAVE) + _MARGIN) / PER_OCTAVE
)
"""BPM, logarithmic, wide enough for every ratio of every candidate."""
_FIRST = round(np.log2(SLOWEST / _LOWEST) * PER_OCTAVE)
PLACES = _FIRST + np.arange(int(np.log2(FASTEST / SLOWEST) * PER_OCTAVE) + 1)
CANDIDATES = GRID[PLACES]

_KNOTS = np.linspace(np.log2(48), np.log2(218), 10)
PRIOR = 1.5 * np.array([np.interp(np.log2(CANDIDATES), _KNOTS, row) for row in np.eye(10)]).T
"""Where a candidate lies between ten tempi: how likely it is before listening is learned."""


def candidates(audio: Audio, onsets: Series) -> NDArray[Any]:
    """What is known of each of `CANDIDATES`, a row each."""
    return rows(curves(onsets, audio.onset_rate), description(audio, onsets))


def rows(read: NDArray[Any], described: NDArray[Any]) -> NDArray[Any]:
    """The curves at multiples of each candidate, beside what is known of the whole."""
    repeats, meets = read[: -len(PAIRS)], read[-len(PAIRS) :]
    columns = [repeats[:, PLACES + _steps(ratio)] for ratio in RATIOS]
    columns += [meets[:, PLACES + _steps(ratio)] for ratio in MEETINGS]
    whole = np.broadcast_to(described, (len(PLACES), len(described)))
    return np.concatenate([np.concatenate(columns).T, whole, PRIOR], axis=1).astype(np.float32)


def _steps(ratio: float) -> int:
    return round(np.log2(ratio) * PER_OCTAVE)


def curves(onsets: Series, rate: float) -> NDArray[Any]:
    """How groups and pairs of them repeat at the tempi of `GRID`.

    Autocorrelation and Fourier magnitude by groups (Peeters 2005; Grosche & Mueller 2011), then the
    cross-spectra of `PAIRS`, positive where both groups peak at once.
    """
    size = int(WINDOW * rate)
    window = np.hanning(size).astype(np.float32)
    power, meeting = _spectra(onsets, window, int(STEP * rate))
    likeness = scipy.fft.irfft(power)[:, :size]
    whole = np.maximum(likeness[:, :1], 1e-9)
    taper = scipy.fft.irfft(np.abs(scipy.fft.rfft(window, SIZE)) ** 2)[:size] / (window @ window)
    likeness = likeness / whole / np.maximum(taper, 0.02)
    lags = 60 / GRID * rate
    repetition = np.stack([np.interp(lags, np.arange(size), row) for row in likeness])
    repetition[:, lags > 0.9 * size] = 0

    scale = (window @ window) / window.sum() ** 2
    periodicity = np.sqrt(np.maximum(_on_grid(power, rate) / whole * scale, 0))
    both = np.array([np.sqrt(whole[one, 0] * whole[other, 0]) for one, other in PAIRS])
    together = _on_grid(meeting, rate) / both[:, None] * scale
    # A neighbouring bin may hold the peak: ratios of a rounded tempo are rounded too.
    repeats = np.concatenate([repetition, periodicity])
    highest = np.max([np.roll(repeats, shift, axis=1) for shift in (-1, 0, 1)], axis=0)
    return np.concatenate([highest, np.sign(together) * np.sqrt(np.abs(together))])


def _spectra(onsets: Series, window: Series, step: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """The power of each group and what pairs share of it, over all windows."""
    size = len(window)
    onsets = np.pad(onsets, ((0, 0), (0, max(0, size - onsets.shape[1])))).astype(np.float32)
    power = np.zeros((len(onsets), SIZE // 2 + 1))
    meeting = np.zeros((len(PAIRS), SIZE // 2 + 1))
    for start in range(0, onsets.shape[1] - size + 1, step):
        lines = scipy.fft.rfft(onsets[:, start : start + size] * window, SIZE)
        power += lines.real**2 + lines.imag**2
        for row, (one, other) in enumerate(PAIRS):
            meeting[row] += (
                lines[one].real * lines[other].real + lines[one].imag * lines[other].imag
            )
    return power, meeting


def _on_grid(lines: NDArray[Any], rate: float) -> NDArray[Any]:
    places = GRID / 60 / rate * SIZE
    return np.stack([np.interp(places, np.arange(SIZE // 2 + 1), row) for row in lines])


def description(audio: Audio, onsets: Series) -> NDArray[Any]:
    """What the whole sounds like, which tells slow music from fast (Hockman & Fujinaga 2010).

    By groups how many onsets there are and how they stand out; the bands' centre, flatness; how
    the groups share the onsets; how the level moves.
    """
    seconds = onsets.shape[1] / audio.onset_rate
    found: list[float] = []
    for curve in onsets.astype(np.float64):
        middle = curve[1:-1]
        is_peak = (middle > curve[:-2]) & (middle >= curve[2:]) & (middle > max(curve.std(), 1e-4))
        found.append(np.log2(1 + is_peak.sum() / seconds))
        square = max(float(np.mean(curve**2)), 1e-12)
        found.append(np.log2(1 + np.mean(np.square(curve**2)) / square**2))
    power = audio.bands.mean(axis=0).astype(np.float64) + 1e-9
    found.append(float(power @ np.arange(MELS) / power.sum()) / 10)
    found.append(float(np.log(power).mean() - np.log(power.mean())))
    spread = onsets.std(axis=1)
    found += [float(np.log2(part / max(spread[3], 1e-9) + 0.05)) for part in spread[:3]]
    levels = np.sqrt(audio.energies.astype(np.float64) + 1e-9)
    found.append(float(np.log(levels + 1e-4).std()))
    return np.array(found)

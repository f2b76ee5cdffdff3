"""The recording bar by bar, or in equal pieces where nothing beats: what its sections are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d

from tracker.analysis import beats
from tracker.analysis.audio import Audio
from tracker.analysis.chroma import ROW_RATE, classes
from tracker.analysis.decode import Series
from tracker.analysis.series import FINE
from tracker.analysis.shape import Shape
from tracker.model import Beats

Numbers = NDArray[np.float64]

METRE = 4
"""Beats in a bar where nothing tells how many."""
PIECE = 2.0
"""Seconds of a piece where nothing beats."""
MOST = 2_000
"""Pieces; where there were more, several count as one: no step may cost their square unbounded."""
SILENT = 1e-5
"""Below this share of the loudest 100 ms (-50 dB) a recording has not begun, or has ended."""
FAINTEST = 1e-7
"""-70 LUFS: silence, however loud the rest."""
EARLY = 0.02
"""Seconds by which a window sees what is to come."""
BANDS, ONSETS = 8.0, 6.0
"""How much they weigh against each other."""
CHORDS = 3.0
"""How much harmony counts where the first beat of a bar is sought."""
CALMEST = 0.02
"""Onsets of a full bar with next to none: what rises less is no event."""
TYPICAL = 85
"""The percentile of the bars that stands for a full one: a few fills may be louder."""


@dataclass(frozen=True)
class Bars:
    """What is heard in each bar. A gain changes none of it."""

    edges: Numbers
    """Seconds: where each begins, and the end of the last; what is silent at both ends is out."""
    beaten: bool
    """They are bars, the first and the last may be cut; else pieces."""
    steady: bool
    """The beat never changes, as a machine's or a click's."""
    bands: Numbers
    """Amplitude in eight bands from low to high, 1 where the loudest is in a full bar."""
    onsets: Numbers
    """How much low, middle, high and all bands rise, 1 where the busiest does in a full bar."""
    harmony: Numbers
    """Strength of the pitch classes, of length 1; 0 in silence."""
    loudness: Numbers
    """dB."""

    def __len__(self) -> int:
        return len(self.edges) - 1


def heard(audio: Audio) -> Bars | None:
    """The bars, or pieces of two seconds where nothing beats; None where nothing sounds."""
    span = sounding(audio)
    if span is None:
        return None
    found = beats.measure(audio)
    lines = None if found is None else _bar_lines(audio, span, found)
    if lines is None:
        return _filled(audio, _pieces(span), None)
    return _filled(audio, _edges(span, lines), found)


def sounding(audio: Audio) -> tuple[float, float] | None:
    """Seconds at which the sound begins and ends."""
    if not len(audio.energies):
        return None
    loud = np.flatnonzero(audio.energies > max(SILENT * float(audio.energies.max()), FAINTEST))
    if not len(loud):
        return None
    return 0.1 * float(loud[0]), min(audio.seconds, 0.1 * float(loud[-1] + 1))


def _bar_lines(audio: Audio, span: tuple[float, float], found: Beats) -> Numbers | None:
    """Where bars begin within the span; None where too few beats are in it."""
    start, end = span
    lines = np.array(found.times)
    if found.period is not None:
        before = np.ceil((found.first - start) / found.period)
        lines = np.arange(found.first - before * found.period, end, found.period)
    lines = lines[(lines > start - EARLY) & (lines < end)]
    if len(lines) < 2 * METRE:
        return None
    metre = found.metre or METRE
    first = _downbeat(found)
    if first is None:
        return lines[first_in_bar(audio, lines, metre) :: metre]
    return lines[int(np.abs(lines - first).argmin()) % metre :: metre]


def _downbeat(found: Beats) -> float | None:
    """Seconds."""
    if found.downbeat is None:
        return None
    if found.period is None:
        return found.times[found.downbeat]
    return found.first + found.downbeat * found.period


def first_in_bar(audio: Audio, lines: Numbers, metre: int) -> int:
    """On which beat, counted from the first line, what is heard changes most often and most.

    A bar before against a bar after: what the bar itself repeats cancels out.
    """
    if len(lines) < 2 * metre + 1:
        return 0
    sound = weighted(*_bands_and_onsets(audio, lines))
    sound = np.hstack([sound, CHORDS * _harmony(audio, lines)])
    sums = np.cumsum(np.pad(sound, ((1, 0), (0, 0))), axis=0)
    level = (sums[metre:] - sums[:-metre]) / metre
    change = ((level[metre:] - level[:-metre]) ** 2).sum(axis=1)
    places = np.flatnonzero(change == maximum_filter1d(change, 2 * metre + 1))
    return int(np.bincount((places + metre) % metre, change[places], metre).argmax())


def _pieces(span: tuple[float, float]) -> Numbers:
    start, end = span
    count = max(1, min(MOST, round((end - start) / PIECE)))
    return np.linspace(start, end, count + 1)


def _edges(span: tuple[float, float], lines: Numbers) -> Numbers:
    """Bar lines within the span, and its ends; a cut bar of less than a half joins the next."""
    start, end = span
    lines = lines[:: int(np.ceil(len(lines) / MOST))]
    half = float(np.median(np.diff(lines))) / 2 if len(lines) > 1 else 0.0
    return np.array([start, *lines[(lines > start + half) & (lines < end - half)], end])


def _filled(audio: Audio, edges: Numbers, found: Beats | None) -> Bars:
    bands, onsets = _bands_and_onsets(audio, edges)
    power = means(audio.energies[None], 10, edges, early=0)[:, 0]
    loudness = 10 * np.log10(np.maximum(power, max(SILENT * power.max(), 1e-12)))
    audible = loudness > 10 * np.log10(max(SILENT * power.max(), FAINTEST))
    return Bars(
        edges=edges,
        beaten=found is not None,
        steady=found is not None and found.period is not None,
        bands=bands,
        onsets=onsets,
        harmony=_harmony(audio, edges) * audible[:, None],
        loudness=loudness,
    )


def _bands_and_onsets(audio: Audio, edges: Numbers) -> tuple[Numbers, Numbers]:
    envelopes = means(audio.texture.envelopes.T, Shape.ENVELOPE_RATE, edges)
    rises = np.sqrt(means(np.maximum(audio.onsets, 0), audio.onset_rate, edges, squared=True))
    return envelopes / typical(envelopes).max(), rises / max(typical(rises).max(), CALMEST)


def weighted(bands: Numbers, onsets: Numbers) -> Numbers:
    """Both side by side, in steps that sound alike; of the amplitudes the square root counts."""
    return np.hstack([BANDS * np.sqrt(np.minimum(bands, 2)), ONSETS * onsets])


def typical(values: Numbers) -> Numbers:
    """What each column reaches in a full bar."""
    return np.maximum(np.percentile(values, TYPICAL, axis=0), 1e-9)


def _harmony(audio: Audio, edges: Numbers) -> Numbers:
    """Twelve classes, tuned, from the fine steps of the pass; the square root tames the loudest."""
    steps = FINE // 12
    shift = steps // 2 - round(float(np.angle(audio.tones)) / (2 * np.pi) * steps)
    mean = np.sqrt(means(classes(audio.chroma, shift).T, ROW_RATE, edges))
    return mean / np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-9)


def means(
    rows: Series, rate: float, edges: Numbers, *, squared: bool = False, early: float = EARLY
) -> Numbers:
    """The mean of each row of values between the edges, columns by rows."""
    places = np.clip((edges - early) * rate, 0, max(rows.shape[1], 1))
    lengths = np.maximum(np.diff(places), 1e-9)
    return np.stack([np.diff(_summed(row, places, squared)) / lengths for row in rows], axis=1)


def _summed(values: NDArray[Any], places: Numbers, squared: bool) -> Numbers:
    """The sum of all values before each place, which may lie within one."""
    sums = np.zeros(len(values) + 1)
    np.cumsum(values**2 if squared else values, dtype=np.float64, out=sums[1:])
    return np.interp(places, np.arange(len(sums)), sums)

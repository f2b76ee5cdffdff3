"""The recording bar by bar, or in equal pieces where nothing beats: what its sections are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d

from tracker.analysis import tempo
from tracker.analysis.audio import Audio
from tracker.analysis.chroma import ROW_RATE
from tracker.analysis.decode import Series
from tracker.analysis.series import FINE
from tracker.analysis.shape import Shape

Numbers = NDArray[np.float64]

METRE = 4
"""Beats in a bar where nothing tells."""
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
    """They are bars of a steady beat, the first and the last may be cut."""
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
    found = tempo.measure(audio)
    if found is None:
        return _filled(audio, _pieces(span), beaten=False)
    period = 60 / found.bpm
    beat = first_beat(audio, period)
    beats = np.arange(beat + np.ceil((span[0] - beat) / period) * period, span[1], period)
    downbeat = beats[0] + first_in_bar(audio, beats) * period if len(beats) else span[0]
    return _filled(audio, _grid(span, downbeat, METRE * period), beaten=True)


def sounding(audio: Audio) -> tuple[float, float] | None:
    """Seconds at which the sound begins and ends."""
    if not len(audio.energies):
        return None
    loud = np.flatnonzero(audio.energies > max(SILENT * float(audio.energies.max()), FAINTEST))
    if not len(loud):
        return None
    return 0.1 * float(loud[0]), min(audio.seconds, 0.1 * float(loud[-1] + 1))


def first_beat(audio: Audio, period: float) -> float:
    """Seconds within the first period at which most rises, summed over all of them."""
    curve = np.array([1.0, 0.9, 0.1]) @ np.maximum(audio.onsets[:3], 0)
    phase = np.arange(len(curve)) / audio.onset_rate / period % 1
    turns = np.exp(2j * np.pi * np.outer((1, 2, 4), phase)) @ curve
    places = np.arange(256) / 256
    waves = np.exp(-2j * np.pi * np.outer(places, (1, 2, 4)))
    return float(places[(waves @ turns).real.argmax()] * period)


def first_in_bar(audio: Audio, beats: Numbers) -> int:
    """On which beat, counted from the first line, what is heard changes most often and most.

    A bar before against a bar after: what the bar itself repeats cancels out.
    """
    if len(beats) < 2 * METRE + 1:
        return 0
    sound = weighted(*_bands_and_onsets(audio, beats))
    sound = np.hstack([sound, CHORDS * _harmony(audio, beats)])
    sums = np.cumsum(np.pad(sound, ((1, 0), (0, 0))), axis=0)
    level = (sums[METRE:] - sums[:-METRE]) / METRE
    change = ((level[METRE:] - level[:-METRE]) ** 2).sum(axis=1)
    places = np.flatnonzero(change == maximum_filter1d(change, 2 * METRE + 1))
    return int(np.bincount((places + METRE) % METRE, change[places], METRE).argmax())


def _pieces(span: tuple[float, float]) -> Numbers:
    start, end = span
    count = max(1, min(MOST, round((end - start) / PIECE)))
    return np.linspace(start, end, count + 1)


def _grid(span: tuple[float, float], downbeat: float, bar: float) -> Numbers:
    """Bar lines within the span, and its ends; a cut bar of less than a half joins the next."""
    start, end = span
    bar *= int(np.ceil((end - start) / bar / MOST))
    first = downbeat + np.ceil((start - downbeat) / bar) * bar
    lines = np.arange(first, end, bar)
    lines = lines[(lines > start + bar / 2) & (lines < end - bar / 2)]
    return np.array([start, *lines, end])


def _filled(audio: Audio, edges: Numbers, *, beaten: bool) -> Bars:
    bands, onsets = _bands_and_onsets(audio, edges)
    power = means(audio.energies[None], 10, edges, early=0)[:, 0]
    loudness = 10 * np.log10(np.maximum(power, max(SILENT * power.max(), 1e-12)))
    audible = loudness > 10 * np.log10(max(SILENT * power.max(), FAINTEST))
    return Bars(
        edges=edges,
        beaten=beaten,
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
    fine = np.roll(audio.chroma, shift, axis=1).astype(np.float32)
    classes = fine.reshape(len(fine), 12, steps).sum(axis=2)
    mean = np.sqrt(means(classes.T, ROW_RATE, edges))
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

"""A recording without the silence around it: what describes the music is not to hear the gaps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tracker.analysis.audio import Audio
from tracker.analysis.series import RATE, Onsets
from tracker.analysis.shape import COLUMNS, Shape
from tracker.model import Seconds

SILENCE = 1e-9
"""Mean square, -90 dBFS; a recording below it holds nothing but the noise of its converter."""
QUIET = 1e-6
"""Power against the loud parts: 60 dB below them there is silence at the ends."""
ROW = Shape.HOP * Shape.EVERY * Shape.ROW
"""Samples in a row of a texture."""


def trimmed(audio: Audio) -> Audio | None:
    """From the first to the last row in which something sounds; None where nothing does.

    Onsets, bands, energies, chroma and texture are cut, the rest is left as it is.
    """
    power = audio.texture.means[:, COLUMNS["power"]][:, 0]
    if not len(power) or power.max() < SILENCE:
        return None
    loud = float(np.quantile(power[power >= SILENCE], 0.95))
    sounding = np.flatnonzero(power >= max(SILENCE, QUIET * loud))
    first, end = int(sounding[0]), int(sounding[-1]) + 1
    if first == 0 and end == len(power):
        return audio
    return _cut(audio, first, None if end == len(power) else end)


def _cut(audio: Audio, first: int, end: int | None) -> Audio:
    def part(samples: float) -> slice:
        """Of a series with a value for so many samples."""
        stop = None if end is None else round(end * ROW / samples)
        return slice(round(first * ROW / samples), stop)

    texture = audio.texture
    last = audio.seconds if end is None else end * ROW / RATE
    return replace(
        audio,
        seconds=Seconds(last - first * ROW / RATE),
        onsets=audio.onsets[:, part(Onsets.HOP)],
        bands=audio.bands[part(ROW)],
        chroma=audio.chroma[part(4096)],
        bass=audio.bass[part(4096)],
        energies=audio.energies[part(RATE / 10)],
        texture=replace(
            texture,
            means=texture.means[first:end],
            variances=texture.variances[first:end],
            envelopes=texture.envelopes[part(Shape.HOP * Shape.ENVELOPE_EVERY)],
        ),
    )

"""A picture of the whole recording in three colours."""

from __future__ import annotations

import numpy as np

from tracker.analysis.audio import Audio
from tracker.analysis.decode import Series
from tracker.model import Waveform

VERSION = 1

PARTS = 1_000
GAMMA = 0.5
"""A byte is 255 times the level to this power, the level being the amplitude of a sine as strong as
the band is on average over the part: 255 is a full-scale sine, 81 is -20 dB, 26 is -40 dB, and what
is below -96 dB is 0. Square it for amplitudes, whatever the screen makes of them."""


def measure(audio: Audio) -> Waveform | None:
    """The overview of all channels together, or None where there is no sound at all."""
    power, cell = audio.overview
    if not len(power) or not audio.seconds:
        return None
    levels = np.sqrt(means(power, audio.seconds / cell))
    low, mid, high = np.rint(255 * np.minimum(levels, 1) ** GAMMA).astype(np.uint8).T
    return Waveform(low.tobytes(), mid.tobytes(), high.tobytes())


def means(cells: Series, length: float) -> Series:
    """Of `PARTS` equal parts of the first *length* cells; a part may be less than a cell."""
    # The integral at the edges of the parts; the last cell goes on where they are short.
    edges = np.linspace(0, length, PARTS + 1)
    integral = np.concatenate([np.zeros((1, cells.shape[1])), np.cumsum(cells, axis=0, dtype="f8")])
    places = np.arange(len(integral))
    sums = np.stack([np.interp(edges, places, column) for column in integral.T], axis=1)
    sums += np.maximum(edges - places[-1], 0)[:, None] * cells[-1]
    return np.asarray(np.maximum(np.diff(sums, axis=0) * PARTS / length, 0), np.float32)

"""How loud it is: integrated loudness after ITU-R BS.1770-4."""

from __future__ import annotations

import numpy as np

from tracker.analysis.audio import Audio
from tracker.model import Loudness, Lufs

VERSION = 1

BLOCK = 4
"""Steps of 100 ms in a gating block; blocks overlap by three."""
SILENCE = -70.0
"""LUFS: the absolute gate."""
BELOW_MEAN = 10.0
"""LU: the relative gate."""


def measure(audio: Audio) -> Loudness | None:
    """The loudness, or None for silence and for what is shorter than one block."""
    integrated = gated(audio.energies.astype(np.float64))
    return None if integrated is None else Loudness(Lufs(round(integrated, 2)))


def gated(energies: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float | None:
    """LUFS of mean squares over 100 ms, through both gates (BS.1770-4, equations 3 to 7)."""
    if len(energies) < BLOCK:
        return None
    blocks = np.convolve(energies, np.full(BLOCK, 1 / BLOCK), "valid")
    blocks = blocks[blocks > power(SILENCE)]
    if not len(blocks):
        return None
    loud = blocks[blocks > blocks.mean() * 10 ** (-BELOW_MEAN / 10)]
    return float(-0.691 + 10 * np.log10(loud.mean()))


def power(lufs: float) -> float:
    return float(10 ** ((lufs + 0.691) / 10))

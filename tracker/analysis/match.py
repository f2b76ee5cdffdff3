"""Whether two fingerprints are of the same recording, however either was cut or coded."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

PERIOD = 1365 / 11_025
"""Seconds from one number of a fingerprint to the next: a third of Chromaprint's frames."""
LEAST = 40
"""Numbers that overlap at least, five seconds; half of the shorter fingerprint where that is more."""
EVERY = 4
"""Numbers of which one is looked at while searching; offsets are all looked at."""
FEW = 8
"""Offsets that are looked at in full."""
CHANCE = 0.5
"""Share of bits in which unrelated sound differs."""

Numbers = NDArray[np.uint32]


def similarity(a: bytes, b: bytes) -> tuple[float, float]:
    """How alike two raw fingerprints are, and how many seconds later the same is heard in *b*.

    The first is 1 where all bits agree and 0 where they agree by chance; the best of all offsets.
    The same recording in another coding is above 0.8, unrelated ones are about 0.2: the best of
    many offsets is a little better than chance. Too short ones are 0 alike.
    """
    one, other = np.frombuffer(a, "<u4"), np.frombuffer(b, "<u4")
    if len(one) > len(other):
        score, offset = similarity(b, a)
        return score, -offset
    overlap = max(LEAST, len(one) // 2)
    if len(one) < overlap:
        return 0.0, 0.0
    # Position p puts the first number of *one* on number p - reach of *other*.
    reach = len(one) - overlap
    errors = _searched(one, other, reach)
    likely = np.argpartition(errors, min(FEW, len(errors) - 1))[:FEW]
    exact = [(_errors(one, other, int(place) - reach), int(place) - reach) for place in likely]
    share, shift = min(exact)
    return max(0.0, 1 - share / CHANCE), shift * PERIOD


def _searched(one: Numbers, other: Numbers, reach: int) -> NDArray[np.float64]:
    """The share of bits that differ at every offset, judged by every fourth number of *one*."""
    padded = np.pad(other, reach)
    here = np.pad(np.ones(len(other), np.uint32), reach)
    windows = sliding_window_view(padded, len(one))[:, ::EVERY]
    differing = np.bitwise_count(windows ^ one[::EVERY])
    inside = sliding_window_view(here, len(one))[:, ::EVERY]
    counts = np.einsum("ij,ij->i", differing, inside, dtype=np.uint32)
    return counts / (32 * np.maximum(inside.sum(axis=1), 1))


def _errors(one: Numbers, other: Numbers, shift: int) -> float:
    """The share of bits that differ where *one* begins at number *shift* of *other*."""
    start, end = max(0, shift), min(len(other), shift + len(one))
    differing = one[start - shift : end - shift] ^ other[start:end]
    return float(np.bitwise_count(differing).mean() / 32)

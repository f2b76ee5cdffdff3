"""Squares behind a filter: what loudness is the sum of."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tracker.analysis.decode import Series
from tracker.analysis.kernel.library import CHUNK, TAPS, at, library

SECTION = TAPS + 2
"""Numbers that describe a section: its taps, and what it takes back of its own results."""
PAST = 8
"""Numbers that are kept of the frames before: four of two channels."""


def weigh(
    pair: tuple[Series, Series],
    sections: NDArray[np.float64],
    state: NDArray[np.float64],
    edges: NDArray[np.int64],
) -> NDArray[np.float64]:
    """The squares of two filtered channels, summed up to each of the rising *edges*, and behind.

    The channels, which may be the same, are whole chunks; *sections* are one or two rows of
    `SECTION` numbers; *state*, which goes from call to call, `PAST` for the samples and for each
    section. The sums come as rows of two.
    """
    number, count = len(sections), len(pair[0])
    if number not in (1, 2) or len(pair[1]) != count or count % CHUNK:
        raise ValueError(f"{number} sections of a filter for {count} and {len(pair[1])} samples")
    if len(edges) and not 0 <= edges[0] <= edges[-1] <= count:
        raise ValueError("edges lie outside of the samples")
    if (edges[1:] < edges[:-1]).any():
        raise ValueError("edges have to rise")
    sums = np.zeros((len(edges) + 1, 2))
    library.weigh(
        *(at(samples, np.float32, count) for samples in pair), count // CHUNK,
        at(sections, np.float64, SECTION * number), number,
        at(state, np.float64, PAST * (number + 1), writes=True),
        at(edges, np.int64, len(edges)), len(edges), sums.ctypes.data,
    )  # fmt: skip
    return sums

"""Whether what lies near sounds alike: the nearest of a recording should be of its own source."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tracker.mixing.neighbours import ASKED, Census, Neighbour, suggest
from tracker.model import Tempo, Timbre

Rows = NDArray[np.float64]

INTERVALS, TRIADS = range(1, 7), ((4, 7), (3, 7), (3, 6), (4, 8))
"""Semitones: what `bliss_like` counts in the chroma."""


class Found(NamedTuple):
    """Of one query."""

    first: bool
    """The nearest is of its source (P@1)."""
    precision: float
    """Averaged over the places of all that are (MAP, when averaged over queries)."""


def found(likeness: Rows, sources: Sequence[str]) -> list[Found]:
    """For each recording whose source has another; the highest of a row of *likeness* is nearest."""
    answers = []
    for number, source in enumerate(sources):
        others = [other for other in range(len(sources)) if other != number]
        others.sort(key=lambda other: -likeness[number, other])
        hits = [place for place, other in enumerate(others, 1) if sources[other] == source]
        if hits:
            precision = sum(count / place for count, place in enumerate(hits, 1)) / len(hits)
            answers.append(Found(hits[0] == 1, precision))
    return answers


def suggestions(likeness: Rows, sources: Sequence[str]) -> list[str | None]:
    """What each recording would be called, were all others labelled with their source."""
    answers: list[str | None] = []
    for number in range(len(sources)):
        order = [int(other) for other in np.argsort(-likeness[number]) if other != number]
        near = [Neighbour(other, float(likeness[number, other])) for other in order]
        labels = {other: {sources[other]} for other in order}
        found = suggest(near[:ASKED], labels, partial(Census.of, labels.values()))
        answers.append(found.label if found else None)
    return answers


def cosine(rows: Rows) -> Rows:
    unit = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return np.asarray(unit @ unit.T)


def nearness(rows: Rows) -> Rows:
    """The Euclidean distance, with its sign turned."""
    return -np.asarray(np.linalg.norm(rows[:, None] - rows[None], axis=2))


def bliss_like(timbre: Timbre, tempo: Tempo | None) -> list[float]:
    """The descriptors that bliss-rs compares, each brought to about -1 to 1; from our numbers.

    Tempo, zero crossings, centroid, roll-off and flatness with their deviations, level with its
    own, and ten strengths of intervals and triads in the chroma.
    """
    chroma = np.array(timbre.chroma[:12])
    chroma = chroma / max(float(chroma.sum()), 1e-9)
    pairs = [float(chroma @ np.roll(chroma, -step)) for step in INTERVALS]
    triads = [
        float((chroma * np.roll(chroma, -third) * np.roll(chroma, -fifth)).sum())
        for third, fifth in TRIADS
    ]
    ranges: list[tuple[float, float, float]] = [
        (tempo.bpm if tempo else 0.0, 0, 206),
        (timbre.crossings[0], 0, 1),
        (timbre.centroid[0], 0, 11_025), (timbre.centroid[1], 0, 5_512),
        (timbre.rolloff[0], 0, 11_025), (timbre.rolloff[1], 0, 5_512),
        (timbre.flatness[0], 0, 1), (timbre.flatness[1], 0, 1),
        (timbre.rms[0], -90, 0), (timbre.rms[1], 0, 45),
        *((value, 0, 0.2) for value in pairs),
        *((value, 0, 0.03) for value in triads),
    ]  # fmt: skip
    return [2 * (value - low) / (high - low) - 1 for value, low, high in ranges]


def spaces(heard: Sequence[tuple[bytes, Timbre, Tempo | None]]) -> dict[str, Rows]:
    """What is alike by the embedding, by the MFCC, and by what bliss compares."""
    vectors = np.array([np.frombuffer(vector, "<f4") for vector, _, _ in heard], float)
    cepstra = np.array([timbre.mfcc for _, timbre, _ in heard])
    others = np.array([bliss_like(timbre, tempo) for _, timbre, tempo in heard])
    return {
        "embedding": cosine(vectors), "MFCC": cosine(cepstra), "bliss-like": nearness(others),
    }  # fmt: skip

"""Whether a confidence is a probability: right as often as it says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tracker.bench.interval import SEED

BINS = 10
DRAWS = 1_000


class Bin(NamedTuple):
    """Answers whose confidence lies in one tenth."""

    low: float
    high: float
    n: int
    confidence: float | None
    """The mean; None in an empty one."""
    right: float | None
    """The share that was."""


def bins(confidences: Sequence[float], right: Sequence[bool]) -> list[Bin]:
    """Ten of one width; 1 belongs to the last."""
    told, was = np.asarray(confidences, float), np.asarray(right, float)
    number = _numbers(told)
    found = []
    for index in range(BINS):
        inside = number == index
        count = int(inside.sum())
        means = (float(told[inside].mean()), float(was[inside].mean())) if count else (None, None)
        found.append(Bin(index / BINS, (index + 1) / BINS, count, *means))
    return found


def error(confidences: Sequence[float], right: Sequence[bool]) -> float | None:
    """The expected calibration error over ten bins (Guo et al. 2017); None without answers."""
    told, was = np.asarray(confidences, float), np.asarray(right, float)
    if not len(told):
        return None
    return float(_errors(told, was[None])[0])


def chance(confidences: Sequence[float]) -> float | None:
    """What error a perfect confidence would show, of as many answers, merely by chance."""
    told = np.asarray(confidences, float)
    if not len(told):
        return None
    drawn = np.random.default_rng(SEED).random((DRAWS, len(told))) < told
    return float(_errors(told, drawn.astype(float)).mean())


def corrected(confidences: Sequence[float], right: Sequence[bool]) -> float | None:
    """The error less what chance alone would show; not below 0."""
    shown, by_chance = error(confidences, right), chance(confidences)
    return None if shown is None or by_chance is None else max(0.0, shown - by_chance)


def _numbers(told: np.ndarray) -> np.ndarray:
    return np.clip((told * BINS + 1e-9).astype(int), 0, BINS - 1)


def _errors(told: np.ndarray, was: np.ndarray) -> np.ndarray:
    """For each row of what was right; a bin counts as many answers as it has."""
    member = np.eye(BINS)[_numbers(told)]
    gaps = np.abs(told @ member - was @ member)
    return np.asarray(gaps.sum(axis=1) / len(told))

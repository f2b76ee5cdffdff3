"""Means, and between what bounds they may truly lie."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

SEED = 20261121
DRAWS = 2_000
BETWEEN = (2.5, 97.5)
"""Percentiles: 95 % of the draws lie between."""


class Mean(NamedTuple):
    value: float
    low: float
    high: float
    n: int
    percent: bool = False
    """A share, told in per cent."""

    def __str__(self) -> str:
        if self.percent:
            return f"{100 * self.value:.1f} ({100 * self.low:.0f}-{100 * self.high:.0f})"
        return f"{self.value:.3f} ({self.low:.2f}-{self.high:.2f})"


def mean(values: Iterable[float | bool | None], *, percent: bool = False) -> Mean | None:
    """Their mean with the interval of a bootstrap over recordings (Efron 1979), always the same.

    What is None does not count; None where nothing does.
    """
    known = np.array([float(value) for value in values if value is not None])
    if not len(known):
        return None
    rng = np.random.default_rng(SEED)
    drawn = known[rng.integers(0, len(known), (DRAWS, len(known)))].mean(axis=1)
    low, high = (float(value) for value in np.percentile(drawn, BETWEEN))
    return Mean(float(known.mean()), low, high, len(known), percent)


def share(values: Iterable[bool | None]) -> Mean | None:
    """The same of what is true or not."""
    return mean(values, percent=True)

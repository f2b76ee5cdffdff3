"""What was learned: the weights in `learned.npz`, made by `contrib/train_tempo.py`.

They were fitted on music that `contrib/grooves.py` makes up, on no recording of anybody; the file
says so itself, under "origin".
"""

from __future__ import annotations

import functools
import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

PATH = os.path.join(os.path.dirname(__file__), "learned.npz")


@functools.cache
def weights(part: str) -> dict[str, NDArray[Any]]:
    """The arrays of one *part* by name, ready to compute with."""
    with np.load(PATH, allow_pickle=False) as file:
        names = [name for name in file.files if name.rpartition(".")[0] == part]
        return {name.rpartition(".")[2]: file[name].astype(np.float32) for name in names}


class Network:
    """A score for each row: a weighted sum of its values, and of a few bends through them."""

    def __init__(self, parts: dict[str, NDArray[Any]]) -> None:
        self.mean, self.scale = parts["mean"], parts["scale"]
        self.inner, self.bias = parts["inner"], parts["bias"]
        self.outer, self.straight = parts["outer"], parts["straight"]

    def __call__(self, rows: NDArray[Any]) -> NDArray[Any]:
        rows = np.clip((rows - self.mean) / self.scale, -6, 6).astype(np.float32)
        bent = np.tanh(rows @ self.inner + self.bias)
        return np.asarray(bent @ self.outer + rows @ self.straight, np.float64)


@functools.cache
def network(part: str) -> Network:
    return Network(weights(part))


def shares(scores: NDArray[Any]) -> NDArray[Any]:
    """Scores as probabilities."""
    likely = np.exp(scores - scores.max())
    return np.asarray(likely / likely.sum())


def odds(part: str, *seen: float) -> float:
    """Log odds that something is so, from what is *seen* of it."""
    found = weights(part)
    return float(found["weights"] @ np.array(seen) + found["bias"])


def probability(part: str, *seen: float) -> float:
    return float(1 / (1 + np.exp(-np.clip(odds(part, *seen), -30, 30))))


def log_odds(share: float) -> float:
    share = min(max(share, 1e-6), 1 - 1e-6)
    return float(np.log(share / (1 - share)))

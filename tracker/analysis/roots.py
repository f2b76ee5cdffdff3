"""What is judged from each of the twelve roots alike: the weights in `key.npz`.

A small network sees the sound from one root after the other, always with the same weights, so that
a recording in another key gets the same answer in that key. `contrib/train_key.py` fitted the
weights on music that `contrib/key_music.py` makes up, on no recording of anybody; the file says so
itself, under "origin".
"""

from __future__ import annotations

import functools
import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

PATH = os.path.join(os.path.dirname(__file__), "key.npz")
FARTHEST = 6.0
"""Standard deviations that anything may lie from its mean."""
LAYERS = ("inner", "bias", "outer", "straight", "offset")
BELOW = (np.arange(12)[:, None] - np.arange(12)) % 12
"""How far each pitch class lies above each root."""

Weights = dict[str, NDArray[Any]]


class Keys:
    """Scores of the twelve major and the twelve minor keys, from what each tonic sees."""

    def __init__(self, weights: Weights) -> None:
        self.mean, self.scale = weights["mean"], weights["scale"]
        self.inner, self.bias, self.outer, self.straight, self.offset = (
            weights[name] for name in LAYERS
        )

    def __call__(self, seen: NDArray[Any]) -> NDArray[np.float32]:
        """From values by tonics, the last two axes, to scores, the last axis."""
        seen = np.clip((seen - self.mean) * self.scale, -FARTHEST, FARTHEST).astype(np.float32)
        scores = np.tanh(seen @ self.inner + self.bias) @ self.outer + seen @ self.straight
        return _majors_first(scores + self.offset)


class Chords:
    """Scores of the twelve major and the twelve minor triads, from vectors of pitch classes.

    The weights are turned to each root once, instead of the sound again and again.
    """

    def __init__(self, weights: Weights) -> None:
        inner, self.bias, self.outer, straight, self.offset = (weights[name] for name in LAYERS)
        self.inner, self.straight = _turned(inner), _turned(straight)

    def __call__(self, seen: NDArray[np.float32]) -> NDArray[np.float32]:
        """From rows by vectors by pitch classes to rows of scores."""
        flat = seen.reshape(len(seen), -1)
        bent = (flat @ self.inner).reshape(len(seen), 12, -1)
        bent += self.bias
        scores = np.tanh(bent, out=bent) @ self.outer
        scores += (flat @ self.straight).reshape(scores.shape)
        return _majors_first(scores + self.offset)


def _turned(weights: NDArray[Any]) -> NDArray[np.float32]:
    """Weights of what lies above a root as those of pitch classes, for all roots side by side."""
    parts = weights.reshape(-1, 12, weights.shape[1])
    return np.ascontiguousarray(parts[:, BELOW].reshape(len(weights), -1), np.float32)


def _majors_first(scores: NDArray[Any]) -> NDArray[np.float32]:
    return np.asarray(np.swapaxes(scores, -1, -2).reshape(*scores.shape[:-2], 24), np.float32)


def of_part(part: str) -> Weights:
    with np.load(PATH, allow_pickle=False) as file:
        names = [name for name in file.files if name.startswith(f"{part}.")]
        return {name.removeprefix(f"{part}."): file[name] for name in names}


@functools.cache
def keys() -> Keys:
    return Keys(of_part("key"))


@functools.cache
def chords() -> Chords:
    return Chords(of_part("chord"))


def shares(scores: NDArray[Any]) -> NDArray[Any]:
    """Scores as probabilities, along the last axis."""
    likely = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(likely / likely.sum(axis=-1, keepdims=True))

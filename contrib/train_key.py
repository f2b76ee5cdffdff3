"""Learn the weights of `tracker.analysis.key` from music made by chance: `train_key.py [COUNT]`.

Writes `tracker/analysis/key.npz`, the same one each time. A listwise softmax over the 24 keys with a
ridge, which hardly touches the fits of published profiles; templates of pitch classes are not
learned, for those follow the timbres they were learned from. It takes five minutes.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
from key_music import RATE, Piece, piece
from numpy.typing import NDArray
from scipy.optimize import minimize

from tracker.analysis.chords import Harmony
from tracker.analysis.chroma import Chroma
from tracker.analysis.key import WEIGHTS, Evidence

COUNT, SEED = 1500, 31
RIDGE, FREE = 0.002, 0.02
"""The penalty, and the share of it for the fits of profiles, which come first."""
FITS = 4
HELD_OUT = 0.2
"""Share of the pieces that only the printed figure hears."""


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    made = [piece(np.random.default_rng([SEED, number])) for number in range(count)]
    pairs = [(evidence(each), each.key) for each in made]
    rows = np.array([seen for seen, _ in pairs if seen is not None])
    keys = np.array([key for seen, key in pairs if seen is not None])
    learn(rows, keys, Path(WEIGHTS))


def learn(rows: NDArray[Any], keys: NDArray[Any], path: Path) -> None:
    tested = np.arange(len(keys)) >= (1 - HELD_OUT) * len(keys)
    scores = rows[tested] @ fitted(rows[~tested], keys[~tested])
    right = float(np.mean(scores.argmax(axis=1) == keys[tested]))
    sys.stdout.write(f"right on {right:.1%} of {tested.sum()} pieces it has not learned from\n")
    origin = f"contrib/train_key.py, {len(keys)} generated pieces, seed {SEED}"
    np.savez(path, weights=fitted(rows, keys).astype(np.float32), origin=origin)


def evidence(made: Piece) -> NDArray[Any] | None:
    chroma = Chroma()
    for start in range(0, len(made.sound), RATE):
        chroma.feed(made.sound[start : start + RATE])
    tones = chroma.finish(np.zeros(0, np.float32))
    harmony = Harmony.of(tones.chroma, tones.bass, tones.tuning)
    return Evidence.of(harmony).of_keys() if harmony else None


def fitted(rows: NDArray[Any], keys: NDArray[Any]) -> NDArray[Any]:
    """The weights that make the true keys likeliest."""
    count, _, width = rows.shape
    flat = np.ascontiguousarray(rows.reshape(-1, width), np.float32)
    ridge = np.full(width, RIDGE)
    ridge[:FITS] *= FREE
    which = np.arange(count)

    def loss(weights: NDArray[Any]) -> tuple[float, NDArray[Any]]:
        scores = (flat @ weights.astype(np.float32)).reshape(count, -1).astype(np.float64)
        likely = np.exp(scores - scores.max(axis=1, keepdims=True))
        likely /= likely.sum(axis=1, keepdims=True)
        missed = -np.log(likely[which, keys] + 1e-12).mean()
        likely[which, keys] -= 1
        slope = likely.astype(np.float32).ravel() @ flat / count
        return float(missed + 0.5 * (ridge * weights**2).sum()), slope + ridge * weights

    start = np.zeros(width)
    return np.asarray(
        minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 150}).x
    )


if __name__ == "__main__":
    main()

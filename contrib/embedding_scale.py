"""Writes `tracker/analysis/scale.py`: what the descriptors of an embedding usually are.

Mean and deviation over music made by chance, `grooves` and `key_music`, so that no collection of
recordings decides what is far. Run it from the checkout, and raise `embedding.VERSION` with it:

    python contrib/embedding_scale.py
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import grooves
import key_music
import numpy as np
from numpy.typing import NDArray

from tracker.analysis import embedding
from tracker.analysis.audio import Audio

SEED = 20261121
GROOVES, TUNES, RUBATO, BEATLESS = 300, 200, 40, 40
LONGEST = 30
"""Seconds of each piece that are heard."""
HEADER = '''"""Mean and deviation of each descriptor of `embedding` in music made by chance.

Written by `contrib/embedding_scale.py` from {count} generated pieces, seed {seed}; no recording was
used. With other numbers the vectors are others: raise `embedding.VERSION`.
"""

import numpy as np

# fmt: off
MEANS = np.array([
{means}
])
DEVIATIONS = np.array([
{deviations}
])
'''


def pieces(rng: np.random.Generator) -> Iterator[NDArray[np.float32]]:
    for _ in range(GROOVES):
        yield grooves.piece(rng).samples
    for _ in range(TUNES):
        yield key_music.piece(rng).sound
    for _ in range(RUBATO):
        yield grooves.rubato(rng).samples
    for _ in range(BEATLESS):
        yield grooves.beatless(rng)


def described(samples: NDArray[np.float32]) -> NDArray[np.float64] | None:
    return embedding.describe(Audio.of([samples[: LONGEST * grooves.RATE, None]], grooves.RATE))


def listed(values: NDArray[np.float64]) -> str:
    text = ", ".join(f"{value:.5g}" for value in values)
    return textwrap.fill(text, 96, initial_indent="    ", subsequent_indent="    ")


def main() -> int:
    found = [described(samples) for samples in pieces(np.random.default_rng(SEED))]
    rows = np.stack([row for row in found if row is not None])
    text = HEADER.format(
        count=len(rows),
        seed=SEED,
        means=listed(rows.mean(axis=0)),
        deviations=listed(rows.std(axis=0)),
    )
    target = Path(__file__).parent.parent / "tracker/analysis/scale.py"
    target.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Learn the weights of `tracker.analysis.key` from music made by chance: `train_key.py [COUNT]`.

Writes `tracker/analysis/key.npz`, the same one each time, in about a quarter of an hour. First what
tells chords apart, then, from the chords that finds, what tells keys apart. Both see the sound from
one root after the other with the same weights. Templates of pitch classes are learned for chords
only; for keys those would follow the timbres they were learned from. Keys are not learned from
loops that begin elsewhere than at home: where no leading note tells, home is what a loop begins
with.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from key_music import RATE, Piece, piece
from numpy.random import Generator
from numpy.typing import NDArray

from tracker.analysis import roots
from tracker.analysis.chords import Harmony, folded, purity, seen_of, semitones
from tracker.analysis.chroma import ROW_RATE, Chroma, Tones
from tracker.analysis.key import Evidence, passing

COUNT, SEED = 1600, 31
HELD_OUT = 5
"""Of so many pieces one is only heard by the printed figures and the sharpness of probabilities."""
ROWS, TUNED = 25, 0.2
"""Rows of a piece that chords are learned from, and how pure those are at least."""
BEND = {"chord": 16, "key": 8}
"""Hidden units."""
VOTES = {"chord": 1, "key": 4}
"""Networks whose scores are averaged, which makes them one."""
EPOCHS = {"chord": 25, "key": 40}
BATCH = {"chord": 512, "key": 128}
RIDGE = {"chord": 1e-4, "key": 0.03}
SPEED = 3e-3
ABOVE = (np.arange(12)[:, None] + np.arange(12)) % 12
"""The pitch classes above each root, itself first."""


@dataclass(frozen=True)
class Lesson:
    tones: Tones
    key: int
    triads: NDArray[np.int64]
    """By rows, -1 where there is none."""
    strays: bool
    """It is a loop that begins away from home."""


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    learn(list(lessons(count)), Path(roots.PATH))


def lessons(count: int) -> Iterator[Lesson]:
    for number in range(count):
        yield heard(piece(np.random.default_rng([SEED, number])))


def heard(made: Piece) -> Lesson:
    chroma = Chroma()
    for start in range(0, len(made.sound), RATE):
        chroma.feed(made.sound[start : start + RATE])
    tones = chroma.finish(np.zeros(0, np.float32))
    triads = made.triads(np.arange(len(tones.chroma)) / ROW_RATE)
    return Lesson(tones, made.key, triads, strays(made))


def strays(made: Piece) -> bool:
    begin = next((triad for _, triad in made.changes if triad >= 0), -1)
    return made.style in {"loops", "bands"} and begin != made.key


def learn(material: list[Lesson], path: Path) -> None:
    origin = f"contrib/train_key.py, {len(material)} generated pieces, seed {SEED}"
    found = named("chord", fitted("chord", *chords_of(material)))
    save(path, found, origin)
    rows, keys = keys_of(material)
    tested = held_out(len(keys))
    tried = fitted("key", rows[~tested], keys[~tested])
    sharper = sharpness(roots.Keys(tried)(rows[tested]).astype(np.float64), keys[tested])
    weights = fitted("key", rows, keys)
    weights |= {name: sharper * weights[name] for name in ("outer", "straight", "offset")}
    save(path, found | named("key", weights), origin)


def save(path: Path, found: dict[str, Any], origin: str) -> None:
    np.savez(path, origin=origin, **found)
    roots.chords.cache_clear()
    roots.keys.cache_clear()


def named(part: str, weights: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    return {f"{part}.{name}": values.astype(np.float32) for name, values in weights.items()}


def chords_of(material: Iterable[Lesson]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Rows as each root sees them, and the triads they are."""
    chance = np.random.default_rng(SEED)
    rows, triads = [], []
    for lesson in material:
        fine, offset = lesson.tones.chroma.astype(np.float32), semitones(lesson.tones.tuning)
        low = lesson.tones.bass.astype(np.float32)
        known = np.flatnonzero((lesson.triads >= 0) & (purity(fine, offset) > TUNED))
        some = chance.choice(known, min(ROWS, len(known)), replace=False)
        seen = seen_of(folded(fine, offset, "seen"), folded(low, offset, "seen"))
        rows.append(seen[some])
        triads.append(lesson.triads[some])
    turned = np.concatenate(rows)[:, :, ABOVE].swapaxes(1, 2)
    return turned.reshape(len(turned), 12, -1), np.concatenate(triads)


def keys_of(material: Iterable[Lesson]) -> tuple[NDArray[Any], NDArray[Any]]:
    """What each tonic sees of a piece, and the keys they are in."""
    rows, keys = [], []
    for lesson in material:
        harmony = Harmony.of(lesson.tones.chroma, lesson.tones.bass, lesson.tones.tuning)
        if harmony and not lesson.strays:
            rows.append(Evidence.of(harmony, passing(harmony)).of_roots())
            keys.append(lesson.key)
    return np.array(rows), np.array(keys)


def held_out(count: int) -> NDArray[np.bool_]:
    return np.arange(count) % HELD_OUT == HELD_OUT - 1


def fitted(part: str, rows: NDArray[Any], truth: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """The weights that make the true ones likeliest, of all networks as one."""
    found, near = {}, rows
    if part == "key":
        flat = rows.reshape(-1, rows.shape[-1])
        spread = flat.std(axis=0)
        mean, scale = flat.mean(axis=0), 1 / np.maximum(spread, 0.5 * np.median(spread))
        found = {"mean": mean, "scale": scale}
        near = np.clip((rows - mean) * scale, -roots.FARTHEST, roots.FARTHEST).astype(np.float32)
    votes = [
        Network(part, near.shape[-1], np.random.default_rng(seed)).learn(near, truth)
        for seed in range(VOTES[part])
    ]
    count = len(votes)
    return found | {
        "inner": np.concatenate([vote[0] for vote in votes], axis=1),
        "bias": np.concatenate([vote[1] for vote in votes]),
        "outer": np.concatenate([vote[2] for vote in votes]) / count,
        "straight": np.mean([vote[3] for vote in votes], axis=0),
        "offset": np.mean([vote[4] for vote in votes], axis=0),
    }


class Network:
    """Trained by Adam (Kingma & Ba 2015) over shuffled batches, ever more slowly."""

    def __init__(self, part: str, width: int, chance: Generator) -> None:
        self.part, self.chance = part, chance
        bend = BEND[part]
        self.weights = [
            chance.normal(0, 1 / np.sqrt(width), (width, bend)).astype(np.float32),
            np.zeros(bend, np.float32),
            chance.normal(0, 0.1, (bend, 2)).astype(np.float32),
            np.zeros((width, 2), np.float32),
            np.zeros(2, np.float32),
        ]
        self.means = [np.zeros_like(weight) for weight in self.weights]
        self.squares = [np.zeros_like(weight) for weight in self.weights]

    def learn(self, rows: NDArray[Any], truth: NDArray[Any]) -> list[NDArray[Any]]:
        size = BATCH[self.part]
        steps = EPOCHS[self.part] * (len(truth) // size)
        step = 0
        while step < steps:
            order = self.chance.permutation(len(truth))
            for start in range(0, len(truth) - size + 1, size):
                step += 1
                some = order[start : start + size]
                speed = SPEED * 0.5 * (1 + np.cos(np.pi * step / steps))
                self._step(self._slopes(rows[some], truth[some]), step, speed)
        return self.weights

    def _slopes(self, rows: NDArray[Any], truth: NDArray[Any]) -> list[NDArray[Any]]:
        count = len(truth)
        flat = rows.reshape(-1, rows.shape[-1])
        inner, bias, outer, straight, offset = self.weights
        bent = np.tanh(flat @ inner + bias)
        scores = bent @ outer + flat @ straight + offset
        likely = roots.shares(scores.reshape(count, 12, 2).swapaxes(1, 2).reshape(count, 24))
        likely[np.arange(count), truth] -= 1
        missed = (likely / count).reshape(count, 2, 12).swapaxes(1, 2).reshape(-1, 2)
        back = (missed @ outer.T) * (1 - bent * bent)
        slopes = [
            flat.T @ back,
            back.sum(axis=0),
            bent.T @ missed,
            flat.T @ missed,
            missed.sum(0),
        ]
        ridge = RIDGE[self.part]
        return [
            slope + ridge * weight if slope.ndim == 2 else slope
            for slope, weight in zip(slopes, self.weights, strict=True)
        ]

    def _step(self, slopes: list[NDArray[Any]], step: int, speed: float) -> None:
        for place, slope in enumerate(slopes):
            mean, square = self.means[place], self.squares[place]
            mean += 0.1 * (slope - mean)
            square += 0.001 * (slope * slope - square)
            even = np.sqrt(square / (1 - 0.999**step)) + 1e-8
            self.weights[place] -= (speed * mean / (1 - 0.9**step) / even).astype(np.float32)


def sharpness(scores: NDArray[Any], truth: NDArray[Any]) -> float:
    """What to multiply *scores* by, of pieces that were not learned from, to make odds of them."""
    sharper = np.linspace(0.3, 2, 35)
    missed = []
    for factor in sharper:
        likely = roots.shares(factor * scores)
        missed.append(-np.log(likely[np.arange(len(truth)), truth] + 1e-12).mean())
    best = float(sharper[int(np.argmin(missed))])
    right = float(np.mean(scores.argmax(axis=1) == truth))
    sys.stdout.write(
        f"right on {right:.1%} of {len(truth)} pieces it has not learned from, "
        f"log loss {min(missed):.3f}, sharpness {best:.2f}\n"
    )
    return best


if __name__ == "__main__":
    main()

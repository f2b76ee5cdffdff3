"""Learn what chooses the tempo, the beat and the bar, from music made up on the spot.

    python contrib/train_tempo.py tracker/analysis/learned.npz

About a quarter of an hour on one core: 3000 pieces, 1000 of drums alone, 400 in rubato, 400 that
hasten or slow down, 300 without a beat, made by `grooves.py` and numbered from a fixed seed, so that
the same come out again. A fifth is left out; the answers there calibrate the confidences and are
printed. Another processor or library rounds otherwise, and so do the weights in the last digits.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import grooves  # noqa: E402

from tracker.analysis import beats, learned, tempo, tempogram, wandering  # noqa: E402
from tracker.analysis.audio import Audio  # noqa: E402
from tracker.analysis.beats import Grid  # noqa: E402

SEED = 20
PIECES, DRUMS, CHANGING, BEATLESS = 3000, 1000, 400, 300
ORIGIN = (
    f"fitted by contrib/train_tempo.py on {PIECES + DRUMS + 2 * CHANGING + BEATLESS} pieces made "
    f"up by contrib/grooves.py, seed {SEED}; no recording was used"
)
HELD_OUT = 5
"""Every so many pieces one is left out."""
LATE = 0.006
"""Seconds by which the onset curve follows what sounds at once."""
STEADY, LOOSE = 0.02, 0.05
"""Seconds that beats may be off a straight line where the beat and the bar are learned, and that
they are at least, as a standard deviation, where they are no grid."""
FEWEST = 12
"""Beats of a piece whose tempo changes."""
Array = NDArray[Any]
L = TypeVar("L", "Lesson", "Changing")


def heard(samples: NDArray[np.float32]) -> Audio:
    return Audio.of([samples[:, None]], grooves.RATE)


Make = Callable[[np.random.Generator], grooves.Piece]


def pieces(make: Make, seed: int, count: int) -> Iterator[tuple[grooves.Piece, Audio]]:
    for number in range(count):
        piece = make(np.random.default_rng([seed, number]))
        yield piece, heard(piece.samples)


@dataclass
class Question:
    """Possibilities, a row each, and which of them are right."""

    rows: Array
    right: Array


class Fit:
    """A `tracker.analysis.learned.Network` that learns to put the right rows first.

    The loss is the negative log of the share that a softmax over a question's rows gives to the
    right ones, with a penalty on the squares of all weights.
    """

    def __init__(self, hidden: int, penalty: float, rounds: int, seed: int) -> None:
        self.hidden, self.penalty, self.rounds, self.seed = hidden, penalty, rounds, seed

    def fit(self, questions: list[Question]) -> Fit:
        rows = np.concatenate([question.rows for question in questions]).astype(np.float32)
        right = np.concatenate([question.right for question in questions]).astype(np.float32)
        ends = np.cumsum([len(question.rows) for question in questions])
        starts = np.concatenate([[0], ends[:-1]])
        owner = np.repeat(np.arange(len(questions)), np.diff(np.concatenate([[0], ends])))
        mean, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-3
        rows = np.clip((rows - mean) / scale, -6, 6)
        width, hidden = rows.shape[1], self.hidden
        rng = np.random.default_rng(self.seed)
        first = np.concatenate(
            [
                rng.normal(0, 1 / np.sqrt(width), width * hidden),
                np.zeros(hidden),
                rng.normal(0, 0.1, hidden),
                np.zeros(width),
            ]
        )

        def loss(values: Array) -> tuple[float, Array]:
            inner, bias, outer, straight = self._parts(values.astype(np.float32), width)
            bent = np.tanh(rows @ inner + bias)
            score = bent @ outer + rows @ straight
            score -= np.maximum.reduceat(score, starts)[owner]
            likely = np.exp(score)
            likely /= np.add.reduceat(likely, starts)[owner]
            hit = np.maximum(np.add.reduceat(likely * right, starts), 1e-30)
            slope = (likely - likely * right / hit[owner]) / len(questions)
            back = (1 - bent * bent) * (slope[:, None] * outer)
            gradient = np.concatenate(
                [(rows.T @ back).ravel(), back.sum(axis=0), bent.T @ slope, rows.T @ slope]
            )
            total = -np.log(hit).mean() + self.penalty * float(values @ values)
            return float(total), gradient.astype(float) + 2 * self.penalty * values

        found = minimize(loss, first, jac=True, method="L-BFGS-B", options={"maxiter": self.rounds})
        inner, bias, outer, straight = self._parts(found.x, width)
        self.weights = {
            "mean": mean,
            "scale": scale,
            "inner": inner,
            "bias": bias,
            "outer": outer,
            "straight": straight,
        }
        return self

    def _parts(self, values: Array, width: int) -> tuple[Array, Array, Array, Array]:
        edges = np.cumsum([width * self.hidden, self.hidden, self.hidden])
        inner, bias, outer, straight = np.split(values, edges)
        return inner.reshape(width, self.hidden), bias, outer, straight


def logit(rows: Array, right: Array, penalty: float = 1e-3) -> dict[str, Array]:
    """Weights and bias of the log odds that fit best; both answers count the same together."""
    rows = np.asarray(rows, float).reshape(len(right), -1)
    mean, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    inner = np.concatenate([(rows - mean) / scale, np.ones((len(rows), 1))], axis=1)
    sign = np.where(right, 1.0, -1.0)

    def loss(values: Array) -> tuple[float, Array]:
        odds = sign * (inner @ values)
        slope = -sign / (1 + np.exp(np.clip(odds, -30, 30))) / len(rows)
        total = np.logaddexp(0, -odds).mean() + penalty * float(values[:-1] @ values[:-1])
        return float(total), inner.T @ slope + 2 * penalty * np.append(values[:-1], 0)

    found = minimize(loss, np.zeros(inner.shape[1]), jac=True, method="L-BFGS-B").x
    weights = found[:-1] / scale
    return {"weights": weights, "bias": np.array(found[-1] - weights @ mean)}


def near(bpm: float, share: float) -> Array:
    """Which of the candidates are that tempo."""
    far = np.abs(np.log2(tempogram.CANDIDATES / bpm))
    return np.asarray(far < np.log2(1 + share), float)


class Changing:
    """What a piece without one tempo teaches: the beat that is followed."""

    def __init__(self, piece: grooves.Piece, audio: Audio) -> None:
        self.piece, self.audio = piece, audio
        bpm = float(60 / np.median(np.diff(piece.beats)))
        onsets = audio.onsets[:, tempo.EDGE : -tempo.EDGE]
        self.level = Question(tempogram.candidates(audio, onsets), near(bpm, 0.06))


class Lesson:
    """What one piece teaches."""

    def __init__(self, piece: grooves.Piece, audio: Audio) -> None:
        self.piece = piece
        self.audio = audio
        onsets = audio.onsets[:, tempo.EDGE : -tempo.EDGE]
        self.tempo = Question(tempogram.candidates(audio, onsets), near(piece.bpm, 0.035))
        self.phase: Question | None = None
        self.metre: Question | None = None
        self.bar: Question | None = None
        line = self._line()
        if line is not None:
            self._beat(*line)

    def _line(self) -> tuple[float, float] | None:
        """Period and first beat, of a piece whose beats keep to them."""
        times = self.piece.beats
        if len(times) < 12:
            return None
        numbers = np.arange(len(times))
        period, first = np.polyfit(numbers, times, 1)
        off = np.abs(first + period * numbers - times).max()
        return (float(period), float(first)) if off < STEADY else None

    def _beat(self, period: float, first: float) -> None:
        grid = Grid.of(self.audio, period)
        phases = grid.phases()
        off = ((phases - first / period + 0.5) % 1 - 0.5) * period - LATE
        right = np.abs(off) < 0.03
        if not right.any():
            return
        self.phase = Question(beats.phase_rows(grid, phases), right.astype(float))
        phase = float(phases[np.abs(off).argmin()])
        metre = self.piece.metre if self.piece.metre in beats.METRES else 0
        edges = np.arange(phase * period, self.audio.seconds, period)
        if len(edges) <= beats.FEWEST_BARS * beats.METRES[-1]:
            return
        harmony, change = beats.beat_harmony(self.audio, edges)
        rows = beats.metre_rows(grid, phase, harmony, change)
        self.metre = Question(rows, (np.array(beats.METRES) == metre).astype(float))
        if metre:
            downbeat = self.piece.beats[self.piece.downbeat]
            place = round((downbeat - edges[0]) / period) % int(metre)
            rows = beats.bar_rows(grid, phase, int(metre), change)
            self.bar = Question(rows, (np.arange(int(metre)) == place).astype(float))


PARTS = {  # members, hidden bends of each, penalty, rounds
    "tempo": (3, 16, 2e-3, 220),
    "level": (2, 16, 2e-3, 150),
    "phase": (3, 12, 3e-3, 200),
    "metre": (1, 2, 3e-3, 150),
    "bar2": (3, 4, 1e-2, 150),
    "bar3": (3, 4, 1e-2, 150),
    "bar4": (3, 8, 5e-3, 150),
}


def questions(part: str, lessons: Sequence[Lesson | Changing]) -> list[Question]:
    name, metre = (part[:3], int(part[3:])) if part.startswith("bar") else (part, None)
    found = [question for lesson in lessons if (question := getattr(lesson, name)) is not None]
    return [each for each in found if each.right.any() and metre in (None, len(each.rows))]


def network(part: str, lessons: Sequence[Lesson | Changing]) -> dict[str, Array]:
    """The mean of several that began elsewhere, which is one with as many bends together."""
    members, *shape = PARTS[part]
    asked = questions(part, lessons)
    fits = [Fit(*shape, seed=seed).fit(asked).weights for seed in range(members)]
    return {
        "mean": fits[0]["mean"],
        "scale": fits[0]["scale"],
        "inner": np.concatenate([fit["inner"] for fit in fits], axis=1),
        "bias": np.concatenate([fit["bias"] for fit in fits]),
        "outer": np.concatenate([fit["outer"] for fit in fits]) / members,
        "straight": np.mean([fit["straight"] for fit in fits], axis=0),
    }


def answers(part: str, lessons: Sequence[Lesson | Changing]) -> tuple[Array, Array]:
    """The share of the best row of each question, and whether it is right."""
    best = learned.network(part)
    shares = [learned.shares(best(question.rows)) for question in questions(part, lessons)]
    right = [
        question.right[share.argmax()] > 0
        for question, share in zip(questions(part, lessons), shares, strict=True)
    ]
    return np.array([share.max() for share in shares]), np.array(right)


def odds(shares: Array) -> Array:
    return np.array([learned.log_odds(float(share)) for share in shares])


class Weights:
    """The file that is written, which the analysis reads back at once."""

    def __init__(self, path: str) -> None:
        self.path, self.arrays = path, {"origin": np.array(ORIGIN)}
        learned.PATH = path

    def put(self, part: str, arrays: dict[str, Array]) -> None:
        for name, values in arrays.items():
            kind = np.float16 if name in ("inner", "straight", "outer") else np.float32
            self.arrays[f"{part}.{name}"] = np.asarray(values).astype(kind)
        np.savez_compressed(self.path, **self.arrays)
        learned.weights.cache_clear()
        learned.network.cache_clear()


def calibrate(weights: Weights, left_out: list[Lesson]) -> None:
    """The confidences, from answers on what the networks have not seen."""
    found = [tempo.pulse(lesson.audio) for lesson in left_out]
    near = [tempo.share(pulse.likely, pulse.bpm) if pulse else 0.0 for pulse in found]
    right = [
        pulse is not None and abs(pulse.bpm / lesson.piece.bpm - 1) < tempo.NEAR
        for pulse, lesson in zip(found, left_out, strict=True)
    ]
    weights.put("tempo.trust", logit(odds(np.array(near)), np.array(right)))
    print("tempo right on what was left out:", f"{np.mean(right):.3f}")

    shares, right = answers("phase", left_out)
    weights.put("phase.trust", logit(odds(shares), right))
    print("beat, not between:", f"{right.mean():.3f}")

    barred = [lesson for lesson in left_out if lesson.bar is not None and lesson.metre is not None]
    metres, known = answers("metre", barred)
    both = [answers(f"bar{len(lesson.bar.rows)}", [lesson]) for lesson in barred]
    right = np.array([bool(hit[0]) for _, hit in both]) & known
    shares = metres * np.array([share[0] for share, _ in both])
    weights.put("bar.trust", logit(odds(shares), right))
    print("metre:", f"{known.mean():.3f}", "and bar:", f"{right.mean():.3f}")


def straight(weights: Weights, left_out: list[Lesson], bent: list[Changing]) -> None:
    """Whether all parts are on one grid."""
    seen, kept = [], []
    lessons: list[Lesson | Changing] = [*left_out, *bent]
    for lesson in lessons:
        times, pulse = lesson.piece.beats, tempo.pulse(lesson.audio)
        if len(times) < FEWEST or not pulse or not (pulse.steady and pulse.even):
            continue
        numbers = np.arange(len(times))
        off = float(np.std(times - np.polyval(np.polyfit(numbers, times, 1), numbers)))
        if isinstance(lesson, Lesson) or off > LOOSE:
            seen.append(Grid.of(lesson.audio, 60 / pulse.bpm).seen)
            kept.append(isinstance(lesson, Lesson))
    weights.put("grid", logit(np.array(seen), np.array(kept)))
    said = np.array([learned.odds("grid", *each) > 0 for each in seen])
    right = np.array(kept)
    print("on a grid, of steady:", f"{said[right].mean():.3f}", "of changing:", end=" ")
    print(f"{said[~right].mean():.3f}")


def decide(
    weights: Weights, left_out: list[Lesson], swaying: list[Changing], bent: list[Changing]
) -> None:
    """Whether there is a steady beat, and whether there are beats at all."""
    beatless = [
        heard(grooves.beatless(np.random.default_rng([SEED + 1, n]))) for n in range(BEATLESS)
    ]
    lessons: tuple[Sequence[Lesson | Changing], ...] = (left_out, swaying, bent)
    groups = (*([each.audio for each in group] for group in lessons), beatless)
    found = [[pulse for audio in group if (pulse := tempo.pulse(audio))] for group in groups]
    seen = np.array([pulse.seen for group in found for pulse in group])
    kinds = np.repeat(np.arange(4), [len(group) for group in found])
    clear = kinds != 2  # of what changes, some has a tempo and some has none
    weights.put("steady", logit(seen[clear], kinds[clear] == 0, 1e-2))
    said = np.array([pulse.steady for group in found for pulse in group])
    told("steady", said, kinds)

    ways = [
        [
            way
            for audio in group
            if (pulse := tempo.pulse(audio)) and (way := wandering.follow(audio, pulse))
        ]
        for group in groups
    ]
    seen = np.array([way.seen for group in ways for way in group])
    kinds = np.repeat(np.arange(4), [len(group) for group in ways])
    weights.put("wandering", logit(seen, kinds != 3))
    told("beats", np.array([way.likely for group in ways for way in group]), kinds)


def told(what: str, said: Array, kinds: Array) -> None:
    for kind, name in enumerate(("music", "rubato", "changing", "without a beat")):
        print(
            f"{what} in {name}:", int(said[kinds == kind].sum()), "of", int((kinds == kind).sum())
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output")
    weights = Weights(parser.parse_args().output)
    learn(
        weights,
        taught(grooves.piece, SEED, PIECES),
        taught(grooves.drums, SEED + 4, DRUMS),
        changing(grooves.rubato, SEED + 2),
        changing(grooves.changing, SEED + 3),
    )


def taught(make: Make, seed: int, count: int) -> list[Lesson]:
    found: list[Lesson] = []
    for number, (piece, audio) in enumerate(pieces(make, seed, count)):
        found.append(Lesson(piece, audio))
        if number % HELD_OUT:
            del found[-1].audio  # all it teaches is in its questions
    return found


def changing(make: Make, seed: int) -> list[Changing]:
    made = pieces(make, seed, CHANGING)
    return [Changing(piece, audio) for piece, audio in made if len(piece.beats) >= FEWEST]


def split(lessons: list[L]) -> tuple[list[L], list[L]]:
    """Those that are learned from, those that are left out."""
    seen = [lesson for number, lesson in enumerate(lessons) if number % HELD_OUT]
    return seen, lessons[::HELD_OUT]


def learn(
    weights: Weights,
    lessons: list[Lesson],
    drums: list[Lesson],
    swaying: list[Changing],
    bent: list[Changing],
) -> None:
    (music, unseen), (loops, unseen_loops) = split(lessons), split(drums)
    (rubato, unseen_rubato), (moving, unseen_moving) = split(swaying), split(bent)
    left_out = unseen + unseen_loops
    taught: dict[str, Sequence[Lesson | Changing]] = {
        "tempo": music + loops,
        "level": rubato + moving,
    }
    for part in PARTS:
        weights.put(part, network(part, taught.get(part, music)))
    right = answers("level", unseen_rubato + unseen_moving)[1]
    print("the beat to follow, of changing music:", f"{right.mean():.3f}")
    calibrate(weights, left_out)
    decide(weights, left_out, unseen_rubato, unseen_moving)
    straight(weights, left_out, bent)


if __name__ == "__main__":
    main()

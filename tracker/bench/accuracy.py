"""How right an answer is: pure functions of an answer and the truth.

Tempo after Gouyon et al. 2006 (Acc1, Acc2), beats and keys as mir_eval has them (Raffel et al.
2014), which is imported when first needed. A question without an answer is answered wrongly.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from importlib import util
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tracker.errors import Unavailable

NEAR = 0.04
"""Share by which a tempo may miss."""
SHARP, ROUGH = 0.05, 0.5
"""BPM by which it may miss: what a grid needs, and what a display shows."""
OCTAVES = (1.0, 2.0, 1 / 2, 3.0, 1 / 3)
"""What is forgiven where octaves are: the same factors for Acc2 and for the sharp ones."""
CLOSE = 0.07
"""Seconds by which a beat may miss; a grid that misses by more is off the beat."""
IN_PHASE = 0.01
TRIMMED, LONG = 5.0, 15.0
"""Seconds at the beginning that do not count, as usual, in recordings that last so long."""
BARS = 0.8
"""F-measure of downbeats from which on they are right."""


def needed() -> None:
    """Raises Unavailable where mir_eval is not installed."""
    if util.find_spec("mir_eval") is None:
        raise Unavailable(
            "accuracy is told by mir_eval, which is not installed; pip install 'tracker[dev]'"
        )


class TempoScore(NamedTuple):
    answered: bool
    acc1: bool
    acc2: bool
    sharp: bool
    sharp_free: bool
    rough: bool
    rough_free: bool
    first_two: bool
    """The right octave is the answer or the first alternative."""


def tempo(truth: float, bpm: float | None, second: float | None = None) -> TempoScore:
    """A tempo, and the alternative told first, held against the one people tap."""
    if not bpm:
        return TempoScore(*(False,) * 8)
    octaves = [bpm * factor for factor in OCTAVES]
    acc1 = _near(bpm, truth)
    return TempoScore(
        answered=True,
        acc1=acc1,
        acc2=any(_near(one, truth) for one in octaves),
        sharp=_within(bpm, truth, SHARP),
        sharp_free=any(_within(one, truth, SHARP) for one in octaves),
        rough=_within(bpm, truth, ROUGH),
        rough_free=any(_within(one, truth, ROUGH) for one in octaves),
        first_two=acc1 or (second is not None and _near(second, truth)),
    )


def _near(bpm: float, truth: float) -> bool:
    return abs(bpm / truth - 1) < NEAR


def _within(bpm: float, truth: float, most: float) -> bool:
    return abs(bpm - truth) <= most + 1e-9


class BeatScore(NamedTuple):
    answered: bool
    f: float
    """F-measure within 70 ms."""
    same_level: float
    """CMLt: the share of the beats in order, at the level that is true."""
    any_level: float
    """AMLt: the same where half, double and off-beat are forgiven."""
    late: float | None
    """Seconds by which beats are late, the median; None where they are of another tempo."""

    @property
    def in_phase(self) -> bool | None:
        return None if self.late is None else abs(self.late) <= IN_PHASE

    @property
    def off_beat(self) -> bool | None:
        return None if self.late is None else abs(self.late) > CLOSE


def beats(truth: Sequence[float], found: Sequence[float]) -> BeatScore:
    """Beats held against those that are true; both in seconds."""
    from mir_eval import beat

    true, ours = _trimmed(truth, found)
    if not len(ours) or not len(true):
        return BeatScore(answered=bool(len(ours)), f=0.0, same_level=0.0, any_level=0.0, late=None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of a single beat
        f = float(beat.f_measure(true, ours, CLOSE))
        _, same, _, anyhow = beat.continuity(true, ours)
    return BeatScore(True, f, float(same), float(anyhow), lateness(true, ours))


def _trimmed(truth: Sequence[float], found: Sequence[float]) -> tuple[Any, Any]:
    true, ours = np.unique(np.asarray(truth, float)), np.unique(np.asarray(found, float))
    if len(true) and true[-1] > LONG:
        return true[true >= TRIMMED], ours[ours >= TRIMMED]
    return true, ours


def lateness(true: NDArray[Any], ours: NDArray[Any]) -> float | None:
    """By how much the beat nearest to each true one is late; the median."""
    if len(true) < 2 or len(ours) < 2:
        return None
    period = float(np.median(np.diff(true)))
    if not _near(float(np.median(np.diff(ours))), period):
        return None
    nearest = np.abs(ours[None, :] - true[:, None]).argmin(axis=1)
    late = ours[nearest] - true
    beside = np.abs(late) <= period / 2  # others lie before the first beat or behind the last
    if not beside.any():
        return None
    # Off-beats lie half a period before and behind: their median would be in the middle.
    turned = np.exp(2j * np.pi * late[beside] / period)
    centre = float(np.angle(turned.mean())) * period / (2 * np.pi)
    around = (late[beside] - centre + period / 2) % period - period / 2
    late_by = centre + float(np.median(around))
    return (late_by + period / 2) % period - period / 2


def downbeats(truth: Sequence[float], found: Sequence[float]) -> bool:
    """Whether bars begin where they do; so they do not where metre or tempo are others."""
    from mir_eval import beat

    if not len(truth) or not len(found):
        return False
    true, ours = np.unique(np.asarray(truth, float)), np.unique(np.asarray(found, float))
    return float(beat.f_measure(true, ours, CLOSE)) > BARS


def same_bars(truth: Sequence[float], found: Sequence[float]) -> bool:
    """Whether bars are as long as they are, wherever they begin: tempo and metre are right."""
    if len(truth) < 2 or len(found) < 2:
        return False
    return _near(float(np.median(np.diff(found))), float(np.median(np.diff(truth))))


class KeyScore(NamedTuple):
    answered: bool
    exact: bool
    mirex: float
    """1 for the key, .5 a fifth above, .3 the relative, .2 the parallel one."""


def key(truth: str, found: str | None) -> KeyScore:
    """Keys as "F# minor"; None is no key."""
    from mir_eval import key as keys

    score = float(keys.weighted_score(truth, found or "X"))
    return KeyScore(found is not None, score == 1.0, score)

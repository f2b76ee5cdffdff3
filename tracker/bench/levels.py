"""Loudness and true peak against signals whose level is known, and against pyloudnorm.

The signals are those of EBU Tech 3341 (2016), table 1, as far as they are sines: numbers 1 to 5
for loudness, 15 to 18 for true peak.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import util
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

RATE = 48_000
FADE = 480
"""Samples: a sine that began at once would have higher peaks than its own."""


class Reference(NamedTuple):
    what: str
    sound: NDArray[np.float32]
    loudness: float | None = None
    true_peak: float | None = None


def references() -> Iterator[Reference]:
    for number, parts in enumerate(
        (
            ((-23.0, 20.0),),
            ((-33.0, 20.0),),
            ((-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0)),
            ((-72.0, 10.0), (-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0), (-72.0, 10.0)),
            ((-26.0, 20.0), (-20.0, 20.1), (-26.0, 20.0)),
        ),
        1,
    ):
        expected = -33.0 if number == 2 else -23.0
        yield Reference(f"EBU 3341, {number}", _sine(1_000, parts), loudness=expected)
    for number, (divided, degrees) in zip(
        range(15, 19), ((4, 0), (4, 45), (6, 60), (8, 67.5)), strict=True
    ):
        phase = np.arange(RATE * 2) * 2 * np.pi / divided + np.deg2rad(degrees)
        fade = np.minimum(1, np.minimum(np.arange(len(phase)), np.arange(len(phase))[::-1]) / FADE)
        sound = np.stack([0.5 * fade * np.sin(phase)] * 2, axis=1).astype(np.float32)
        yield Reference(f"EBU 3341, {number}", sound, true_peak=-6.0)


def _sine(frequency: float, parts: Sequence[tuple[float, float]]) -> NDArray[np.float32]:
    gain = np.concatenate([np.full(round(long * RATE), 10 ** (db / 20)) for db, long in parts])
    wave = gain * np.sin(2 * np.pi * frequency * np.arange(len(gain)) / RATE)
    return np.stack([wave, wave], axis=1).astype(np.float32)


class Deviation(NamedTuple):
    what: str
    loudness: float | None
    """LU too loud."""
    true_peak: float | None
    """DB too high."""


def deviations() -> Iterator[Deviation]:
    from tracker.analysis import loudness
    from tracker.analysis.audio import Audio

    for one in references():
        found = loudness.measure(Audio.of([one.sound], RATE))
        if found is None:
            continue
        peak = found.true_peak
        yield Deviation(
            one.what,
            None if one.loudness is None else found.integrated - one.loudness,
            None if one.true_peak is None or peak is None else peak - one.true_peak,
        )


def against_pyloudnorm(sound: NDArray[Any], rate: int, ours: float) -> float | None:
    """LU by which we are louder; None where it is not installed.

    By the filters that BS.1770 prints (De Man 2014); those it takes by itself are some 0.04 LU off.
    """
    if util.find_spec("pyloudnorm") is None:
        return None
    import pyloudnorm

    return ours - float(pyloudnorm.Meter(rate, filter_class="DeMan").integrated_loudness(sound))

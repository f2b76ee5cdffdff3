"""Sounds made for the benchmark: some without an answer, some whose tempo changes.

Nothing of it is what the measuring learned from (`contrib/`): drums and chords are those of
`tracker.demo`, all else is made here, always the same for the same seed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy.signal import butter, lfilter, sosfilt

from tracker import demo
from tracker.bench.truth import Truth

RATE = demo.RATE
SECONDS = 20
SEED = 4
Sound = NDArray[Any]
Rng = np.random.Generator


def silence(rng: Rng, number: int) -> Sound:
    """Nothing; dither of 16 bits; a constant offset."""
    return (
        np.zeros(SECONDS * RATE),
        rng.integers(-1, 2, SECONDS * RATE) / 32_768,
        np.full(SECONDS * RATE, 0.01),
    )[number % 3]


def noise(rng: Rng, number: int) -> Sound:
    """White, pink, brown, gusts of wind, crackle, rain."""
    white = rng.standard_normal(SECONDS * RATE)
    match number % 6:
        case 0:
            return white
        case 1:
            return coloured(white, 0.5)
        case 2:
            return coloured(white, 1.0)
        case 3:
            gusts = coloured(rng.standard_normal(len(white)), 1.0)
            return np.asarray(band(white, 200, 2_000) * np.abs(gusts))
        case 4:
            return band(white * (rng.random(len(white)) < 20 / RATE), 500, 8_000)
    return white * 0.05 + band(white * (rng.random(len(white)) < 300 / RATE), 1_000, 9_000)


def drums(rng: Rng, number: int) -> Sound:
    """A bar of `demo`, and bars of random hits, at 80 to 175 BPM: a tempo but no key."""
    beat = 60 / rng.uniform(80, 175) * RATE
    sound = np.zeros(SECONDS * RATE, np.float32)
    hits = rng.random(16) < 0.4
    for bar in range(int(len(sound) / beat / 4) + 1):
        demo.play_drums(sound, bar * 4 * beat, beat, rng.uniform(0.4, 1))
        for step in np.flatnonzero(hits) if number % 2 else ():
            demo.add(sound, (bar * 4 + step / 4) * beat, demo.burst(rng, 0.1, 0.03))
    return sound


def pads(rng: Rng, number: int) -> Sound:
    """Chords that swell into one another, at no regular time."""
    time = np.arange(SECONDS * RATE) / RATE
    sound, at, root = np.zeros(len(time)), -3.0, 48 + number % 12
    while at < SECONDS:
        long = rng.uniform(4, 9)
        swell = np.clip(1 - np.abs(time - at - long / 2) / (long / 2), 0, 1) ** 1.5
        for step in rng.choice([0, 3, 5, 7, 10, 12, 15, 19], 4, replace=False):
            pitch = 440 * 2 ** ((root + step - 69 + rng.normal(0, 0.03)) / 12)
            sound += swell * sum(
                np.sin(2 * np.pi * k * pitch * time + rng.uniform(0, 6)) / k**2 for k in (1, 2, 3)
            )
        at += long * rng.uniform(0.4, 0.8)
    return sound


def speech(rng: Rng, number: int) -> Sound:
    """Pulses of a voice through resonances that move from sound to sound, hisses, pauses."""
    sound: demo.Sound = np.zeros(SECONDS * RATE, np.float32)
    at, pitch = 0.2, rng.uniform(85, 230)
    while at < SECONDS - 1:
        for _ in range(rng.integers(2, 11)):
            size = int(rng.uniform(0.07, 0.28) * RATE)
            glide = pitch * (1.2 - 0.3 * np.arange(size) / size) * rng.uniform(0.85, 1.15)
            pulses = np.diff(np.floor(np.cumsum(glide) / RATE), prepend=0)
            source = pulses if rng.random() < 0.8 else 0.05 * rng.standard_normal(size)
            for centre, width in ((rng.uniform(280, 800), 90), (rng.uniform(900, 2_300), 120)):
                source = resonance(source, centre, width)
            syllable = source / max(np.abs(source).max(), 1e-9) * np.hanning(size)
            demo.add(sound, at * RATE, (syllable * rng.uniform(0.4, 1)).astype(np.float32))
            at += size / RATE * rng.uniform(0.8, 1.3)
        at += rng.uniform(0.15, 0.9)
    return sound


def band(sound: Sound, low: float, high: float) -> Sound:
    sections = butter(2, (low, high), "bandpass", fs=RATE, output="sos")
    return np.asarray(sosfilt(sections, sound))


def coloured(white: Sound, slope: float) -> Sound:
    """Its amplitude falling with so high a power of the frequency."""
    spectrum = np.fft.rfft(white)
    spectrum[1:] /= np.arange(1, len(spectrum)) ** slope
    spectrum[0] = 0
    return np.fft.irfft(spectrum, len(white))


def resonance(sound: Sound, centre: float, width: float) -> Sound:
    radius = np.exp(-np.pi * width / RATE)
    turn = 2 * np.pi * centre / RATE
    return np.asarray(lfilter([1 - radius], [1, -2 * radius * np.cos(turn), radius**2], sound))


BLANKS: dict[str, tuple[Callable[[Rng, int], Sound], int]] = {
    "silence": (silence, 3), "noise": (noise, 24), "drums": (drums, 24), "pads": (pads, 24),
    "speech": (speech, 24),
}  # fmt: skip
"""Kind -> who makes it, and how many."""
NO_TEMPO = ("silence", "noise", "pads", "speech")
NO_KEY = ("silence", "noise", "drums")


def blanks(folder: Path, limit: int | None = None) -> Iterator[tuple[str, Path]]:
    """Sounds without tempo, without key or without both: the kind of each, and its file."""
    for kind, (make, count) in BLANKS.items():
        for number in range(count if limit is None else min(count, limit)):
            rng = np.random.default_rng([SEED, len(kind), number])
            sound = make(rng, number)
            if kind != "silence":
                sound = sound / np.abs(sound).max() * 10 ** rng.uniform(-1.5, -0.05)
            yield kind, write(folder / f"{kind}-{number}.wav", sound)


def write(path: Path, sound: Sound) -> Path:
    soundfile.write(path, np.asarray(sound, np.float32), RATE, "PCM_16")
    return path


CHANGES = ("drift", "ramp", "jump")
EACH = 8
BEATS = 150


def changing(folder: Path, limit: int | None = None) -> Iterator[tuple[Truth, Path]]:
    """Drums, bass and chords played at a tempo that drifts, ramps or jumps; the beats are known."""
    for kind in CHANGES:
        for number in range(EACH if limit is None else min(EACH, limit)):
            rng = np.random.default_rng([SEED, len(kind), ord(kind[0]), number])
            times = beat_times(kind, rng)
            path = write(folder / f"{kind}-{number}.wav", played(times, rng))
            yield (
                Truth(
                    path=path.name, set=f"made: {kind}", tempo_kind="changing",
                    beats=tuple(round(float(time), 4) for time in times[:-1]),
                ),
                path,
            )  # fmt: skip


def beat_times(kind: str, rng: Rng) -> Sound:
    """Of `BEATS` beats and the end of the last."""
    start = rng.uniform(75, 160)
    match kind:
        case "drift":  # as a drummer without a click: wandering by some per cent over bars
            walk = np.cumsum(rng.normal(0, 0.006, BEATS))
            curve = start * np.exp(walk - np.linspace(0, walk[-1] / 2, BEATS))
        case "ramp":
            curve = np.linspace(start, start * rng.choice([0.75, 0.85, 1.2, 1.3]), BEATS)
        case _:
            curve = np.full(BEATS, start)
            curve[BEATS // 2 :] *= rng.choice([0.8, 0.88, 1.12, 1.25])
    late = rng.normal(0, 0.004, BEATS + 1)  # hands are no machines
    return np.asarray(rng.uniform(0.2, 1.5) + np.cumsum(np.append(0, 60 / curve)) + late)


PATTERNS = (
    ("x.......x.x.....", "....x.......x...", "x.x.x.x.x.x.x.x."),  # rock
    ("x..x......x..x..", "....x..x.x..x...", "xxxxxxxxxxxxxxxx"),  # funk
    ("x.........x.....", "........x.......", "x...x...x...x..."),  # half-time
    ("x.....x.x.......", "....x.......x..x", "..x...x...x...x."),  # hats between the beats
    ("................", "................", "................"),  # no drums
)
"""Bass drum, snare, hat: sixteen steps of a bar."""
RIFFS = ("x.x.x.x.x.x.x.x.", "x..x..x.x..x..x.", "x.......x...x...")
"""What the chords play."""


def played(times: Sound, rng: Rng) -> Sound:
    """A bar after the other, each step where its beat has it."""
    sound = np.zeros(round((times[-1] + 1) * RATE), np.float32)
    pattern = PATTERNS[rng.integers(len(PATTERNS))]
    riff, roots = RIFFS[rng.integers(len(RIFFS))], 36 + rng.choice([0, 3, 5, 7, 8, 10], 4)
    drums_of = (demo.kick(), demo.burst(rng, 0.18, 0.05), demo.burst(rng, 0.05, 0.015))
    for beat, (start, end) in enumerate(pairwise(times)):
        for quarter in range(4):
            step, at = 4 * (beat % 4) + quarter, (start + quarter / 4 * (end - start)) * RATE
            for signs, struck, loud in zip(pattern, drums_of, (0.9, 0.7, 0.3), strict=True):
                if signs[step] == "x":
                    demo.add(sound, at, struck * np.float32(loud * rng.uniform(0.5, 1)))
            if riff[step] == "x":
                demo.add(sound, at, chord(int(roots[beat // 4 % 4]), rng))
    return np.tanh(sound)


def chord(root: int, rng: Rng) -> Sound:
    """Struck, with its root in the bass."""
    time = np.arange(RATE // 3) / RATE
    sound = np.zeros(len(time))
    for note, loud in ((root, 0.25), (root + 24, 0.1), (root + 27, 0.1), (root + 31, 0.1)):
        sound += loud * np.sin(2 * np.pi * 440 * 2 ** ((note - 69) / 12) * time)
    shape = np.minimum(1, time / 0.004) * np.exp(-5 * time) * rng.uniform(0.5, 1)
    return np.asarray(sound * shape, np.float32)

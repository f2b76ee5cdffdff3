"""Sound whose answer is known, from numpy alone: float32 samples, mono unless a name says more."""

import os

import numpy as np
import soundfile

RATE = 22_050

# Degrees of I IV V7 I, and of i iv V7 i with the raised seventh: they leave no doubt of the tonic.
MAJOR_CADENCE = ((0, 4, 7), (5, 9, 12), (7, 11, 14, 17), (0, 4, 7))
MINOR_CADENCE = ((0, 3, 7), (5, 8, 12), (7, 11, 14, 17), (0, 3, 7))


def seconds_of(seconds, rate=RATE):
    return np.arange(round(seconds * rate)) / rate


def silence(seconds=20, rate=RATE):
    return np.zeros(round(seconds * rate), np.float32)


def noise(seconds=20, level=-20, rate=RATE, seed=1):
    """White, *level* dB of full scale (RMS)."""
    samples = np.random.default_rng(seed).normal(0, 10 ** (level / 20), round(seconds * rate))
    return samples.astype(np.float32)


def sine(frequency=997, level=-20, seconds=20, rate=RATE):
    """*level* dB of full scale, as the peak of the sine."""
    wave = np.sin(2 * np.pi * frequency * seconds_of(seconds, rate))
    return (10 ** (level / 20) * wave).astype(np.float32)


def hit(pitch, decay, noisiness, rate=RATE):
    """A struck thing: *pitch* Hz dying away in *decay* seconds, a share of it noise."""
    time = seconds_of(5 * decay, rate)
    tone = np.sin(2 * np.pi * pitch * time)
    hiss = np.random.default_rng(int(pitch)).uniform(-1, 1, len(time))
    return ((1 - noisiness) * tone + noisiness * hiss) * np.exp(-time / decay)


def placed(starts, struck, seconds, rate=RATE):
    """*struck* at each of *starts* (seconds)."""
    sound = np.zeros(round(seconds * rate) + len(struck) + 1)
    for start in starts:
        place = round(start * rate)
        if place < seconds * rate:
            sound[place : place + len(struck)] += struck
    return sound[: round(seconds * rate)].astype(np.float32)


def clicks(bpm, seconds=20, rate=RATE):
    return placed(np.arange(0, seconds, 60 / bpm), 0.5 * hit(1500, 0.005, 0.5, rate), seconds, rate)


def drums(bpm, seconds=20, rate=RATE):
    """Bass drum on one and three, snare on two and four, hats on every half beat."""
    beat = 60 / bpm
    parts = (
        (0, 2 * beat, 0.6 * hit(55, 0.06, 0.02, rate)),
        (beat, 2 * beat, 0.4 * hit(190, 0.05, 0.7, rate)),
        (0, beat / 2, 0.12 * hit(8000, 0.015, 1, rate)),
    )
    return sum(placed(np.arange(a, seconds, step), what, seconds, rate) for a, step, what in parts)


STRUCK = {
    "kick": (55, 0.06, 0.02, 0.6),
    "snare": (190, 0.05, 0.7, 0.4),
    "hat": (8000, 0.015, 1, 0.12),
    "ride": (6000, 0.1, 1, 0.12),
}


def groove(bpm, steps, bars=8, lead=0.0, swing=0.0, rate=RATE, **patterns):
    """Bars of drums: for each one of `STRUCK` a sign for each step, of *steps* to a beat; x hits.

    Every second step is late by the share *swing* of itself; silent for *lead* seconds before.
    """
    step = 60 / bpm / steps
    count = bars * len(next(iter(patterns.values())))
    sound = 0
    for name, pattern in patterns.items():
        *what, level = STRUCK[name]
        hits = [n for n in range(count) if pattern[n % len(pattern)] == "x"]
        times = [lead + step * (n + swing * (n % 2)) for n in hits]
        sound = sound + placed(times, level * hit(*what, rate), lead + count * step, rate)
    return sound


def played(times, seconds, rate=RATE):
    """A bass drum at each second one of *times*, a snare at the others."""
    kick, snare = (level * hit(*what) for *what, level in (STRUCK["kick"], STRUCK["snare"]))
    return placed(times[::2], kick, seconds, rate) + placed(times[1::2], snare, seconds, rate)


def chord(*midi, seconds=2, cents=0, rate=RATE):
    """Notes with four overtones each, softly struck."""
    time = seconds_of(seconds, rate)
    sound = np.zeros(len(time))
    for note in midi:
        pitch = 440 * 2 ** ((note - 69 + cents / 100) / 12)
        for partial in range(1, 6):
            sound += np.sin(2 * np.pi * pitch * partial * time) / partial**1.5
    attack = np.minimum(1, np.minimum(time, seconds - time) / 0.02)
    return (0.06 * attack * np.exp(-time / seconds) * sound).astype(np.float32)


def cadence(tonic, *, minor, cents=0, times=3, rate=RATE):
    """I IV V7 I on *tonic* (0 is C), with its bass, eight seconds each time."""
    degrees = MINOR_CADENCE if minor else MAJOR_CADENCE
    chords = [
        chord(36 + tonic + notes[0], *(60 + tonic + note for note in notes), cents=cents, rate=rate)
        for notes in degrees
    ]
    return np.concatenate(chords * times)


def pad(*midi, seconds=20, rate=RATE):
    """A held chord that swells and fades: harmony without a beat."""
    time = seconds_of(seconds, rate)
    swell = np.sin(np.pi * time / seconds) ** 2
    waves = [np.sin(2 * np.pi * 440 * 2 ** ((note - 69) / 12) * time) for note in midi]
    return (0.1 * swell * sum(waves)).astype(np.float32)


# Four bars of chords each: degrees of A minor that come round, and others.
ROUNDS = {
    "home": ((57, 60, 64), (53, 57, 60), (48, 52, 55), (55, 59, 62)),
    "away": ((50, 53, 57), (52, 55, 59), (50, 53, 57), (47, 50, 54)),
}


def arranged(plan, bpm=126, lead=0.0, rate=RATE):
    """Sections one after another: (what plays, bars of four beats) or (..., ..., which chords).

    What can play: kick, snare, hats, bass, keys, melody, riser; silent for *lead* seconds before.
    """
    bar = round(240 / bpm * rate)
    parts = [silence(lead, rate)]
    for playing, bars, *chords in plan:
        sound = np.zeros(bars * bar, np.float32)
        for name in playing.split():
            if name == "riser":
                sound += rising(bars, bar, bpm, rate)
            else:
                phrase = four_bars(name, ROUNDS[chords[0] if chords else "home"], bpm, rate)
                sound += np.tile(phrase, -(-bars // 4))[: len(sound)]
        parts.append(sound)
    hiss = noise(1, -70, rate)
    whole = np.concatenate(parts)
    return np.tanh(whole + np.resize(hiss, len(whole))).astype(np.float32)


def starts(plan, bpm=126, lead=0.0, rate=RATE):
    """When each section of an arrangement begins, and when the last ends."""
    bar = round(240 / bpm * rate) / rate
    return lead + bar * np.cumsum([0, *(section[1] for section in plan)])


def four_bars(name, chords, bpm, rate=RATE):
    """What one instrument plays, over and over."""
    bar, beat = round(240 / bpm * rate), 60 / bpm
    seconds = 4 * bar / rate
    struck = {
        "kick": (0, 1, 0.6 * hit(55, 0.06, 0.02, rate)),
        "snare": (1, 2, 0.35 * hit(190, 0.05, 0.7, rate)),
        "hats": (0.5, 1, 0.25 * hit(8000, 0.02, 1, rate)),
    }
    if name in struck:
        first, step, what = struck[name]
        return placed(np.arange(first, 15.99, step) * beat, what, seconds, rate)
    played = {
        "bass": lambda notes: chord(notes[0] - 24, seconds=beat / 2, rate=rate),
        "keys": lambda notes: 2 * chord(*notes, seconds=2 * beat, rate=rate),
        "melody": lambda notes: 2 * chord(notes[1] + 24, seconds=beat, rate=rate),
    }
    step = {"bass": 0.5, "keys": 2, "melody": 1}[name]
    bars = [
        placed(np.arange(0, 3.99, step) * beat, played[name](n), bar / rate, rate) for n in chords
    ]
    return np.concatenate(bars)


def rising(bars, bar, bpm, rate=RATE):
    """Noise that swells and a snare that hastens."""
    length = bars * bar
    swell = np.linspace(0, 1, length) ** 2
    half = np.arange(0, bars * 2, 1) * 60 / bpm
    rolled = np.arange(bars * 2, bars * 4, 0.25) * 60 / bpm
    snare = placed(np.r_[half, rolled], 0.3 * hit(190, 0.03, 0.8, rate), length / rate, rate)
    return ((snare + 0.2 * noise(length / rate, 0, rate)) * swell).astype(np.float32)


def drifting(seconds=180, rate=RATE):
    """Tones that come and go, each in its own time: nothing begins, nothing ends."""
    time = seconds_of(seconds, rate)
    sound = np.zeros(len(time))
    for note, period in ((45, 61), (52, 47), (57, 83), (64, 71), (69, 53)):
        swell = 0.6 + 0.4 * np.sin(2 * np.pi * time / period + note)
        sound += swell * np.sin(2 * np.pi * 440 * 2 ** ((note - 69) / 12) * time)
    fade = np.minimum(1, np.minimum(time, seconds - time) / 10)
    return (0.08 * fade * sound).astype(np.float32)


def channels(*sounds):
    """Frames by channels."""
    return np.stack(sounds, axis=1)


def save(path, sound, rate=RATE, kind="WAV", coding=None):
    """Write *sound* as libsndfile's *kind*, whatever *path* is called; answers *path*."""
    with open(os.fspath(path), "wb") as file:
        soundfile.write(file, sound, rate, format=kind, subtype=coding)
    return path

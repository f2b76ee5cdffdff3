"""HAMMS: twelve dimensions of a track, each from 0 to 1, each from the audio alone.

All scales are absolute and belong to `VERSION`; a percentile is computed where it is shown. A
confidence is how far the number can be trusted as what its name says, 0 to 1: those of tempo, key
and energy are their features' own; what is a plain measurement has `PLAIN`; what stands for a
judgement of listeners has a ceiling set by hand (`CEILINGS`), since nothing here was fitted to
such judgements, and it shares the confidence of what it reads. All are lowered for short
recordings by s / (s + 10) with s seconds. A dimension that cannot be told is None.

bpm                 The tempo: 60 BPM is 0, 200 BPM is 1, others an octave further in. None: no
                    steady beat. Confidence: the tempo's.
key                 Its place on the Camelot wheel, 1A 0, 1B 1/23 ... 12B 1, for showing only; it
                    is compared by the table in `mixing.harmony`. None: no key. Confidence: the
                    key's.
energy              `Energy.value`. None: silence. Confidence: the energy's.
danceability        How clearly a pulse repeats (highest autocorrelation of the onsets, bass
                    counting as much as all; Lartillot et al. 2008), 0.15, which noise reaches,
                    is 0 and 0.9 is 1, times how near the tempo is to 120 BPM on a logarithmic
                    scale, octaves folded (1 there, 0.6 at 85 and 170; without a tempo 0.5). None:
                    under 4 s. Confidence: at most 0.6.
valence             Experimental. Sad 0 to happy 1, by correlates that listeners were found to
                    follow: the probability of a major key 0.45, tempo 0.25 (60 to 160 BPM, log),
                    brightness 0.15, onsets a second 0.15 (Dalla Bella et al. 2001; Eerola et al.
                    2009; Juslin & Lindstroem 2010). None: no key. Confidence: the key's, at most
                    0.3.
acousticness        Experimental. Synthetic 0 to acoustic 1, a quarter each: harmonic (contrast of
                    peaks and valleys from 400 to 3 200 Hz, 14 to 34 dB), little noise (flatness,
                    -8 to -30 dB), little bass (power below 120 Hz, 60 to 10 %), soft attacks
                    (spread of the bass onsets, 0.16 to 0.02). Drums alone read as synthetic, also
                    a jazz drummer's. None: silence. Confidence: at most 0.3.
instrumentalness    Experimental. A voice 0 to none 1: syllables move the bands from 300 to 3 400 Hz
                    at 3 to 8 Hz (Houtgast & Steeneken 1985; Scheirer & Slaney 1997); what the beat
                    and its subdivisions explain is taken out. None: under 6 s, or nothing
                    moves. Confidence: at most 0.1: it cannot tell singing from an instrument
                    phrased like it, and misses long notes; of use as a hint beside others only.
rhythmic_pattern    What happens between beats: mean metrical distance of the onsets from the beat,
                    0 all on it, 0.5 also halfway, 1 on the quarters between (after Longuet-Higgins
                    & Lee 1984). None: no steady beat, fewer than 16 beats. Confidence: the tempo's:
                    at double tempo off-beats are beats.
spectral_centroid   The mean centroid of the magnitudes, by octaves: 250 Hz is 0, 8 kHz is 1. None:
                    silence. Confidence: plain.
tempo_stability     1 - CV / 0.05 with CV the coefficient of variation of the local tempo: a machine
                    1, a drummer 0.6 to 0.9, 5 % 0. None: no steady beat, fewer than 32 beats.
                    Confidence: the tempo's.
harmonic_complexity How many pitch classes sound: the perplexity of the squared mean chroma, one is
                    0 and all twelve alike 1. None: no harmony. Confidence: at most 0.7: overtones
                    count as well.
dynamic_range       From quiet to loud: the loudness range of EBU Tech 3342 (10th to 95th percentile
                    of the gated loudness of 3 s), 20 LU are 1. None: silence, under 6 s. Confidence: plain.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.fft

from tracker.analysis import energy, key, loudness, rhythm, tempo, timbre
from tracker.analysis.audio import Audio
from tracker.analysis.energy import ramp
from tracker.analysis.series import MEL_CENTRES
from tracker.analysis.shape import Shape
from tracker.analysis.trim import trimmed
from tracker.mixing.hamms import WEIGHTS, place_of_bpm, place_of_key
from tracker.model import Energy, Hamms, Key, Tempo

VERSION = 4

PLAIN = 0.95
CEILINGS = {
    "danceability": 0.6,
    "valence": 0.3,
    "acousticness": 0.3,
    "instrumentalness": 0.1,
    "rhythmic_pattern": 0.7,
    "harmonic_complexity": 0.7,
}
HALF = 10.0
"""Seconds that are worth half the trust of a whole track."""

CLEAR = (0.15, 0.9)
DANCED, AWAY = 120.0, 0.7
"""BPM, and the octaves by which the tempo's part falls to 1/e."""
UNTIMED = 0.5
MAJOR, FAST, BRIGHTER, BUSIER = 0.45, 0.25, 0.15, 0.15
"""What counts for valence."""
VOICE = (300.0, 3_400.0)
"""Hz."""
SYLLABLES, MOVEMENTS = (3.0, 8.0), (0.5, 10.0)
"""Hz: modulations of speech and song, and those they are compared with."""
PHRASE = 6.0
"""Seconds over which modulations are seen."""
ON_THE_BEAT = 0.25
"""Hz to either side of a multiple of the beat."""
VOICED = (0.2, 0.55)
"""Shares of the modulations, from no voice to one."""
UNSTEADY = 0.05
LOWEST, HIGHEST = 250.0, 8_000.0
IN_TUNE = 0.12
"""Mean cosine of the peaks' distance to semitones; below, there is no harmony."""
BASS = 120.0
"""Hz."""
TONAL, NOISY, BASSY, STRUCK = (14.0, 34.0), (-30.0, -8.0), (0.1, 0.6), (0.02, 0.16)
"""DB, dB, share of the power, spread of the bass onsets."""
RANGE = 20.0
"""LU."""
FEWEST_STEPS = 60
"""Of 100 ms, that have a range."""


def measure(audio: Audio) -> Hamms | None:
    """The dimensions that can be told, or None for silence."""
    inner = trimmed(audio)
    sounding = timbre.Sounding.of(inner) if inner else None
    if inner is None or sounding is None:
        return None
    heard = Heard(inner, sounding, tempo.measure(audio), key.measure(audio), energy.measure(audio))
    found = {name: DIMENSIONS[name](heard) for name in WEIGHTS}
    lowered = inner.seconds / (inner.seconds + HALF)
    known = {name: pair for name, pair in found.items() if pair is not None}
    return Hamms(
        **{name: round(float(min(1.0, max(0.0, value))), 4) for name, (value, _) in known.items()},
        confidence={name: round(float(trust * lowered), 3) for name, (_, trust) in known.items()},
    )


@dataclass(frozen=True)
class Heard:
    """A recording without the silence around it, and what other features found in it."""

    audio: Audio
    sounding: timbre.Sounding
    tempo: Tempo | None
    key: Key | None
    energy: Energy | None

    @property
    def centroid(self) -> float:
        """0 to 1."""
        mean = max(float(self.sounding.mean("centroid")[0]), 1.0)
        return ramp(np.log2(mean / LOWEST), (0, np.log2(HIGHEST / LOWEST)))

    @property
    def harmonic(self) -> bool:
        return abs(self.audio.tones) >= IN_TUNE and bool(self.audio.chroma.any())


Found = tuple[float, float] | None
"""The value and its confidence before the length is considered."""


def bpm(heard: Heard) -> Found:
    found = heard.tempo
    return (place_of_bpm(found.bpm), found.confidence) if found else None


def musical_key(heard: Heard) -> Found:
    found = heard.key
    return (place_of_key(found.camelot), found.confidence) if found else None


def drive(heard: Heard) -> Found:
    found = heard.energy
    return (found.value, found.confidence or 0.0) if found else None


def danceability(heard: Heard) -> Found:
    audio = heard.audio
    clarity = rhythm.pulse_clarity(audio.onsets[[0, -1]], audio.onset_rate)
    if clarity is None:
        return None
    alive = energy.alive(audio.texture.envelopes)
    near, trust = UNTIMED, CEILINGS["danceability"] / 2
    if heard.tempo:
        octaves = abs(np.log2(heard.tempo.bpm / DANCED))
        near = float(np.exp(-((min(octaves, abs(octaves - 1)) / AWAY) ** 2)))
        trust = CEILINGS["danceability"] * (1 + heard.tempo.confidence) / 2
    return ramp(clarity, CLEAR) * alive * near, trust


def valence(heard: Heard) -> Found:
    if heard.key is None:
        return None
    parts = [(MAJOR, majorness(heard.key))]
    if heard.tempo:
        parts.append((FAST, ramp(np.log2(heard.tempo.bpm / 60), (0, np.log2(160 / 60)))))
    busy = energy.onsets_a_second(heard.audio.onsets[-1], heard.audio.bands)
    parts += [(BRIGHTER, heard.centroid), (BUSIER, ramp(busy, energy.BUSY))]
    value = sum(weight * part for weight, part in parts) / sum(weight for weight, _ in parts)
    return value, CEILINGS["valence"] * heard.key.confidence


def majorness(found: Key) -> float:
    """The probability of a major key among those that were named."""
    shares = [found.confidence, *found.shares[: len(found.alternatives)]]
    names = [found.camelot, *found.alternatives][: len(shares)]
    major = sum(share for name, share in zip(names, shares, strict=True) if name.endswith("B"))
    rest = max(0.0, 1 - sum(shares))
    return float((major + rest / 2) / (sum(shares) + rest))


def acousticness(heard: Heard) -> Found:
    sounding, mean = heard.sounding, heard.audio.bands.mean(axis=0, dtype=np.float64)
    noise = 10 * np.log10(max(float(sounding.mean("flatness")[0]), 1e-6))
    bass = float(mean[MEL_CENTRES < BASS].sum() / max(mean.sum(), 1e-12))
    parts = (
        ramp(float(sounding.mean("contrast")[2:5].mean()), TONAL),
        1 - ramp(noise, NOISY),
        1 - ramp(bass, BASSY),
        1 - ramp(float(heard.audio.onsets[0].std()), STRUCK),
    )
    return sum(parts) / len(parts), CEILINGS["acousticness"]


def instrumentalness(heard: Heard) -> Found:
    share = syllables(heard)
    if share is None:
        return None
    return 1 - ramp(share, VOICED), CEILINGS["instrumentalness"]


def syllables(heard: Heard) -> float | None:
    """The share of movement in the bands of the voice that has the rate of syllables."""
    flutter = energy.contours(heard.audio.texture.envelopes)[:, _VOICE_BANDS]
    size = round(PHRASE * Shape.ENVELOPE_RATE)
    count = len(flutter) // size
    if not count or not energy.alive(heard.audio.texture.envelopes):
        return None
    windows = flutter[: count * size].reshape(count, size, -1)
    windows = (windows - windows.mean(axis=1, keepdims=True)) * np.hanning(size)[:, None]
    moving = (np.abs(scipy.fft.rfft(windows, axis=1)) ** 2).mean(axis=(0, 2))
    rates = np.fft.rfftfreq(size, 1 / Shape.ENVELOPE_RATE)
    free = np.ones(len(rates), bool)
    if heard.tempo:
        beat = heard.tempo.bpm / 60
        free = np.abs((rates / beat + 0.5) % 1 - 0.5) * beat > ON_THE_BEAT
    there = free & (rates >= MOVEMENTS[0]) & (rates <= MOVEMENTS[1])
    spoken = there & (rates >= SYLLABLES[0]) & (rates <= SYLLABLES[1])
    whole = float(moving[there].sum())
    return float(moving[spoken].sum()) / whole if whole > 0 else None


_GROUP_CENTRES = MEL_CENTRES.reshape(Shape.ENVELOPES, -1).mean(axis=1)
_VOICE_BANDS = np.array([VOICE[0] <= centre <= VOICE[1] for centre in _GROUP_CENTRES])


def rhythmic_pattern(heard: Heard) -> Found:
    if heard.tempo is None:
        return None
    curve = np.array([1.0, 0.9, 0.1], np.float32) @ heard.audio.onsets[:3]
    value = rhythm.off_beat(curve, heard.audio.onset_rate, heard.tempo.bpm)
    if value is None:
        return None
    return value, CEILINGS["rhythmic_pattern"] * heard.tempo.confidence


def spectral_centroid(heard: Heard) -> Found:
    return heard.centroid, PLAIN


def tempo_stability(heard: Heard) -> Found:
    if heard.tempo is None:
        return None
    audio = heard.audio
    variation = rhythm.variation(audio.onsets[-1], audio.onset_rate, heard.tempo.bpm)
    return None if variation is None else (1 - variation / UNSTEADY, heard.tempo.confidence)


def harmonic_complexity(heard: Heard) -> Found:
    if not heard.harmonic:
        return None
    shares = timbre.pitch_rows(heard.audio).mean(axis=0) ** 2
    shares = shares[shares > 0] / shares.sum()
    perplexity = float(np.exp(-(shares * np.log(shares)).sum()))
    return (perplexity - 1) / 11, CEILINGS["harmonic_complexity"]


def dynamic_range(heard: Heard) -> Found:
    energies = heard.audio.energies.astype(np.float64)
    if len(energies) < FEWEST_STEPS:
        return None
    found = loudness.spread(energies)
    return None if found is None else (found / RANGE, PLAIN)


DIMENSIONS: dict[str, Callable[[Heard], Found]] = {
    "bpm": bpm,
    "key": musical_key,
    "energy": drive,
    "danceability": danceability,
    "valence": valence,
    "acousticness": acousticness,
    "instrumentalness": instrumentalness,
    "rhythmic_pattern": rhythmic_pattern,
    "spectral_centroid": spectral_centroid,
    "tempo_stability": tempo_stability,
    "harmonic_complexity": harmonic_complexity,
    "dynamic_range": dynamic_range,
}

"""Each of the twelve dimensions rises with what it is named after, and is absent without it."""

import numpy as np
import pytest
from sound import RATE, cadence, channels, clicks, drums, hit, noise, pad, placed, silence, sine

from tracker.analysis import energy, hamms, rhythm
from tracker.analysis.audio import Audio
from tracker.analysis.once import once
from tracker.mixing.hamms import WEIGHTS, similarity


def heard(sound, rate=RATE):
    return Audio.of([sound if sound.ndim == 2 else sound[:, None]], rate)


def found(sound):
    return hamms.measure(heard(sound))


def between(step, offset, seconds=40):
    """Hits beside the drums, each *step* beats from *offset* on, at 120 BPM."""
    starts = np.arange(offset / 2, seconds, step / 2)
    return drums(120, seconds) + placed(starts, 0.6 * hit(400, 0.05, 0.3), seconds)


def spoken(seconds=20):
    """A hum whose formants jump four times a second or so, with gaps."""
    random, time = np.random.default_rng(3), np.arange(seconds * RATE) / RATE
    hum = np.sign(np.sin(2 * np.pi * 140 * time) - 0.9) + 1
    sound, at = np.zeros(len(time)), 0
    while at < len(time):
        size = int(RATE * random.uniform(0.15, 0.3))
        spectrum = np.fft.rfft(hum[at : at + size])
        bins = np.fft.rfftfreq(len(hum[at : at + size]), 1 / RATE)
        places = (random.uniform(300, 800), random.uniform(900, 2300))
        spectrum *= sum(1 / (1 + ((bins - place) / 90) ** 2) for place in places)
        syllable = np.fft.irfft(spectrum, len(hum[at : at + size]))
        sound[at : at + size] = syllable * np.hanning(len(syllable))
        at += size
    return (0.3 * sound / np.abs(sound).max()).astype(np.float32)


MORE = {
    "bpm": (drums(90), drums(125)),
    "energy": (drums(120) / 10, drums(120)),
    "danceability": (pad(57, 60, 64), drums(120)),
    "valence": (cadence(9, minor=True), cadence(9, minor=False)),
    "acousticness": (drums(120), cadence(0, minor=False)),
    "instrumentalness": (spoken(), drums(120)),
    "rhythmic_pattern": (between(1, 0), between(1, 0.5)),
    "spectral_centroid": (sine(400), sine(4_000)),
    "tempo_stability": (
        np.concatenate([drums(bpm, 8) for bpm in (118, 121, 119, 122, 120)]),
        drums(120, 40),
    ),
    "harmonic_complexity": (pad(57, 60, 64), cadence(0, minor=False)),
    "dynamic_range": (cadence(0, minor=False), pad(57, 60, 64)),
}


@pytest.mark.parametrize("name", MORE)
def test_a_dimension_rises_with_what_it_is_named_after(name):
    less, more = (getattr(found(sound), name) for sound in MORE[name])

    assert 0 <= less < more <= 1


def test_sixteenths_between_beats_are_more_than_eighths():
    eighths, sixteenths = found(between(1, 0.5)), found(between(0.5, 0.25))

    assert eighths.rhythmic_pattern < sixteenths.rhythmic_pattern


@pytest.mark.parametrize("sound", [noise(), sine(), pad(57, 60, 64), silence(5) + 1e-3 * noise(5)])
def test_without_a_beat_there_is_no_tempo_no_pattern_and_no_stability(sound):
    got = found(sound)

    assert (got.bpm, got.rhythmic_pattern, got.tempo_stability) == (None, None, None)


@pytest.mark.parametrize("sound", [noise(), drums(120)])
def test_without_harmony_there_is_no_key_no_valence_and_no_complexity(sound):
    got = found(sound)

    assert (got.key, got.valence, got.harmonic_complexity) == (None, None, None)


@pytest.mark.parametrize(
    "sound", [drums(120), noise(), sine(), clicks(150), cadence(3, minor=True), spoken()]
)
def test_what_is_known_lies_between_0_and_1_and_says_how_sure_it_is(sound):
    got = found(sound)

    known = [name for name in WEIGHTS if getattr(got, name) is not None]
    assert got.confidence.keys() == set(known)
    assert all(0 <= getattr(got, name) <= 1 for name in known)
    assert all(0 <= trust < 1 for trust in got.confidence.values())


def test_a_short_piece_is_trusted_less():
    short, long = found(drums(120, 8)), found(drums(120, 40))

    assert short.confidence["spectral_centroid"] < long.confidence["spectral_centroid"]


@pytest.mark.parametrize(
    "change",
    [
        lambda sound: -sound,
        lambda sound: channels(0.3 * sound, 1.7 * sound),
        lambda sound: np.concatenate([silence(4), sound]),
    ],
)
def test_what_changes_no_music_changes_no_dimension(change):
    sound = drums(120, 32) + cadence(9, minor=True, times=4)

    plain, changed = found(channels(1.7 * sound, 0.3 * sound)), found(change(sound))

    alike = similarity(plain, changed)
    assert not alike.missing
    assert max(alike.distances.values()) < 0.06


@pytest.mark.parametrize("level", [-30, -20, -6])
def test_noise_is_no_energy_however_loud(level):
    assert energy.measure(heard(noise(level=level))).level <= 3


BASS = placed(np.arange(0, 20, 0.5), 0.5 * hit(50, 0.08, 0), 20)
HATS = placed(np.arange(0, 20, 0.125), 0.1 * hit(9_000, 0.02, 1), 20)
CHORDS = cadence(0, minor=False)[: 20 * RATE]


@pytest.mark.parametrize(
    ("calmer", "livelier"),
    [
        (CHORDS, CHORDS + BASS),  # more bass drive
        (CHORDS + BASS, CHORDS + BASS + HATS),  # brighter and busier
        (CHORDS, CHORDS + drums(120)),
        (drums(120), drums(120) + CHORDS),
        (drums(120) / 4, drums(120) / 2),
        (noise(), noise() + drums(120)),
    ],
)
def test_more_drive_is_more_energy(calmer, livelier):
    assert energy.measure(heard(calmer)).value < energy.measure(heard(livelier)).value


def test_energy_says_whether_it_holds_throughout():
    even = energy.measure(heard(drums(120, 80)))
    torn = energy.measure(heard(np.concatenate([drums(120, 40), pad(57, 60, 64, seconds=40) / 9])))

    assert torn.confidence < even.confidence


def test_a_pulse_is_clear_in_drums_and_not_in_noise():
    beat, hiss = heard(drums(120)), heard(noise())

    clear = rhythm.pulse_clarity(beat.onsets, beat.onset_rate)
    unclear = rhythm.pulse_clarity(hiss.onsets, hiss.onset_rate)

    assert clear > 0.8 > 0.3 > unclear
    assert rhythm.pulse_clarity(beat.onsets[:, :100], beat.onset_rate) is None


def test_what_others_read_is_measured_once():
    calls = []
    measure = once(lambda audio: calls.append(audio) or len(calls))
    first, second = heard(silence(1)), heard(silence(1))

    answers = [measure(first), measure(first), measure(second), measure(first)]

    assert answers == [1, 1, 2, 3]

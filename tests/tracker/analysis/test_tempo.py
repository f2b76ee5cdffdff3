"""The tempo people tap, of what is made to have one, and none of what has not."""

from dataclasses import replace

import numpy as np
import pytest
from sound import RATE, cadence, channels, drifting, drums, groove, noise, pad, save, silence

from tracker.analysis import beats, tempo
from tracker.analysis.audio import Audio
from tracker.model.tempi import ALL, Tempi

FOUR = {"kick": "x...x...x...x...", "snare": "....x.......x...", "hat": "..x...x...x...x."}
BREAK = {"kick": "x.....x...x.....", "snare": "....x.......x...", "hat": "x.x.x.x.x.x.x.x."}
SLOW = {"kick": "x.......x.......", "snare": "....x.......x...", "hat": "x.x.x.x.x.x.x.x."}
HALF = {"kick": "x.........x.....", "snare": "........x.......", "hat": "x.x.x.x.x.x.xxx."}
DNB = {"kick": "x.........x.....", "snare": "....x.......x...", "hat": "x.x.x.x.x.x.x.x."}
ROCK = {"kick": "x.......x.x.....", "snare": "....x.......x...", "hat": "x.x.x.x.x.x.x.x."}
WALTZ = {"kick": "x...........", "snare": "....x...x...", "hat": "x.x.x.x.x.x."}
JIG = {"kick": "x.....x.....", "snare": "......x.....", "hat": "x.x.x.x.x.x."}
SEVEN = {"kick": "x.......x.....", "snare": "....x.......x.", "hat": "x.x.x.x.x.x.x."}
SHUFFLE = {
    "kick": "x...........x...........",
    "snare": "......x...........x.....",
    "ride": "x...x.x...x.x...x.x...x.",
}


def heard(sound, rate=RATE):
    return Audio.of([sound if sound.ndim == 2 else sound[:, None]], rate)


@pytest.mark.parametrize(
    ("bpm", "steps", "patterns"),
    [
        *((bpm, 4, SLOW) for bpm in (60, 68, 77)),
        *((bpm, 4, FOUR) for bpm in (90, 106, 118, 126.5, 140, 152, 160, 180, 200)),
        (132, 4, BREAK),
        (140, 4, HALF),
        *((bpm, 4, DNB) for bpm in (168, 174)),
        *((bpm, 4, ROCK) for bpm in (84, 96, 120)),
        *((bpm, 4, WALTZ) for bpm in (90, 150, 180)),
        *((bpm, 4, SEVEN) for bpm in (100, 140)),
        *((bpm, 6, JIG) for bpm in (96, 112)),
        (108, 6, SHUFFLE),
    ],
)
def test_every_rhythm_has_its_tempo(bpm, steps, patterns):
    found = tempo.measure(heard(groove(bpm, steps, bars=12, **patterns)))

    assert found.bpm == pytest.approx(bpm, abs=0.05)


@pytest.mark.parametrize("swing", [0.2, 0.5])
def test_swing_changes_no_tempo(swing):
    found = tempo.measure(heard(groove(92, 4, bars=12, swing=swing, **ROCK)))

    assert found.bpm == pytest.approx(92, abs=0.05)


@pytest.mark.parametrize("bpm", [93.37, 121.08, 127.93, 171.46])
def test_a_tempo_is_sharp_to_a_hundredth(bpm):
    found = tempo.measure(heard(drums(bpm, 60)))

    assert found.bpm == pytest.approx(bpm, abs=0.011)


def test_the_second_answer_tells_how_clear_the_octave_is():
    found = tempo.measure(heard(drums(87)))

    assert 0 <= found.second <= found.confidence <= 1
    assert found.confidence + found.second <= 1.001


def test_what_changes_no_rhythm_changes_no_tempo():
    sound = groove(123, 4, bars=10, lead=0.3, **BREAK)
    sound = sound + np.resize(cadence(9, minor=True), len(sound))
    expected = tempo.measure(heard(sound)).bpm

    for other in (
        0.1 * sound,
        -sound,
        channels(sound, 0.2 * sound),
        np.concatenate([np.zeros(3 * RATE, np.float32), sound]),
        channels(0.2 * sound, sound),
        np.concatenate([sound, np.zeros(5 * RATE, np.float32)]),
    ):
        assert tempo.measure(heard(other)).bpm == pytest.approx(expected, rel=0.001)


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
def test_the_sample_rate_changes_no_tempo(rate):
    assert tempo.measure(heard(drums(128, 20, rate), rate)).bpm == pytest.approx(128, abs=0.02)


@pytest.mark.parametrize(
    ("name", "how"),
    [("it.flac", {}), ("it.mp3", {}), ("it.ogg", {}), ("it.wav", {"coding": "PCM_U8"})],
)
def test_the_format_changes_no_tempo(tmp_path, name, how):
    sound = groove(123.4, 4, bars=8, **BREAK)
    kind = {"flac": "FLAC", "mp3": "MP3", "ogg": "OGG", "wav": "WAV"}[name[-4:].lstrip(".")]
    expected = tempo.measure(heard(sound)).bpm

    with open(save(tmp_path / name, sound, kind=kind, **how), "rb", buffering=0) as file:
        found = tempo.measure(Audio.read(file, name.encode()))

    assert found.bpm == pytest.approx(expected, rel=0.001)


def test_a_gap_in_the_middle_breaks_no_beat():
    beat = 60 / 125
    sound = drums(125, 64 * beat)
    sound[round(24 * beat * RATE) : round(36 * beat * RATE)] = 0

    assert tempo.measure(heard(sound)).bpm == pytest.approx(125, abs=0.05)


def test_a_wanted_range_decides_the_octave():
    audio = heard(drums(124, 30))

    slow = tempo.measure(replace(audio, tempi=Tempi(50, 100)))
    fast = tempo.measure(replace(audio, tempi=Tempi(160, 224)))
    neither = tempo.measure(replace(audio, tempi=Tempi(70, 110)))

    assert slow.bpm == pytest.approx(62, abs=0.03)
    assert slow.outside == slow.alternatives[0] == pytest.approx(124, abs=0.03)
    assert slow.confidence > 0.9
    assert "outside the wanted range" in slow.why
    assert fast.bpm == neither.bpm == pytest.approx(124, abs=0.03)


def test_within_the_wanted_range_nothing_changes():
    audio = heard(groove(96, 4, bars=10, **ROCK))

    free, told = (tempo.measure(replace(audio, tempi=tempi)) for tempi in (ALL, Tempi(60, 180)))

    assert told.bpm == free.bpm
    assert told.outside is None
    assert told.confidence >= free.confidence


def test_beats_are_counted_within_the_wanted_range():
    audio = replace(heard(drums(124, 30)), tempi=Tempi(50, 100))

    assert beats.measure(audio).period == pytest.approx(60 / 62, rel=1e-4)


def test_a_range_makes_no_beat_where_there_is_none():
    assert tempo.measure(replace(heard(noise(seed=5)), tempi=Tempi(70, 140))) is None


def murmur(seed):
    """Syllables of uneven length."""
    rng = np.random.default_rng(seed)
    sound, at = np.zeros(20 * RATE), 0.2
    while at < 19:
        length = int(RATE * rng.gamma(8, 0.025))
        wave = np.sin(2 * np.pi * rng.uniform(100, 180) * np.arange(length) / RATE) ** 5
        begin = int(at * RATE)
        part = sound[begin : begin + length]
        part += 0.3 * (wave * np.hanning(length))[: len(part)]
        at += length / RATE + (rng.gamma(3, 0.15) if rng.random() < 0.2 else 0.01)
    return sound.astype(np.float32)


@pytest.mark.parametrize(
    "sound",
    [
        *(murmur(1), murmur(2), murmur(3), drifting(60), pad(45, 52, 57, 61), noise(seed=5)),
        *(silence(), noise(level=-60), pad(57, 60, 64, seconds=60)),
    ],
    ids=["speech", "more", "most", "drifting", "pad", "noise", "silence", "hiss", "long pad"],
)
def test_what_has_no_beat_has_no_tempo(sound):
    assert tempo.measure(heard(sound)) is None

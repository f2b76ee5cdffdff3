"""Features are declared once, fit, and hear what is there."""

import io
from typing import get_type_hints

import numpy as np
import pyloudnorm
import pytest
import soundfile
from sound import RATE, cadence, channels, clicks, drums, noise, pad, silence, sine

from tracker.analysis import FEATURES, READS, analyse, energy, key, loudness, tempo, versions
from tracker.analysis.audio import Audio, Pass
from tracker.mixing import harmony
from tracker.model import Analysis


def heard(sound, rate=RATE):
    return Audio.of([sound if sound.ndim == 2 else sound[:, None]], rate)


def test_every_feature_fills_the_field_of_its_name():
    fields = get_type_hints(Analysis)

    for name, feature in FEATURES.items():
        assert get_type_hints(feature.measure)["return"] == fields[name], name
    assert FEATURES.keys() - versions().keys() <= {"fingerprint"}  # which has a library of its own


@pytest.mark.parametrize(
    "sound", [drums(124, 8) + cadence(2, minor=True, times=1), noise(9)], ids=["music", "noise"]
)
def test_a_feature_measured_alone_answers_as_among_all(sound):
    file = io.BytesIO()
    soundfile.write(file, sound, RATE, format="WAV", subtype="FLOAT")
    file.seek(0)
    together = analyse(file, b"tune.wav")

    for feature in versions():
        file.seek(0)
        alone = analyse(file, b"tune.wav", [feature])
        assert getattr(alone, feature) == getattr(together, feature), feature


@pytest.mark.parametrize("feature", [name for name in FEATURES if READS[name]])
def test_a_feature_whose_series_were_not_gathered_says_so(feature):
    audio = Audio.of([drums(124, 6)[:, None]], RATE, series=())

    with pytest.raises(LookupError, match="was not gathered"):
        FEATURES[feature].measure(audio)


def test_what_no_wanted_feature_reads_is_not_gathered():
    flow = Pass(RATE, 2, READS["loudness"])

    assert flow.mono is flow.onsets is flow.chroma is flow.printer is None
    assert flow.native.parts.keys() == {"energies", "levels"}


@pytest.mark.parametrize("bpm", [*range(75, 201, 5), 87.77, 127.5, 174.2])
def test_drums_have_their_tempo(bpm):
    found = tempo.measure(heard(drums(bpm)))

    assert found.bpm == pytest.approx(bpm, rel=0.001)


@pytest.mark.parametrize("bpm", [60, 61.3, 65, 70])
def test_slow_drums_have_their_tempo_among_the_first_two(bpm):
    found = tempo.measure(heard(drums(bpm)))

    nearest = min((found.bpm, found.alternatives[0]), key=lambda other: abs(other - bpm))
    assert nearest == pytest.approx(bpm, rel=0.001)


def test_a_drummer_without_a_click_has_the_middle_of_his_tempi():
    parts = [drums(bpm, 24) for bpm in (119.2, 120, 120.8, 120, 119.5, 120.4)]

    found = tempo.measure(heard(np.concatenate(parts)))

    assert found.bpm == pytest.approx(120, rel=0.005)


@pytest.mark.parametrize("sound", [silence(), noise(), sine(), pad(57, 60, 64), clicks(120, 2)])
def test_without_a_steady_beat_there_is_no_tempo(sound):
    assert tempo.measure(heard(sound)) is None


@pytest.mark.parametrize("cents", [0, -40, 40])
@pytest.mark.parametrize("minor", [False, True])
@pytest.mark.parametrize("tonic", range(12))
def test_a_cadence_has_its_key_however_it_is_tuned(tonic, minor, cents):
    found = key.measure(heard(cadence(tonic, minor=minor, cents=cents, times=1)))

    assert found.camelot == harmony.camelot(tonic, minor=minor)
    assert found.camelot not in found.alternatives


@pytest.mark.parametrize("sound", [silence(), noise(), drums(120), sine()])
def test_without_harmony_there_is_no_key(sound):
    assert key.measure(heard(sound)) is None


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 96_000])
@pytest.mark.parametrize("level", [-40, -20, -3])
def test_loudness_agrees_with_a_reference(rate, level):
    left, right = sine(997, level, 5, rate), noise(5, level - 10, rate)
    sound = np.concatenate([channels(left, right), channels(right, left) / 50])
    # Its default filters are for the usual rates; "DeMan" follows the standard's at low ones too.
    curve = "DeMan" if rate < 16_000 else "K-weighting"
    meter = pyloudnorm.Meter(rate, filter_class=curve)
    reference = meter.integrated_loudness(sound.astype(float))

    found = loudness.measure(heard(sound, rate))

    assert found.integrated == pytest.approx(reference, abs=0.1)


def test_a_sine_of_1_khz_at_full_scale_has_minus_3_lufs():
    assert loudness.measure(heard(sine(997, 0, rate=48_000), 48_000)).integrated == pytest.approx(
        -3.01, abs=0.02
    )


def test_of_5_1_the_low_frequency_channel_counts_not():
    quiet, bass = silence(5, 48_000), sine(60, -3, 5, 48_000)
    front = sine(997, -20, 5, 48_000)

    alone = loudness.measure(heard(channels(front, quiet, quiet, quiet, quiet, quiet), 48_000))
    boosted = loudness.measure(heard(channels(front, quiet, quiet, bass, quiet, quiet), 48_000))

    assert (boosted.integrated, boosted.range) == (alone.integrated, alone.range)


@pytest.mark.parametrize("sound", [silence(), sine(seconds=0.3)])
def test_silence_and_a_blink_have_no_loudness(sound):
    assert loudness.measure(heard(sound)) is None
    assert energy.measure(heard(sound)) is None


@pytest.mark.parametrize(
    ("calmer", "livelier"),
    [
        (0.05 * drums(120), drums(120)),
        (pad(57, 60, 64), pad(57, 60, 64) + drums(120)),
        (drums(80), drums(160)),
        (sine(200), sine(200) + noise(level=-20)),
    ],
)
def test_more_of_anything_is_more_energy(calmer, livelier):
    low, high = energy.measure(heard(calmer)), energy.measure(heard(livelier))

    assert low.value < high.value
    assert 1 <= low.level <= high.level <= 10


@pytest.mark.parametrize("size", [777, 100_000])
def test_how_the_blocks_are_cut_changes_nothing(size):
    sound = channels(drums(120, 10, 44_100), cadence(0, minor=False, rate=44_100)[:441_000])

    whole = Audio.of([sound], 44_100)
    cut = Audio.of((sound[at : at + size] for at in range(0, len(sound), size)), 44_100)

    assert whole.seconds == cut.seconds == 10
    np.testing.assert_allclose(whole.onsets, cut.onsets, atol=1e-4)
    np.testing.assert_allclose(whole.energies, cut.energies, rtol=1e-4, atol=1e-9)
    assert key.measure(whole) == key.measure(cut)

"""What is said of a sound whose spectrum is known, and what changes nothing about it."""

import numpy as np
import pytest
import soxr
from sound import RATE, cadence, channels, chord, drums, noise, silence, sine

from tracker.analysis import embedding, hamms, timbre
from tracker.analysis.audio import Audio


def heard(sound, rate=RATE):
    return Audio.of([sound if sound.ndim == 2 else sound[:, None]], rate)


def music(rate=RATE):
    return drums(120, 16, rate) + cadence(9, minor=True, times=2, rate=rate)


def vector(audio):
    return np.frombuffer(embedding.measure(audio).vector, "<f4")


def test_a_sine_lies_where_it_is():
    found = timbre.measure(heard(sine(1_000, -20, 5)))

    assert found.centroid[0] == pytest.approx(1_000, rel=0.02)
    assert found.rolloff[0] == pytest.approx(1_000, abs=25)
    assert found.crossings[0] == pytest.approx(2 * 1_000 / RATE, rel=0.01)
    assert found.rms[0] == pytest.approx(-23.01, abs=0.05)
    assert found.flatness[0] < 0.001


def test_white_noise_is_flat_and_lies_in_the_middle():
    found = timbre.measure(heard(noise(5)))

    assert found.flatness[0] == pytest.approx(0.56, abs=0.02)  # e^-0.577 for a single window
    assert found.centroid[0] == pytest.approx(RATE / 4, rel=0.02)
    assert found.rolloff[0] == pytest.approx(0.85 * RATE / 2, rel=0.02)
    assert found.crossings[0] == pytest.approx(0.5, abs=0.01)


def test_a_chord_shows_its_pitch_classes_and_contrast():
    found = timbre.measure(heard(chord(60, 64, 67, seconds=5)))

    assert set(np.argsort(found.chroma[:12])[-3:]) == {0, 4, 7}
    assert max(found.chroma[:12]) == 1
    assert found.contrast[2] > timbre.measure(heard(noise(5))).contrast[2] + 10


def test_the_cepstrum_is_that_of_the_mel_bands():
    bright, dark = timbre.measure(heard(noise(5))), timbre.measure(heard(sine(100, seconds=5)))

    assert bright.mfcc[1] < dark.mfcc[1]  # the first cosine falls from low to high
    assert np.abs(bright.mfcc[14:]).max() < np.abs(timbre.measure(heard(music())).mfcc[14:]).max()


@pytest.mark.parametrize("sound", [silence(5), sine(seconds=0.05)])
def test_silence_and_a_blink_have_no_timbre(sound):
    audio = heard(sound)

    assert timbre.measure(audio) is None
    assert embedding.measure(audio) is None
    assert hamms.measure(audio) is None


SAME = {
    "louder": lambda sound: 2 * sound,
    "softer": lambda sound: sound / 8,
    "turned over": lambda sound: -sound,
    "after silence": lambda sound: np.concatenate([silence(4), sound]),
    "with its channels swapped": lambda sound: channels(0.4 * sound, 1.6 * sound),
}


@pytest.mark.parametrize("change", SAME)
def test_a_sound_keeps_its_timbre(change):
    plain = timbre.measure(heard(channels(1.6 * music(), 0.4 * music())))

    found = timbre.measure(heard(SAME[change](music())))

    assert found.mfcc[1:13] == pytest.approx(plain.mfcc[1:13], abs=2)
    assert found.contrast == pytest.approx(plain.contrast, abs=1)
    assert found.chroma[:12] == pytest.approx(plain.chroma[:12], abs=0.03)
    for name in ("centroid", "rolloff", "flatness", "crossings"):
        assert getattr(found, name) == pytest.approx(getattr(plain, name), rel=0.05)


@pytest.mark.parametrize("change", SAME)
def test_a_sound_keeps_its_place_among_sounds(change):
    assert vector(heard(SAME[change](music()))) @ vector(heard(music())) > 0.98


@pytest.mark.parametrize("rate", [32_000, 44_100, 48_000, 96_000])
def test_the_sample_rate_changes_no_place(rate):
    sound = music(44_100)

    found = heard(soxr.resample(sound, 44_100, rate), rate)

    assert vector(found) @ vector(heard(sound, 44_100)) > 0.995


@pytest.mark.parametrize("size", [777, 100_000])
def test_how_the_blocks_are_cut_changes_no_texture(size):
    sound = music(44_100)[:, None]

    whole = Audio.of([sound], 44_100).texture
    cut = Audio.of((sound[at : at + size] for at in range(0, len(sound), size)), 44_100).texture

    np.testing.assert_allclose(cut.means, whole.means, rtol=1e-2, atol=0.05)
    np.testing.assert_allclose(cut.envelopes, whole.envelopes, rtol=1e-3, atol=1e-4)


def test_an_embedding_is_a_point_on_the_sphere():
    found = vector(heard(music()))

    assert found.shape == (embedding.DIMENSIONS,) == (64,)
    assert np.linalg.norm(found) == pytest.approx(1, abs=1e-5)


def test_a_sound_lies_nearer_to_its_like():
    key = vector(heard(cadence(0, minor=False)))
    other_key = vector(heard(cadence(5, minor=False)))
    beat, other_beat = vector(heard(drums(124))), vector(heard(drums(128)))
    hiss = vector(heard(noise()))

    assert key @ other_key > max(key @ beat, key @ hiss) + 0.5
    assert beat @ other_beat > max(beat @ key, beat @ hiss) + 0.5


def test_hours_leave_a_small_texture():
    blocks = (noise(60, seed=minute)[:, None] for minute in range(10))

    found = Audio.of(blocks, RATE).texture

    assert sum(part.nbytes for part in (found.means, found.variances, found.envelopes)) < 1_000_000

"""Loudness against the signals that EBU Tech 3341 and 3342 describe, and against a reference."""

from collections import deque

import numpy as np
import pyloudnorm
import pytest
from scipy.signal import sosfilt
from sound import channels, noise, silence, sine

from tracker.analysis import loudness, peak, weighting
from tracker.analysis.audio import Audio
from tracker.analysis.native import Native

RATE = 48_000


def heard(sound, rate=RATE):
    return Audio.of([sound if sound.ndim == 2 else sound[:, None]], rate)


def found_in(sound, rate=RATE):
    """Its loudness, from what is measured at its own rate alone."""
    sound = sound if sound.ndim == 2 else sound[:, None]
    flow = Native(rate, sound.shape[1])
    deque(flow.feed(sound.astype(np.float32)), maxlen=0)
    return tuple(flow.finish().values())


def tone(*parts, frequency=1_000):
    """A sine in both channels: (seconds, dBFS) one after the other."""
    sounds = [sine(frequency, level, seconds, RATE) for seconds, level in parts]
    return channels(*[np.concatenate(sounds)] * 2)


# Tech 3341, table 1: the signals 1 to 5 in stereo, and what is read of them within 0.1 LU.
MINIMUM = {
    1: (tone((20, -23)), -23.0),
    2: (tone((20, -33)), -33.0),
    3: (tone((10, -36), (60, -23), (10, -36)), -23.0),
    4: (tone((10, -72), (10, -36), (60, -23), (10, -36), (10, -72)), -23.0),
    5: (tone((20, -26), (20.1, -20), (20, -26)), -23.0),
}


@pytest.mark.parametrize(("sound", "lufs"), MINIMUM.values(), ids=MINIMUM)
def test_integrated_loudness_reads_what_ebu_3341_asks(sound, lufs):
    energies, _, _ = found_in(sound)

    assert loudness.gated(energies.astype(float)) == pytest.approx(lufs, abs=0.05)


def test_surround_reads_what_ebu_3341_asks():
    front, centre, surround = (sine(1_000, level, 20, RATE) for level in (-28, -24, -30))

    energies, _, _ = found_in(channels(front, front, centre, surround, surround))

    assert loudness.gated(energies.astype(float)) == pytest.approx(-23, abs=0.05)


def test_the_short_term_and_the_moment_are_the_loudest():
    found = loudness.measure(heard(tone((5, -40), (0.4, -10), (5, -40))))

    assert found.momentary == pytest.approx(-10, abs=0.05)
    assert found.short_term == pytest.approx(-10 + 10 * np.log10(0.4 / 3), abs=0.05)


# Tech 3342, table 1: two levels for 20 s each, and the range that is read within 1 LU.
RANGES = {
    1: (((20, -20), (20, -30)), 10),
    2: (((20, -20), (20, -15)), 5),
    3: (((20, -40), (20, -20)), 20),
    4: (((20, -50), (20, -35), (20, -20), (20, -35), (20, -50)), 15),
}


@pytest.mark.parametrize(("parts", "lu"), RANGES.values(), ids=RANGES)
def test_the_range_reads_what_ebu_3342_asks(parts, lu):
    energies, _, _ = found_in(tone(*parts))

    assert loudness.spread(energies.astype(float)) == pytest.approx(lu, abs=0.1)


@pytest.mark.parametrize("rate", [32_000, 44_100, 48_000, 96_000])
@pytest.mark.parametrize("seed", range(3))
def test_music_like_sound_agrees_with_a_reference(rate, seed):
    chance = np.random.default_rng(seed)
    swell = np.repeat(chance.uniform(0.001, 0.3, 40), rate // 4)[:, None]
    rumble = np.cumsum(chance.normal(0, 0.05, (len(swell), 2)), axis=0) % 1 - 0.5
    sound = swell * (chance.normal(0, 0.3, (len(swell), 2)) + rumble)
    # The filters of this name follow the standard's at every rate.
    reference = pyloudnorm.Meter(rate, filter_class="DeMan").integrated_loudness(sound)

    energies, _, _ = found_in(sound, rate)

    assert loudness.gated(energies.astype(float)) == pytest.approx(reference, abs=0.05)


UNEVEN = {
    "noise": lambda rate: noise(25_600 / rate, -6, rate),
    "highest tone": lambda rate: sine(0.45 * rate, -6, 25_600 / rate, rate),
    "an offset": lambda rate: np.full(25_600, 0.9),
    "a breath over an offset": lambda rate: 0.9 + noise(25_600 / rate, -60, rate),
    "3 Hz": lambda rate: sine(3, 0, 25_600 / rate, rate),
    "silence after noise": lambda rate: (
        noise(25_600 / rate, -6, rate) * (np.arange(25_600) < 9_000)
    ),
}


@pytest.mark.parametrize("rate", [1_000, 8_000, 22_050, 44_100, 192_000, 2_822_400])
@pytest.mark.parametrize("make", UNEVEN.values(), ids=UNEVEN)
def test_two_frames_at_once_are_filtered_as_one_after_the_other(rate, make):
    sound = make(rate)[:25_600].astype(np.float32)
    stages = weighting.k_weighting(rate)
    edges = np.array([0, 1, 127, 128, 301, 5_000, 5_001, 12_800])

    weighted = weighting.Weighted(stages)
    pair = sound, -0.5 * sound[::-1]
    early = weighted.squares((pair[0][:12_800], pair[1][:12_800]), edges)
    late = weighted.squares((pair[0][12_800:], pair[1][12_800:]), edges)

    sections = np.array([np.concatenate(stage) for stage in stages])
    cuts = np.concatenate([edges, 12_800 + edges])
    for place, channel in enumerate(pair):
        squares = sosfilt(sections, channel.astype(float)) ** 2
        sums = [part.sum() for part in np.split(squares, cuts)]
        found = np.concatenate([early[:-1, place], late[:, place]])
        np.testing.assert_allclose(found, sums, rtol=1e-6, atol=1e-9)


def test_no_silence_behind_a_loud_chirp_is_less_than_nothing():
    rate = 44_100  # at which a tenth of a second is no whole number of blocks
    step, chirp = rate // 10, sine(15_000, 0, 48 / rate, rate) * np.hanning(48)
    sound = np.zeros(100 * step)
    for edge in range(2 * step, len(sound), 2 * step):
        sound[edge - 50 : edge - 2] = chirp

    energies, _, _ = found_in(sound, rate)

    loud, silent = energies[1::2][:-1], energies[2::2]
    assert (energies >= 0).all()
    assert silent.max() < 1e-3 * loud.min()


# Tech 3341, 15 to 19: a sine whose highest points lie between samples, read within +0.2 -0.4 dB.
@pytest.mark.parametrize("phase", [0, 45, 60, 67.5])
@pytest.mark.parametrize(("share", "dbtp"), [(1 / 4, -6), (1 / 6, -6), (1 / 8, -6)])
def test_a_true_peak_between_samples_is_found(share, dbtp, phase):
    time = np.arange(RATE // 2)
    wave = 10 ** (dbtp / 20) * np.sin(2 * np.pi * share * time + np.radians(phase))
    fade = np.minimum(1, np.minimum(time, time[::-1]) / 1_000)

    _, levels, _ = found_in(wave * fade)

    assert 20 * np.log10(levels.true_peak) == pytest.approx(dbtp, abs=0.2)


@pytest.mark.parametrize("rate", [44_100, 96_000, 192_000])
@pytest.mark.parametrize("seed", range(4))
def test_looking_at_little_finds_what_looking_everywhere_finds(rate, seed):
    chance = np.random.default_rng(seed)
    sound = 0.2 * chance.laplace(size=(rate // 2, 2)) * chance.choice([0.1, 1], (rate // 2, 1))
    sound = np.tanh(np.cumsum(sound, axis=0) % 1 if seed % 2 else sound).astype(np.float32)

    _, levels, _ = found_in(sound, rate)

    points = [np.abs(sound).max()]
    for kernel in peak.Between(rate).kernels:
        points += [np.abs(np.convolve(column, kernel[::-1])).max() for column in sound.T]
    assert levels.true_peak == pytest.approx(max(points), rel=1e-5)


def test_a_peak_beyond_full_scale_is_told():
    found = loudness.measure(heard(tone((1, 0), frequency=RATE / 4 + 1)))

    assert found.peak <= 0
    assert found.true_peak == pytest.approx(0, abs=0.2)


def test_gain_moves_every_level_and_not_the_range():
    loud = loudness.measure(heard(MINIMUM[5][0]))
    soft = loudness.measure(heard(0.5 * MINIMUM[5][0]))

    for name in ("integrated", "short_term", "momentary", "true_peak", "peak"):
        assert getattr(loud, name) - getattr(soft, name) == pytest.approx(6.02, abs=0.02)
    assert loud.range == soft.range
    assert soft.replay_gain == pytest.approx(loud.replay_gain + 6.02, abs=0.02)


@pytest.mark.parametrize("change", [lambda sound: -sound, lambda sound: sound[:, ::-1]])
def test_polarity_and_swapped_channels_change_nothing(change):
    sound = channels(sine(300, -10, 5, RATE), noise(5, -20, RATE))

    assert loudness.measure(heard(change(sound))) == loudness.measure(heard(sound))


def test_leading_silence_changes_nothing():
    sound = channels(*[noise(5, -20, RATE)] * 2)
    later = np.concatenate([channels(*[silence(3, RATE)] * 2), sound])

    energies, levels, _ = found_in(later)
    earlier, same, _ = found_in(sound)

    assert loudness.gated(energies.astype(float)) == pytest.approx(
        loudness.gated(earlier.astype(float)), abs=0.2  # the blocks that span the edge count now
    )  # fmt: skip
    assert levels.true_peak == pytest.approx(same.true_peak, rel=1e-4)


def test_what_is_shorter_than_the_short_term_has_none():
    found = loudness.measure(heard(sine(1_000, -20, 1, RATE)))

    assert (found.short_term, found.range) == (None, None)
    assert found.momentary == found.integrated

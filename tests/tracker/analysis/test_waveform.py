"""The overview shows where which sound is, whatever the length."""

import numpy as np
import pytest
from sound import RATE, channels, sine

from tracker.analysis import waveform
from tracker.analysis.audio import Audio
from tracker.analysis.overview import CELLS, Overview


def heard(sound, rate=RATE):
    return Audio.of([sound if sound.ndim == 2 else sound[:, None]], rate)


def bands(sound, rate=RATE):
    found = waveform.measure(heard(sound, rate))
    return [
        np.frombuffer(band, np.uint8).astype(int) for band in (found.low, found.mid, found.high)
    ]


@pytest.mark.parametrize("rate", [22_050, 44_100])
def test_each_sound_is_in_its_band_and_its_time(rate):
    parts = [sine(pitch, -6, 5, rate) for pitch in (80, 700, 6_000)]

    found = bands(np.concatenate(parts), rate)

    level = 255 * 10 ** (-6 / 40)
    for number, band in enumerate(found):
        thirds = [band[20 + 333 * third : 313 + 333 * third] for third in range(3)]
        for third, part in enumerate(thirds):
            wanted = level if third == number else 0  # a window leaks -60 dB, which is 8
            assert np.abs(part - wanted).max() <= 8, (number, third)


@pytest.mark.parametrize("level", [0, -20, -40])
def test_a_byte_is_the_root_of_the_amplitude(level):
    _, mid, _ = bands(sine(1_000, level, 5))

    assert np.median(mid) == pytest.approx(255 * 10 ** (level / 40), abs=2)


@pytest.mark.parametrize("seconds", [0.01, 0.05, 0.5, 3, 60])
def test_there_are_a_thousand_parts_of_any_length(seconds):
    sound = sine(1_000, -10, seconds)

    assert [len(band) for band in bands(sound)] == [1_000] * 3


def test_swapped_and_turned_channels_change_nothing():
    sound = channels(sine(100, -20, 5), sine(3_000, -20, 5))

    for change in (-sound, sound[:, ::-1]):
        assert waveform.measure(heard(change)) == waveform.measure(heard(sound))


@pytest.mark.parametrize("batch", [64, 37])
def test_hours_are_kept_in_the_same_space_as_minutes(batch):
    overview, frames = Overview(), 4 * 3600 * 22_050 // 256
    quiet, loud = np.zeros((2, batch, 513), np.float32)
    loud[:, 30] = 1

    for at in range(0, frames, batch):
        overview.see(loud if at < frames / 4 else quiet)
    cells, seconds = overview.finish()

    assert CELLS / 2 <= len(cells) <= CELLS + 1
    assert len(cells) * seconds == pytest.approx(4 * 3600, rel=0.001)
    parts = waveform.means(cells, 4 * 3600 / seconds)[:, 1]
    np.testing.assert_allclose(parts[:249], 1 / 1.5, rtol=1e-5)
    assert not parts[251:].any()

"""Evidence about a recording: what it holds is told, and nothing else is suspected."""

import io

import numpy as np
import pytest
import soundfile
from scipy.signal import firwin, oaconvolve
from sound import channels, clicks, drums, noise, save, silence, sine

from tracker.analysis import analyse, quality
from tracker.analysis.audio import Audio

RATE = 44_100


def told(sound, rate=RATE, kind="FLAC", coding=None, cut=None):
    """What is said of *sound* in a file of that kind, of which only the share *cut* is there."""
    file = io.BytesIO()
    soundfile.write(file, sound, rate, format=kind, subtype=coding)
    content = file.getvalue()
    return analysed(content[: int(len(content) * cut)] if cut else content)


def analysed(content):
    return analyse(io.BytesIO(content), b"it", ["quality"]).quality


def below(frequency, sound, rate=RATE):
    """*sound* cut at *frequency*, as coders cut it: within 200 Hz, by 80 dB."""
    taps = firwin(1023, frequency, fs=rate, window=("kaiser", 8))
    return oaconvolve(sound, taps, "same").astype(np.float32)


def test_full_sound_in_a_lossless_file_arouses_no_suspicion():
    found = told(channels(noise(5, -20, RATE), noise(5, -20, RATE, seed=2)))

    assert found.bandwidth == pytest.approx(RATE / 2, abs=200)
    assert found.suspicion is None
    assert found.damage is None


@pytest.mark.parametrize("frequency", [11_000, 16_000, 19_000])
def test_a_wall_in_a_lossless_file_is_suspected(frequency):
    found = told(below(frequency, noise(5, -20, RATE)))

    assert found.bandwidth == pytest.approx(frequency, abs=200)
    assert found.wall > 30
    assert f"ends at {found.bandwidth / 1000:.1f} kHz in a wall" in found.suspicion


def test_what_an_mp3_left_out_is_seen_through_a_lossless_copy(tmp_path):
    with soundfile.SoundFile(
        tmp_path / "it.mp3", "w", RATE, 2, "MPEG_LAYER_III", format="MP3",
        compression_level=0.7, bitrate_mode="CONSTANT",
    ) as file:  # fmt: skip
        file.write(channels(noise(8, -20, RATE), noise(8, -20, RATE, seed=2)))
    copy, _ = soundfile.read(tmp_path / "it.mp3", dtype="float32")

    found = told(copy)

    assert "made from a lossy one" in found.suspicion
    assert analysed((tmp_path / "it.mp3").read_bytes()).suspicion is None


@pytest.mark.parametrize(
    "sound",
    [
        below(20_500, noise(5, -20, RATE)),  # what converters do
        np.cumsum(noise(5, -50, RATE)) * 0.1,  # falls softly
        sine(15_000, -20, 5, RATE),
        drums(120, 5, RATE),
        sine(440, -60, 5, RATE),
    ],
)
def test_sound_that_ends_otherwise_is_not_suspected(sound):
    sound = np.asarray(sound - sound.mean(), np.float32)

    assert told(sound / max(1, np.abs(sound).max())).suspicion is None


def test_a_low_sample_rate_is_no_suspicion():
    assert told(below(10_000, noise(5, -20, 22_050), 22_050), 22_050).suspicion is None


def test_an_ordinary_recording_at_a_high_rate_is_suspected():
    found = told(below(21_500, noise(3, -20, 96_000), 96_000), 96_000, coding="PCM_24")

    assert "where a recording at 44.1 or 48 kHz ends" in found.suspicion


def test_clipping_is_counted_by_runs():
    sound = sine(100, -6, 2, RATE)
    for start, length in ((1_000, 3), (5_000, 2), (9_000, 70), (RATE, 10)):
        sound[start : start + length] = 1
    sound[20_000:20_004] = -1

    found = told(channels(sound, sine(100, -6, 2, RATE)), kind="WAV")

    assert (found.clips, found.longest_clip) == (4, 70)


def test_a_run_over_the_border_of_two_blocks_is_one():
    sound = sine(100, -6, 1, RATE)
    sound[1_000:1_200] = 1

    audio = Audio.of((sound[at : at + 100, None] for at in range(0, RATE, 100)), RATE)

    assert (audio.levels.clips, audio.levels.longest_clip) == (1, 200)


def test_silence_at_both_ends_is_told():
    sound = np.concatenate([silence(1.5, RATE), sine(440, -20, 3, RATE), silence(0.7, RATE)])

    found = told(sound, kind="WAV")

    assert found.silence_start == pytest.approx(1.5, abs=0.002)
    assert found.silence_end == pytest.approx(0.7, abs=0.002)


def test_nothing_but_silence_is_silent_from_the_start():
    found = told(channels(silence(2), silence(2)), 22_050)

    assert (found.silence_start, found.silence_end) == (2, 0)
    assert (found.bandwidth, found.correlation, found.suspicion) == (None, None, None)


LEFT, RIGHT = noise(3, -20, RATE), noise(3, -20, RATE, seed=2)


@pytest.mark.parametrize(
    ("sound", "correlation", "suspicion"),
    [
        (channels(LEFT, LEFT), 1, "it is mono"),
        (channels(LEFT, -LEFT), -1, "upside down"),
        (channels(LEFT, RIGHT), 0, None),
        (channels(LEFT, 0.5 * LEFT), 1, None),  # panned
        (channels(LEFT, 0.8 * LEFT + 0.6 * RIGHT), 0.8, None),
        (channels(LEFT, silence(3, RATE)), None, "one channel is silent"),
        (LEFT, None, None),
        (channels(LEFT, LEFT, silence(3, RATE)), None, None),
    ],
)
def test_two_channels_are_compared(sound, correlation, suspicion):
    found = told(sound)

    expected = None if correlation is None else pytest.approx(correlation, abs=0.02)
    assert found.correlation == expected
    assert (suspicion in found.suspicion) if suspicion else found.suspicion is None


def test_an_offset_is_told_and_is_no_likeness():
    found = told(channels(LEFT + 0.1, RIGHT + 0.1))

    assert found.dc == pytest.approx(0.1, abs=0.001)
    assert found.correlation == pytest.approx(0, abs=0.02)


@pytest.mark.parametrize(
    ("kind", "coding", "words"),
    [
        ("WAV", "PCM_16", "ends after 5.0 of the 10.0 s"),
        ("AIFF", "PCM_16", "ends after 5.0 of the 10.0 s"),
        ("WAV", "IMA_ADPCM", "ends after 5.0 of the 10.0 s"),
        ("FLAC", "PCM_16", "it should hold"),
        ("MP3", "MPEG_LAYER_III", "it should hold"),
        ("OGG", "VORBIS", "breaks off"),
        ("OGG", "OPUS", "breaks off"),
    ],
)
def test_a_truncated_file_is_damaged_and_a_whole_one_is_not(kind, coding, words):
    sound, rate = channels(*[drums(120, 10, 48_000)] * 2), 48_000

    assert words in told(sound, rate, kind, coding, cut=0.5).damage
    assert told(sound, rate, kind, coding).damage is None


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF, 0x7FFFFFFF, 0xFFFFFFFF - 36])
def test_a_wav_from_a_pipe_is_not_damaged(tmp_path, size):
    content = bytearray(save(tmp_path / "it.wav", sine(seconds=2)).read_bytes())
    place = content.index(b"data") + 4
    content[place : place + 4] = size.to_bytes(4, "little")

    found = analysed(bytes(content)) if size else None  # without a size it holds no sound

    assert found is None or found.damage is None


def test_a_recording_too_short_for_a_spectrum_has_no_bandwidth():
    found = told(sine(seconds=0.02, rate=RATE), kind="WAV")

    assert (found.bandwidth, found.wall) == (None, None)


@pytest.mark.parametrize("size", [777, 50_000])
def test_how_the_blocks_are_cut_changes_no_evidence(size):
    sound = np.tanh(3 * channels(drums(120, 3, RATE), noise(3, -20, RATE)))

    whole = Audio.of([sound], RATE)
    cut = Audio.of((sound[at : at + size] for at in range(0, len(sound), size)), RATE)

    one, other = quality.measure(whole), quality.measure(cut)
    assert one.correlation == pytest.approx(other.correlation, abs=1e-5)
    assert (one.bandwidth, one.clips, one.silence_end) == (
        other.bandwidth, other.clips, other.silence_end)  # fmt: skip
    assert whole.levels.true_peak == pytest.approx(cut.levels.true_peak, rel=1e-6)


@pytest.mark.parametrize("bpm", [60, 120, 150])
def test_clicks_on_the_beat_are_heard_wherever_they_fall(bpm):
    assert told(clicks(bpm, 10, RATE)).bandwidth > 10_000

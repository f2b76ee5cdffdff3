"""Whatever a file holds: a result, or one sentence that names it."""

import io
import struct

import av
import numpy as np
import pytest
import soundfile
from sound import RATE, channels, drums, noise, save, sine

from tracker.analysis import analyse, decode
from tracker.errors import Invalid, Unreadable

LIBSNDFILE = [("WAV", "PCM_16"), ("WAV", "FLOAT"), ("FLAC", "PCM_24"), ("AIFF", "PCM_16"),
              ("OGG", "VORBIS"), ("OGG", "OPUS"), ("MP3", "MPEG_LAYER_III"), ("CAF", "PCM_16")]  # fmt: skip
FFMPEG = [("ipod", "aac"), ("ipod", "alac"), ("adts", "aac"), ("asf", "wmav2"), ("wv", "wavpack"),
          ("tta", "tta"), ("matroska", "flac"), ("webm", "libopus"), ("ac3", "ac3"), ("mp2", "mp2")]  # fmt: skip


def encoded(path, sound, container, coding, rate=48_000):
    """*sound* written by FFmpeg."""
    with av.open(str(path), "w", format=container) as file:
        stream = file.add_stream(coding, rate=rate, layout="stereo")
        stream.bit_rate = 128_000
        step = stream.codec_context.frame_size or 4096
        for at in range(0, len(sound), step):
            samples = np.ascontiguousarray(channels(*[sound[at : at + step]] * 2).T)
            frame = av.AudioFrame.from_ndarray(samples, "fltp", "stereo")
            frame.sample_rate, frame.pts = rate, at
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path


def measured(path, *wanted):
    with path.open("rb") as file:
        return analyse(file, bytes(path), wanted or None)


@pytest.mark.parametrize(("kind", "coding"), LIBSNDFILE)
def test_libsndfile_formats_keep_tempo_and_length(tmp_path, kind, coding):
    path = save(tmp_path / "it.bin", drums(126, 15, 48_000), 48_000, kind, coding)

    found = measured(path)

    assert found.tempo.bpm == pytest.approx(126, rel=0.001)
    assert found.duration.seconds == pytest.approx(15, abs=0.05)
    assert found.duration.complaint is None


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("gain", [0, -6])
def test_both_decoders_agree_on_opus_to_the_sample(tmp_path, gain, count):
    sound = channels(*[0.7 * drums(126, 3, 48_000)] * count)
    path = save(tmp_path / "it.opus", sound, 48_000, "OGG", "OPUS")
    peak = np.abs(soundfile.read(path)[0]).max()
    path.write_bytes(with_gain(path.read_bytes(), gain))

    with path.open("rb", buffering=0) as file:
        assert decode.decoders(file) == (decode.Libav, decode.Libsndfile)
        one, other = (heard_by(decoder, file) for decoder in decode.decoders(file))

    assert one.shape == other.shape
    assert np.abs(one).max() == pytest.approx(peak * 10 ** (gain / 20), rel=0.02)
    assert np.sqrt(np.mean((one - other) ** 2)) < 1e-3 * np.sqrt(np.mean(one**2)) + 1e-5


def heard_by(decoder, file):
    with decoder(file) as sound:
        return np.concatenate(list(sound.blocks()))


def with_gain(data, decibels):
    """The first page of an Opus file, told to be louder or softer, with its checksum made anew."""
    page = bytearray(data[: 28 + data[27]])
    at = page.index(b"OpusHead") + 16
    page[at : at + 2] = struct.pack("<h", decibels * 256)
    page[22:26] = bytes(4)
    checksum = 0
    for byte in page:
        checksum ^= byte << 24
        for _ in range(8):
            checksum = (checksum << 1 ^ (0x04C11DB7 if checksum & 0x80000000 else 0)) & 0xFFFFFFFF
    page[22:26] = struct.pack("<I", checksum)
    return bytes(page) + data[len(page) :]


@pytest.mark.parametrize(("container", "coding"), FFMPEG)
def test_ffmpeg_formats_keep_tempo_and_length(tmp_path, container, coding):
    path = encoded(tmp_path / "it.mp3", drums(126, 15, 48_000), container, coding)

    found = measured(path)

    assert found.tempo.bpm == pytest.approx(126, rel=0.001)
    assert found.duration.seconds == pytest.approx(15, abs=0.1)
    assert found.duration.complaint is None


@pytest.mark.parametrize("rate", [8_000, 11_025, 96_000, 192_000])
def test_any_sample_rate_is_heard(tmp_path, rate):
    path = save(tmp_path / "it.wav", drums(100, 10, rate), rate)

    assert measured(path).tempo.bpm == pytest.approx(100, rel=0.001)


def test_eight_channels_are_heard(tmp_path):
    path = save(tmp_path / "it.wav", channels(*[drums(100, 10)] * 8))

    assert measured(path).tempo.bpm == pytest.approx(100, rel=0.001)


def test_a_vbr_mp3_without_a_length_is_read_to_its_end(tmp_path):
    quiet, loud = sine(level=-60, seconds=15), noise(15, -6)
    path = save(tmp_path / "it.mp3", np.concatenate([loud, quiet]), RATE, "MP3")
    content = path.read_bytes()
    for name in (b"Xing", b"Info"):
        content = content.replace(name, b"\0\0\0\0", 1)
    path.write_bytes(content)

    found = measured(path, "duration")

    assert found.duration.seconds == pytest.approx(30, abs=0.1)


def test_a_damaged_mp3_is_read_on_and_complained_of(tmp_path):
    path = save(tmp_path / "it.mp3", drums(120, 20, 44_100), 44_100, "MP3")
    content = bytearray(path.read_bytes())
    random = np.random.default_rng(3)
    for place in random.integers(4_000, len(content), 200):
        content[place] ^= int(random.integers(1, 256))
    path.write_bytes(content)

    found = measured(path, "duration")

    assert found.duration.seconds > 18
    assert found.duration.complaint


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "AIFF", "MP3"])
def test_a_truncated_file_is_measured_as_far_as_it_goes(tmp_path, kind):
    path = save(tmp_path / "it.bin", drums(120, 20, 44_100), 44_100, kind)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])

    found = measured(path, "duration")

    assert 8 < found.duration.seconds < 12
    if kind in ("FLAC", "MP3"):  # a WAV says how long it is, and libsndfile believes the file
        assert "it ends after" in found.duration.complaint


def test_what_is_no_number_is_silence_and_complained_of(tmp_path):
    sound = sine(seconds=5)
    sound[1000:2000], sound[3000], sound[4000] = np.nan, np.inf, 1e30
    path = save(tmp_path / "it.wav", sound, coding="FLOAT")

    found = measured(path)

    assert "no numbers" in found.duration.complaint
    assert np.isfinite(found.loudness.integrated)


@pytest.mark.parametrize("samples", [1, 1102])
def test_hardly_any_sound_has_a_length_and_nothing_else(tmp_path, samples):
    path = save(tmp_path / "it.wav", sine()[:samples])

    found = measured(path)

    assert found.duration.seconds == pytest.approx(samples / RATE)
    assert (found.tempo, found.key, found.loudness, found.energy) == (None, None, None, None)


def wav(*, channel_count=1, rate=RATE, data=b"\0\0" * 1000, size=None):
    form = struct.pack("<HHIIHH", 1, channel_count, rate, rate * 2, 2, 16)
    stated = len(data) if size is None else size
    return b"RIFF\xff\xff\xff\x7fWAVEfmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", stated) + data  # fmt: skip


HOPELESS = {
    "empty": b"",
    "one byte": b"O",
    "text": b"no sound in here\n" * 50,
    "random": np.random.default_rng(5).bytes(50_000),
    "only tags": b"ID3\x04\0\0\0\0\0\x14" + bytes(20),
    "no samples": wav(data=b""),
    "one hertz": wav(rate=1),
    "half a header": wav()[:30],
    "a playlist": b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n/etc/passwd\n#EXT-X-ENDLIST\n",
    "a list of files": b"ffconcat version 1.0\nfile /etc/hostname\n",
}


@pytest.mark.parametrize("content", HOPELESS.values(), ids=HOPELESS)
def test_what_is_no_sound_is_refused_by_its_cleaned_name(tmp_path, content):
    path = tmp_path / "bad\x1b[31m.mp3"
    path.write_bytes(content)

    with pytest.raises(Unreadable) as refused:
        measured(path)

    assert "bad␛[31m.mp3" in str(refused.value)
    assert "\x1b" not in str(refused.value)


def test_a_header_that_claims_too_much_costs_no_memory(tmp_path):
    path = tmp_path / "it.wav"
    path.write_bytes(wav(data=drums(120, 5).tobytes(), size=0x7FFFFFF0))

    assert measured(path, "duration").duration.seconds < 20


def test_the_file_may_be_in_memory():
    file = io.BytesIO()
    soundfile.write(file, drums(120, 10), RATE, format="FLAC")
    file.seek(0)

    assert analyse(file, b"it").tempo.bpm == pytest.approx(120, rel=0.001)


def test_only_what_is_wanted_is_measured(tmp_path):
    found = measured(save(tmp_path / "it.wav", drums(120, 10)), "loudness")

    assert found.measured.keys() == {"loudness"}
    assert found.tempo is None


def test_an_unknown_feature_is_refused_with_the_known_ones():
    with pytest.raises(Invalid, match="no feature mood; known are duration, tempo"):
        analyse(io.BytesIO(), b"it", ["mood"])

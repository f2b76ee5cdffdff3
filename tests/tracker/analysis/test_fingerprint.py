"""The same recording is found again, however it was cut and coded."""

import io

import numpy as np
import pytest
import soundfile
from sound import cadence, channels, drums, noise, silence

from tracker.analysis import analyse, fingerprint, known, match, versions
from tracker.analysis.audio import Audio
from tracker.analysis.printer import Printer
from tracker.analysis.series import Mono
from tracker.errors import Invalid

RATE = 22_050
needed = pytest.mark.skipif(not fingerprint.available(), reason="libchromaprint is not installed")
"""Only what Chromaprint itself has to say."""


def music(seed, seconds=40):
    """Something that never repeats: chords by chance, and a beat."""
    chance = np.random.default_rng(seed)
    chords = [
        cadence(int(tonic), minor=bool(tonic % 2), times=1) for tonic in chance.permutation(12)
    ]
    sound = np.concatenate(chords)[: seconds * RATE]
    return sound + 0.3 * drums(100 + 7 * seed, seconds)


def numbers(seed, count=900):
    return np.random.default_rng(seed).integers(0, 1 << 32, count, dtype=np.uint64).astype("<u4")


def flipped(prints, share, seed=9):
    """The same with a share of the bits turned over."""
    bits = np.unpackbits(prints.view(np.uint8))
    bits ^= np.random.default_rng(seed).random(len(bits)) < share
    return np.packbits(bits).view("<u4")


def printed(sound, rate=RATE):
    sound = sound if sound.ndim == 1 else sound.mean(axis=1)
    mono, prints = Mono(rate), Printer()
    prints.feed(mono.feed(sound.astype(np.float32)))
    found = prints.finish(mono.rest())
    return found and found[0]


def test_a_fingerprint_is_like_itself():
    assert match.similarity(numbers(1).tobytes(), numbers(1).tobytes()) == (1.0, 0.0)


@pytest.mark.parametrize("shift", [-200, -1, 0, 17, 400])
@pytest.mark.parametrize("share", [0.0, 0.05, 0.15])
def test_a_shifted_and_damaged_copy_is_found_and_where(shift, share):
    whole = numbers(1, 1_300)
    one, other = whole[400:1_200], whole[400 - shift : 1_300 - shift]
    score, offset = match.similarity(one.tobytes(), flipped(other, share).tobytes())

    assert score == pytest.approx(1 - 2 * share, abs=0.03)
    assert offset == pytest.approx(shift * match.PERIOD)


def test_the_other_way_round_the_offset_turns_its_sign():
    whole = numbers(1)
    one, other = whole[:800].tobytes(), whole[100:].tobytes()

    assert match.similarity(one, other)[1] == -match.similarity(other, one)[1] != 0


def test_a_cut_piece_is_found_in_the_whole():
    whole = numbers(1)

    score, offset = match.similarity(whole[500:600].tobytes(), whole.tobytes())

    assert (score, offset) == (1, pytest.approx(500 * match.PERIOD))


def test_unrelated_ones_are_unlike():
    scores = [match.similarity(numbers(1).tobytes(), numbers(n).tobytes())[0] for n in range(2, 9)]

    assert max(scores) < 0.1


@pytest.mark.parametrize("count", [0, 1, 39])
def test_what_is_too_short_is_like_nothing(count):
    assert match.similarity(numbers(1, count).tobytes(), numbers(1).tobytes()) == (0.0, 0.0)


@needed
def test_another_rate_gain_cut_and_coding_are_the_same_recording():
    sound = music(1)
    first = printed(sound)
    coded = io.BytesIO()
    soundfile.write(coded, sound, RATE, format="MP3")
    coded.seek(0)
    changed = {
        "softer": 0.2 * sound,
        "inverted": -sound,
        "stereo": channels(sound, sound),
        "noisy": sound + noise(40, -45),
        "coded": soundfile.read(coded, dtype="float32")[0],
    }

    for name, other in changed.items():
        score, offset = match.similarity(first, printed(other))
        assert (score, offset) == (pytest.approx(1, abs=0.2), 0), name


@needed
def test_a_later_start_is_the_same_recording_later():
    sound = music(1)

    score, offset = match.similarity(
        printed(sound), printed(np.concatenate([silence(3.096), sound]))
    )

    assert score > 0.8
    assert offset == pytest.approx(3.096, abs=0.07)


@needed
def test_other_music_is_another_recording():
    assert match.similarity(printed(music(1)), printed(music(2)))[0] < 0.6


@needed
def test_it_hears_two_minutes_and_no_more():
    prints = Printer()
    for _ in range(4):
        prints.feed(music(1))

    raw, seconds = prints.finish(silence(1))

    assert seconds == 120
    assert 940 < len(raw) / 4 < 960


@needed
def test_it_is_the_fingerprint_of_chromaprint_itself():
    import chromaprint

    sound, rate = music(3), RATE
    theirs = chromaprint.Fingerprinter()
    theirs.start(rate, 1)
    theirs.feed(np.rint(32767 * sound).astype(np.int16).tobytes())
    reference = np.array(chromaprint.decode_fingerprint(theirs.finish())[0], "<u4")

    ours = np.frombuffer(printed(sound, rate), "<u4")

    assert len(ours) == len(reference)
    assert np.bitwise_count(ours ^ reference).mean() < 0.01 * 32


@needed
def test_what_is_too_short_has_none():
    assert printed(music(1)[: RATE // 2]) is None
    assert fingerprint.measure(Audio.of([music(1)[: RATE // 2, None]], RATE)) is None


def test_silence_has_none():
    assert fingerprint.measure(Audio.of([silence(10)[:, None]], RATE)) is None


def test_without_the_library_it_is_no_feature_and_measured_once_it_is_there(monkeypatch):
    monkeypatch.setattr("tracker.analysis.printer.chromaprint", None)
    file = io.BytesIO()
    soundfile.write(file, drums(120, 5), RATE, format="WAV")
    file.seek(0)

    found = analyse(file, b"it")

    assert "fingerprint" not in versions()
    assert "fingerprint" not in found.measured
    assert found.fingerprint is None
    with pytest.raises(Invalid, match="needs libchromaprint"):
        known(["fingerprint"])

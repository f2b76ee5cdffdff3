"""librosa as an oracle: where it defines the same as we do, both hear the same.

It is not used to measure: importing and compiling it costs more than measuring many tracks.
"""

import numpy as np
import pytest
from sound import RATE, arranged, cadence, clicks, drums, noise, starts

from tracker.analysis import bars, partition, series, timbre
from tracker.analysis.audio import Audio
from tracker.analysis.shape import FLOOR, Shape

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # librosa's own, and those of what it imports
    pytest.mark.xdist_group("librosa"),
]

ALL = "kick snare hats bass keys melody"
SOUNDS = {
    "cadence": cadence(2, minor=False, times=2) + noise(16, -60),
    "drums": drums(124) + noise(level=-50),
    "noise": noise(10),
    "track": arranged((("kick hats", 4), (ALL, 8))),
}


@pytest.fixture(scope="module")
def librosa():
    return pytest.importorskip("librosa")


@pytest.fixture(params=SOUNDS)
def sound(request):
    return SOUNDS[request.param]


def heard(sound):
    return Audio.of([sound[:, None]], RATE)


def magnitudes(librosa, sound):
    """Of every eighth frame, as we look at them; a full-scale sine is 1."""
    hop = Shape.HOP * Shape.EVERY
    spectrum = librosa.stft(sound, n_fft=Shape.SIZE, hop_length=hop)
    return np.abs(spectrum) * (2 / np.hanning(Shape.SIZE + 1)[:-1].sum())


def mel_bank(librosa):
    """Its triangles on the same scale (O'Shaughnessy), each of sum 1."""
    bank = librosa.filters.mel(
        sr=RATE,
        n_fft=Shape.SIZE,
        n_mels=series.MELS,
        fmin=series.LOWEST_MEL,
        fmax=series.HIGHEST_MEL,
        htk=True,
        norm=None,
    )
    return bank / bank.sum(axis=1, keepdims=True)


def test_the_mel_bank_is_the_same(librosa):
    np.testing.assert_allclose(series.mel_bank(Shape.SIZE).T, mel_bank(librosa), atol=1e-4)


def test_mfcc_agree(librosa, sound):
    power = (mel_bank(librosa) @ magnitudes(librosa, sound)) ** 2
    floor = np.maximum(FLOOR * power.max(axis=0), 1e-10)
    decibels = librosa.power_to_db(np.maximum(power, floor), top_db=None)
    theirs = librosa.feature.mfcc(S=decibels, n_mfcc=13, norm="ortho")

    ours = timbre.measure(heard(sound)).mfcc

    np.testing.assert_allclose(ours[:13], theirs.mean(axis=1), atol=0.5, rtol=0.02)
    np.testing.assert_allclose(ours[13:], theirs.std(axis=1), atol=0.5, rtol=0.05)


def test_centroid_and_rolloff_agree(librosa, sound):
    spectrum = magnitudes(librosa, sound)
    centroid = librosa.feature.spectral_centroid(S=spectrum, sr=RATE)
    rolloff = librosa.feature.spectral_rolloff(S=spectrum**2, sr=RATE, roll_percent=0.85)

    ours = timbre.measure(heard(sound))

    assert ours.centroid[0] == pytest.approx(centroid.mean(), rel=0.02)
    assert ours.rolloff[0] == pytest.approx(rolloff.mean(), rel=0.02, abs=30)


def test_flatness_agrees_on_noise(librosa):
    spectrum = magnitudes(librosa, SOUNDS["noise"])[1:]
    flatness = librosa.feature.spectral_flatness(S=spectrum)

    assert timbre.measure(heard(SOUNDS["noise"])).flatness[0] == pytest.approx(
        flatness.mean(), abs=0.02
    )


@pytest.mark.parametrize("name", ["drums", "track"])
def test_onsets_rise_where_theirs_do(librosa, name):
    theirs = librosa.onset.onset_strength(
        y=SOUNDS[name], sr=RATE, n_fft=Shape.SIZE, hop_length=Shape.HOP, center=False, lag=2
    )
    ours = heard(SOUNDS[name]).onsets[-1]

    length = min(len(ours), len(theirs)) - 8
    # Its frames begin, ours are centred, where they stand; what is left is a frame or two.
    alike = [
        np.corrcoef(ours[8:length], np.roll(theirs, by)[8:length])[0, 1] for by in range(-4, 5)
    ]
    assert max(alike) > 0.8


def test_clicks_are_found_at_the_same_times(librosa):
    sound = clicks(100)
    theirs = librosa.onset.onset_detect(y=sound, sr=RATE, units="time", hop_length=Shape.HOP)
    curve = heard(sound).onsets[-1]

    peaks = np.flatnonzero((curve[1:-1] > curve[:-2]) & (curve[1:-1] >= curve[2:])) + 1
    ours = peaks[curve[peaks] > 0.5 * curve.max()] * Shape.HOP / RATE

    assert len(theirs) > 25
    assert all(np.abs(ours - time).min() < 0.03 for time in theirs)


@pytest.mark.parametrize("tonic", [0, 4, 9])
def test_the_same_pitch_classes_are_strongest(librosa, tonic):
    sound = cadence(tonic, minor=True, times=1)
    theirs = librosa.feature.chroma_cqt(y=sound, sr=RATE).mean(axis=1)

    ours = np.array(timbre.measure(heard(sound)).chroma[:12])

    assert np.corrcoef(ours, theirs)[0, 1] > 0.6
    assert len(set(np.argsort(ours)[-5:]) & set(np.argsort(theirs)[-5:])) >= 4


def test_agglomeration_told_how_many_finds_no_other_sections(librosa):
    plan = (("kick hats", 16), (ALL, 16), ("keys melody", 8), (ALL, 16))
    found = bars.heard(heard(arranged(plan)))
    rows = bars.weighted(found.bands, found.onsets).T

    theirs = librosa.segment.agglomerative(rows, len(plan))[1:]

    ours = partition.cuts(found)
    assert found.edges[ours] == pytest.approx(starts(plan)[1:-1], abs=0.1)
    assert ours == pytest.approx(list(theirs), abs=1)

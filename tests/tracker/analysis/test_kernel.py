"""What is compiled, against the same said plainly."""

import shutil

import numpy as np
import pytest

from tracker.analysis.kernel import beats, levels, library, loudness, spectra
from tracker.analysis.kernel.channels import cross, halve, part
from tracker.analysis.kernel.interface import HERE, LIBRARY, sources
from tracker.analysis.kernel.library import CHUNK, REACH
from tracker.analysis.transform import Transform
from tracker.analysis.windows import windows
from tracker.errors import Broken


@pytest.fixture
def chance():
    return np.random.default_rng(1)


def held(chance, chunks, loud=0.3):
    """A row of samples with chunks in it, and where these begin and end."""
    start, end = 100, 100 + chunks * CHUNK
    return (loud * chance.laplace(size=end + 100)).astype(np.float32), start, end


@pytest.mark.parametrize("channels", [1, 2, 3, 6])
@pytest.mark.parametrize("frames", [0, 1, 7, 1_024, 2_500])
def test_samples_come_apart_by_channels_and_together_as_their_mean(chance, channels, frames):
    block = chance.normal(size=(frames, channels)).astype(np.float32)
    buffer, mono = np.full((channels, frames + 9), 7, np.float32), np.empty(frames, np.float32)

    damaged = part(block, buffer[:, 4 : 4 + frames], mono, 100.0)

    assert not damaged
    np.testing.assert_array_equal(buffer[:, 4 : 4 + frames], block.T)
    assert (buffer[:, :4] == 7).all()
    assert (buffer[:, 4 + frames :] == 7).all()
    np.testing.assert_allclose(mono, block.mean(axis=1), atol=1e-6)


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_samples_that_lie_by_channels_already_come_out_the_same(chance, channels):
    block = chance.normal(size=(channels, 1_500)).astype(np.float32)
    rows = np.empty((channels, 1_500), np.float32)

    part(block.T, rows, None, 100.0)

    np.testing.assert_array_equal(rows, block)


@pytest.mark.parametrize("channels", [1, 2, 5])
@pytest.mark.parametrize(
    ("wrong", "instead"),
    [(np.nan, 0), (np.inf, 0), (-np.inf, 0), (1e30, 4), (-4.1, -4)],
)
@pytest.mark.parametrize("place", [0, 1_500, 2_047])
def test_what_is_no_sound_is_mended_and_said(channels, wrong, instead, place):
    block = np.full((2_048, channels), 0.5, np.float32)
    block[place, -1] = wrong
    rows, mono = np.empty((channels, 2_048), np.float32), np.empty(2_048, np.float32)

    damaged = part(block, rows, mono, 4.0)

    assert damaged
    assert rows[-1, place] == instead
    assert (np.delete(rows[-1], place) == 0.5).all()
    assert mono[place] == pytest.approx((0.5 * (channels - 1) + instead) / channels)


@pytest.mark.parametrize("number", [1, 2])
def test_what_fades_away_ends_as_nothing(number):
    sections = np.array([[1, 0, 0, 0, 0, -1.6, 0.64]] * number)
    state = np.zeros((number + 1, loudness.PAST))
    no_edges = np.zeros(0, np.int64)
    loudness.weigh((np.ones(CHUNK, np.float32),) * 2, sections, state, no_edges)

    quiet = np.zeros(20 * CHUNK, np.float32)
    loudness.weigh((quiet, quiet), sections, state, no_edges)

    assert not state.any()


def test_levels_are_those_of_each_chunk(chance):
    row, start, end = held(chance, 9)

    heights, sums = levels.heights(row, start, end)

    chunks = row[start:end].reshape(-1, CHUNK)
    np.testing.assert_array_equal(heights[1:-1], np.abs(chunks).max(axis=1))
    assert heights[0] == np.abs(row[start - REACH : start]).max()
    assert heights[-1] == np.abs(row[end : end + REACH]).max()
    np.testing.assert_allclose(sums, [chunks.sum(), (chunks**2).sum()], rtol=1e-4)


def runs_of(samples, full):
    """Lengths of the runs at full scale, said plainly."""
    hot = np.concatenate([[0], np.abs(samples) >= full, [0]])
    edges = np.flatnonzero(np.diff(hot))
    return edges[1::2] - edges[::2]


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.95])
def test_runs_at_full_scale_are_counted_over_calls(chance, share):
    row, start, end = held(chance, 20, loud=0.1)
    hot = chance.random(len(row)) < share
    row[hot | np.roll(hot, 1) | np.roll(hot, 2)] = -1.0
    found = np.zeros(3, np.int64)

    for at in range(start, end, 5 * CHUNK):
        heights, _ = levels.heights(row, at, at + 5 * CHUNK)
        levels.clips(row, at, at + 5 * CHUNK, heights, 1.0, found)
    row[end:] = 0
    heights, _ = levels.heights(np.append(row, np.zeros(CHUNK, "f4")), end, end + CHUNK)
    levels.clips(np.append(row, np.zeros(CHUNK, "f4")), end, end + CHUNK, heights, 1.0, found)

    lengths = [length for length in runs_of(row[start:end], 1.0) if length >= levels.CLIP]
    assert list(found) == [0, len(lengths), max(lengths, default=0)]


def test_halves_are_smoothed_samples(chance):
    for count in (0, 1, 2, 3, 1_000, 1_001):
        samples = chance.normal(size=count).astype(np.float32)
        smooth = np.convolve(samples, [0.25, 0.5, 0.25], "valid")[::2] if count > 2 else []
        np.testing.assert_allclose(halve(samples), smooth, atol=1e-6)


def test_crossings_and_power_are_those_of_each_piece(chance):
    samples = chance.normal(size=5 * 64 + 30).astype(np.float32)
    samples[:64] = 0

    found = cross(samples, 64)

    for piece, (crossings, power) in zip(samples[: 5 * 64].reshape(5, 64), found, strict=True):
        assert crossings == pytest.approx(np.mean(np.diff(piece > 0)))
        assert power == pytest.approx(np.mean(piece**2), rel=1e-5)


@pytest.mark.parametrize("size", [8, 16, 32, 64, 1_024, 2_048, 4_096])
@pytest.mark.parametrize("frames", [0, 1, 8, 21])
def test_spectra_are_those_of_the_windows(chance, size, frames):
    hop = size // 4 + 1
    samples = chance.normal(size=max(0, frames - 1) * hop + size).astype(np.float32)
    hann = np.hanning(size + 1)[:-1]
    cuts = windows(samples.astype(float), size, hop)[:frames]
    expected = np.abs(np.fft.rfft(cuts * hann * 2 / hann.sum()))

    for keep in (size // 2 + 1, size // 3, 1):
        magnitudes = np.full((frames, keep), np.nan, np.float32)
        Transform(size, keep).of(samples, hop, magnitudes)

        np.testing.assert_allclose(magnitudes, expected[:, :keep], atol=1e-6)


def test_a_sine_at_full_scale_has_the_magnitude_1():
    sine = np.sin(2 * np.pi * 100 / 1_024 * np.arange(1_024)).astype(np.float32)

    magnitudes = Transform(1_024, 513).of(sine, 1, np.empty((1, 513), np.float32))

    assert magnitudes[0, 100] == pytest.approx(1, abs=1e-6)
    assert np.delete(magnitudes[0], [99, 100, 101]).max() < 1e-6


def test_a_share_of_the_power_lies_below_the_rolloff(chance):
    powers = chance.random((40, 57)).astype(np.float32) ** 4
    powers[0] = 0

    places = spectra.rolloffs(powers, 0.85)

    sums = np.cumsum(powers.astype(float), axis=1)
    assert list(places) == [int(np.argmax(row >= 0.85 * row[-1])) for row in sums]


def test_peaks_are_found_with_the_power_around_them(chance):
    magnitudes = chance.random((11, 90)).astype(np.float32)
    magnitudes[3] = 0.5  # flat: a plateau has no peak
    first, end = 20, 60
    below, above = np.arange(first, end) // 2, np.minimum(np.arange(first, end) + 30, 90)

    places, powers = spectra.peaks(magnitudes, (first, end), 0.4, (below, above))

    expected = [
        (frame * 90 + at, np.mean(row[below[at - first] : above[at - first]].astype(float) ** 2))
        for frame, row in enumerate(magnitudes)
        for at in range(first, end)
        if row[at] > 0.4 and row[at] > row[at - 1] and row[at] >= row[at + 1]
    ]
    assert list(places) == [place for place, _ in expected]
    np.testing.assert_allclose(powers, [power for _, power in expected], rtol=1e-6)


def test_the_best_way_along_onsets_is_found(chance):
    strength = chance.random(300).astype(np.float32)
    periods = chance.uniform(8, 20, 300)
    lags, losses = np.array([0.5, 0.9, 1.0, 1.2]), np.array([-2, -0.1, 0, -0.4], np.float32)

    scores, came = beats.follow(strength, periods, lags, losses)

    expected = []
    for frame, height in enumerate(strength):
        before = [frame - int(np.rint(periods[frame] * lag)) for lag in lags]
        reached = [
            expected[at][0] + loss if at >= 0 else 0
            for at, loss in zip(before, losses, strict=True)
        ]
        best = int(np.argmax(reached))
        expected.append((height + max(0, reached[best]), before[best] if reached[best] > 0 else -1))
    np.testing.assert_allclose(scores, [score for score, _ in expected], rtol=1e-5)
    assert list(came) == [before for _, before in expected]


F4, F8, I4, I8 = np.float32, np.float64, np.int32, np.int64
ROW, ASKEW = np.zeros(512, F4), np.zeros(73, np.uint8)[1:].view(F4).reshape(9, 2)
FILTER = np.zeros((2, loudness.SECTION)), np.zeros((3, loudness.PAST)), np.zeros(0, I8)
TABLES = np.zeros(8, I4), np.zeros(30, F4)
WRONG = {
    "rows for fewer frames": lambda: part(np.zeros((9, 2), F4), np.zeros((2, 8), F4), None, 4),
    "rows for fewer channels": lambda: part(np.zeros((9, 2), F4), np.zeros((1, 9), F4), None, 4),
    "rows one over the other": lambda: part(
        np.zeros((9, 2), F4), windows(np.zeros(20, F4), 9, 5)[:2], None, 4),
    "rows of doubles": lambda: part(np.zeros((9, 2), F4), np.zeros((2, 9)), None, 4),
    "a block of doubles": lambda: part(np.zeros((9, 2)), np.zeros((2, 9), F4), None, 4),
    "a block back to front": lambda: part(
        np.zeros((9, 2), F4)[::-1], np.zeros((2, 9), F4), None, 4),
    "no channel": lambda: part(np.zeros((9, 0), F4), np.zeros((0, 9), F4), None, 4),
    "a short mean": lambda: part(
        np.zeros((9, 2), F4), np.zeros((2, 9), F4), np.zeros(8, F4), 4),
    "rows that may not be written": lambda: part(
        np.zeros((9, 2), F4), np.frombuffer(bytes(72), F4).reshape(2, 9), None, 4),
    "a mean that may not be written": lambda: part(
        np.zeros((9, 2), F4), np.zeros((2, 9), F4), np.frombuffer(bytes(36), F4), 4),
    "a block that lies askew": lambda: part(ASKEW, np.zeros((2, 9), F4), None, 4),
    "samples that lie askew": lambda: halve(ASKEW.ravel("K")),
    "samples of no width": lambda: halve(np.zeros((2_000, 0), F4)),
    "pieces of no width": lambda: cross(np.zeros((2_000, 0), F4), 8),
    "channels of no width": lambda: loudness.weigh((np.zeros((1_280, 0), F4),) * 2, *FILTER),
    "a state that may not be written": lambda: loudness.weigh(
        (np.zeros(128, F4),) * 2, FILTER[0], np.frombuffer(bytes(192)).reshape(3, 8), FILTER[2]),
    "onsets of no width": lambda: beats.follow(
        np.zeros((512, 0), F4), np.ones(512), np.ones(1), np.zeros(1, F4)),
    "lags of no width": lambda: beats.follow(
        ROW, np.ones(512), np.ones((9, 0)), np.zeros((9, 0), F4)),
    "half a chunk": lambda: loudness.weigh((np.zeros(100, F4),) * 2, *FILTER),
    "channels of two lengths": lambda: loudness.weigh((np.zeros(128, F4), np.zeros(256, F4)), *FILTER),
    "every second sample": lambda: loudness.weigh((np.zeros(256, F4)[::2],) * 2, *FILTER),
    "an edge outside": lambda: loudness.weigh((np.zeros(128, F4),) * 2, *FILTER[:2], np.array([129])),
    "falling edges": lambda: loudness.weigh(
        (np.zeros(128, F4),) * 2, *FILTER[:2], np.array([9, 8, 20])),
    "three sections": lambda: loudness.weigh(
        (np.zeros(128, F4),) * 2, np.zeros((3, loudness.SECTION)), np.zeros((4, 8)), FILTER[2]),
    "a short state": lambda: loudness.weigh(
        (np.zeros(128, F4),) * 2, FILTER[0], np.zeros((2, loudness.PAST)), FILTER[2]),
    "nothing before": lambda: levels.heights(ROW, 11, 139),
    "nothing behind": lambda: levels.heights(ROW, 128, 512),
    "an end before the start": lambda: levels.heights(ROW, 300, 172),
    "heights of fewer chunks": lambda: levels.clips(ROW, 100, 356, np.zeros(3, F4), 1, np.zeros(3, I8)),
    "no room for runs": lambda: levels.clips(ROW, 100, 356, np.zeros(4, F4), 1, np.zeros(2, I8)),
    "short kernels": lambda: levels.between(
        ROW, 100, 356, np.zeros(4, F4), np.zeros((3, 20), F4), (2, 3), 0),
    "a piece of nine": lambda: cross(ROW, 9),
    "rows of nothing": lambda: spectra.rolloffs(np.zeros((3, 0), F4), 0.5),
    "bins at the end": lambda: spectra.peaks(
        np.zeros((2, 9), F4), (1, 9), 0, (np.zeros(8, I8), np.ones(8, I8))),
    "power from outside": lambda: spectra.peaks(
        np.zeros((2, 9), F4), (1, 8), 0, (np.zeros(7, I8), np.full(7, 10))),
    "power of nothing": lambda: spectra.peaks(
        np.zeros((2, 9), F4), (1, 8), 0, (np.ones(7, I8), np.ones(7, I8))),
    "a beat that is no number": lambda: beats.follow(
        ROW, np.full(512, np.nan), np.ones(2), np.zeros(2, F4)),
    "few periods": lambda: beats.follow(ROW, np.zeros(9), np.ones(2), np.zeros(2, F4)),
    "a lag without loss": lambda: beats.follow(ROW, np.zeros(512), np.ones(3), np.zeros(2, F4)),
    "a window that is no power of two": lambda: Transform(24, 13).of(ROW, 1, np.zeros((1, 13), F4)),
    "more lines than there are": lambda: Transform(16, 10).of(ROW, 1, np.zeros((2, 10), F4)),
    "too few samples": lambda: Transform(512, 9).of(ROW, 1, np.zeros((2, 9), F4)),
    "an order that leads out": lambda: spectra.magnitudes(
        ROW, 1, np.zeros(16, F4), (TABLES[0] + 8, TABLES[1]), np.zeros(128, F4), np.zeros((1, 9), F4)),
    "too few roots": lambda: spectra.magnitudes(
        ROW, 1, np.zeros(16, F4), (TABLES[0], TABLES[1][:-1]), np.zeros(128, F4), np.zeros((1, 9), F4)),
    "no room to work": lambda: spectra.magnitudes(
        ROW, 1, np.zeros(16, F4), TABLES, np.zeros(127, F4), np.zeros((1, 9), F4)),
}  # fmt: skip


@pytest.mark.parametrize("call", WRONG.values(), ids=WRONG)
def test_compiled_code_never_sees_arrays_it_would_read_or_write_beside(call):
    with pytest.raises(ValueError):  # noqa: PT011 - each in its own words
        call()


def test_the_constants_are_those_of_the_source():
    enum = (HERE / "vectors.h").read_text().split("enum {")[1].split("}")[0]
    for name in ("CHUNK", "REACH", "TAPS"):
        assert f"{name} = {getattr(library, name)}" in enum


def test_a_library_that_is_not_there_is_said_with_the_next_step(tmp_path):
    with pytest.raises(
        Broken, match="compiled part of measuring cannot be loaded.*reinstall tracker"
    ):
        library.loaded(tmp_path)


def test_a_library_of_other_sources_is_refused(tmp_path):
    for path in (*sources(), HERE / "vectors.h", HERE / LIBRARY):
        shutil.copy(path, tmp_path)
    library.loaded(tmp_path)

    (tmp_path / "levels.c").write_text("/* another */")

    with pytest.raises(Broken, match="of another version; reinstall tracker"):
        library.loaded(tmp_path)


def test_points_between_samples_are_found_where_they_exceed_what_is_known(chance):
    row, start, end = held(chance, 40)
    heights, _ = levels.heights(row, start, end)
    kernels = np.zeros((1, 2 * REACH), np.float32)
    kernels[0, REACH - 1 : REACH + 1] = 0.7
    known = (row, start, end, heights, kernels, (1.4, 0.7))

    middle = float(0.7 * np.abs(row[start:end] + row[start + 1 : end + 1]).max())

    assert levels.between(*known, 0.0) == pytest.approx(middle, rel=1e-6)
    assert levels.between(*known, 2 * middle) == 2 * np.float32(middle)


def test_between_no_samples_nothing_rises():
    heights, _ = levels.heights(ROW, 100, 100)

    assert levels.between(ROW, 100, 100, heights, np.ones((3, 2 * REACH), F4), (1, 1), 0.5) == 0.5

"""Music made by chance, which keys are learned from: it is what it says it is."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from tracker.analysis import key
from tracker.analysis.audio import Audio
from tracker.mixing import harmony

PLACE = Path(__file__).parents[3] / "contrib" / "key_music.py"
SEED = 77
"""Another one than that of what was learned from."""


@pytest.fixture(scope="module")
def made():
    spec = importlib.util.spec_from_file_location("key_music", PLACE)
    module = sys.modules["key_music"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    del sys.modules["key_music"]


@pytest.fixture(scope="module")
def pieces(made):
    return [made.piece(np.random.default_rng([SEED, number])) for number in range(8)]


def test_the_same_seed_makes_the_same_piece(made, pieces):
    again = made.piece(np.random.default_rng([SEED, 0]))

    assert np.array_equal(again.sound, pieces[0].sound)
    assert again.changes == pieces[0].changes


def test_a_piece_is_sound_of_some_length_in_a_key(pieces):
    for piece in pieces:
        assert 15 < len(piece.sound) / 22_050 < 130
        assert 0.5 < np.abs(piece.sound).max() <= 1
        assert 0 <= piece.key < 24


def test_it_tells_which_chord_sounds_when(pieces):
    for piece in pieces:
        starts = [start for start, _ in piece.changes]
        assert starts == sorted(starts)
        assert all(-1 <= triad < 24 for _, triad in piece.changes)
        told = piece.triads(np.arange(0, len(piece.sound) / 22_050, 0.5))
        assert np.mean(told >= 0) > 0.5
        assert piece.triads(np.array([starts[0] - 1, 1e6])).tolist() == [-1, -1]


def test_what_is_cut_off_shifts_the_chords(made):
    piece = made.Piece(0, False, 0.5, 0.0, np.zeros(10 * 22_050, np.float32), changes=[(4.0, 7)])
    piece.cut(3, 2)

    assert len(piece.sound) == 5 * 22_050
    assert piece.triads(np.array([0.9, 1.1])).tolist() == [-1, 7]


def test_a_numeral_is_a_chord(made):
    assert made.chord("V7", minor=True).tones == (7, 11, 2, 5)
    assert made.chord("bVII", minor=False).tones == (10, 2, 5)
    assert made.chord("iio", minor=True).tones == (2, 5, 8)


def test_most_of_it_is_heard_in_its_key(pieces):
    found = [key.measure(Audio.of([piece.sound[:, None]], 22_050)) for piece in pieces]
    truth = [harmony.camelot(piece.tonic, minor=piece.minor) for piece in pieces]

    assert (
        sum(bool(one) and one.camelot == true for one, true in zip(found, truth, strict=True)) >= 6
    )

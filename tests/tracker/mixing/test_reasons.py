"""How one track follows another is told in words, and what is unknown is not told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.mixing import reasons
from tracker.model import FileState, TrackRow

KEYS = [f"{hour}{mode}" for hour in range(1, 13) for mode in "AB"]


def row(bpm=None, key=None, energy=None, *, sure=0.9):
    return TrackRow(
        1, "Ostia", None, None, bpm, sure, key, sure, energy, None, None, None, None,
        FileState.PRESENT, 1, "", None, True, "",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other", "move"),
    [
        ("8A", "8A", "same key"),
        ("8A", "9A", "up a fifth"),
        ("8A", "7A", "down a fifth"),
        ("8A", "8B", "to the major"),
        ("8B", "8A", "to the minor"),
        ("8A", "11B", "to the parallel major"),
        ("11B", "8A", "to the parallel minor"),
        ("8A", "9B", "up a fifth, to the major"),
        ("8A", "10A", "up a whole tone"),
        ("8A", "3A", "up a semitone"),
        ("8A", "2A", "a tritone away"),
        ("8A", None, None),
        ("8A", "odd", None),
    ],
)
def test_a_change_of_key_has_a_name(one, other, move):
    assert reasons.key_move(one, other) == move


def test_every_change_of_key_has_one_name_and_only_the_same_key_is_the_same():
    for one in KEYS:
        moves = [reasons.key_move(one, other) for other in KEYS]
        assert len(set(moves)) == 24
        assert moves[KEYS.index(one)] == "same key"


@pytest.mark.parametrize(
    ("one", "other", "percent", "said"),
    [
        (124.0, 124.0, 0.0, "same tempo"),
        (124.0, 122.0, 1.64, "+1.6% to match"),
        (124.0, 125.5, -1.2, "-1.2% to match"),
        (174.0, 87.0, 0.0, "half the tempo, same tempo"),
        (87.0, 172.0, 1.16, "double the tempo, +1.2% to match"),
        (124.0, 150.0, -17.33, "150 BPM"),
        (None, 124.0, None, None),
    ],
)
def test_a_tempo_is_told_by_what_it_takes_to_match_it(one, other, percent, said):
    assert reasons.pitch(one, other) == percent
    assert reasons.tempo(one, other) == said


@given(st.floats(20, 400), st.floats(20, 400))
def test_played_at_that_pitch_both_have_one_tempo_or_octaves_of_it(one, other):
    played = other * (1 + reasons.pitch(one, other) / 100)

    assert min(abs(one / played / factor - 1) for factor in (0.5, 1, 2)) < 1e-3


def test_reasons_are_those_that_are_known():
    assert reasons.between(row(124.0, "8A", 7), row(122.0, "9A", 6)) == (
        "+1.6% to match", "up a fifth", "energy -1",
    )  # fmt: skip
    assert reasons.between(row(124.0), row(key="8A", energy=3)) == ()


def test_a_guess_is_called_one():
    assert reasons.between(row(124.0, "8A", 7), row(124.0, "8A", 7, sure=0.4)) == (
        "perhaps same tempo", "perhaps same key", "same energy",
    )  # fmt: skip

"""Answers whose score is known, worked out by hand."""

import numpy as np
import pytest

from tracker.bench import accuracy
from tracker.errors import Unavailable

EVERY_HALF = np.arange(0, 30, 0.5)


@pytest.mark.parametrize(
    ("truth", "bpm", "right"),
    [
        (120, 120.04, "answered acc1 acc2 sharp sharp_free rough rough_free first_two"),
        (120, 120.4, "answered acc1 acc2 rough rough_free first_two"),
        (120, 123, "answered acc1 acc2 first_two"),
        (120, 60, "answered acc2 sharp_free rough_free"),
        (120, 60.02, "answered acc2 sharp_free rough_free"),
        (120, 60.04, "answered acc2 rough_free"),
        (60, 180, "answered acc2 sharp_free rough_free"),
        (120, 160, "answered"),
        (120, None, ""),
    ],
)
def test_a_tempo_is_right_within_so_much_and_by_octaves(truth, bpm, right):
    score = accuracy.tempo(truth, bpm)

    assert {name for name, value in score._asdict().items() if value} == set(right.split())


def test_the_first_alternative_counts_as_a_second_answer():
    assert accuracy.tempo(120, 60, 121).first_two
    assert not accuracy.tempo(120, 60, 30).first_two


def test_true_beats_are_wholly_right():
    score = accuracy.beats(EVERY_HALF, EVERY_HALF)

    assert (score.answered, score.f, score.same_level, score.any_level) == (True, 1, 1, 1)
    assert score.late == pytest.approx(0)
    assert (score.in_phase, score.off_beat) == (True, False)


def test_beats_between_the_beats_are_off_the_beat():
    score = accuracy.beats(EVERY_HALF, EVERY_HALF + 0.25)

    assert (score.f, score.same_level) == (0, 0)
    assert score.any_level > 0.9
    assert abs(score.late) == pytest.approx(0.25)
    assert (score.in_phase, score.off_beat) == (False, True)


def test_late_beats_are_told_how_late():
    score = accuracy.beats(EVERY_HALF, EVERY_HALF + 0.03)

    assert score.late == pytest.approx(0.03)
    assert (score.f, score.in_phase, score.off_beat) == (1, False, False)


def test_every_second_beat_has_no_phase_and_two_thirds_of_the_score():
    score = accuracy.beats(EVERY_HALF, EVERY_HALF[::2])

    assert score.f == pytest.approx(2 / 3, abs=0.02)
    assert (score.late, score.in_phase, score.off_beat) == (None, None, None)


def test_no_beats_score_nothing():
    assert accuracy.beats(EVERY_HALF, ()) == (False, 0, 0, 0, None)


def test_the_beginning_counts_only_where_the_recording_is_short():
    long, short = np.arange(0, 30, 0.5), np.arange(0, 10, 0.5)

    assert accuracy.beats(long, long[long >= 4]).f == 1
    assert accuracy.beats(short, short[short >= 4]).f < 0.8


def test_bars_begin_where_they_do_or_not():
    bars = EVERY_HALF[::4]

    assert accuracy.downbeats(bars, bars + 0.02)
    assert not accuracy.downbeats(bars, bars + 0.5)
    assert not accuracy.downbeats(bars, EVERY_HALF[::3])
    assert not accuracy.downbeats(bars, ())


def test_bars_are_as_long_wherever_they_begin():
    bars = EVERY_HALF[::4]

    assert accuracy.same_bars(bars, bars + 0.5)
    assert not accuracy.same_bars(bars, EVERY_HALF[::3])
    assert not accuracy.same_bars(bars, bars[:1])


@pytest.mark.parametrize(
    ("found", "score"),
    [
        ("A minor", (True, True, 1.0)),
        ("E minor", (True, False, 0.5)),
        ("C major", (True, False, 0.3)),
        ("A major", (True, False, 0.2)),
        ("D minor", (True, False, 0.0)),
        ("Bb minor", (True, False, 0.0)),
        (None, (False, False, 0.0)),
    ],
)
def test_keys_that_are_near_count_in_part(found, score):
    assert accuracy.key("A minor", found) == score


def test_what_is_missing_is_said(monkeypatch):
    monkeypatch.setattr(accuracy.util, "find_spec", lambda name: None)

    with pytest.raises(Unavailable, match=r"mir_eval, which is not installed"):
        accuracy.needed()

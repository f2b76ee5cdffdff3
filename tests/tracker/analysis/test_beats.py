"""Beats, bars and phrases fall where they were put."""

import mir_eval
import msgspec
import numpy as np
import pytest
from sound import (
    RATE,
    STRUCK,
    arranged,
    cadence,
    chord,
    drums,
    groove,
    hit,
    noise,
    pad,
    placed,
    played,
    silence,
    sine,
)

from tracker.analysis import beats
from tracker.analysis.audio import Audio
from tracker.model import Beats

ROCK = {"kick": "x.......x.x.....", "snare": "....x.......x...", "hat": "x.x.x.x.x.x.x.x."}
WALTZ = {"kick": "x...........", "snare": "....x...x...", "hat": "x.x.x.x.x.x."}
JIG = {"kick": "x.....x.....", "snare": "......x.....", "hat": "x.x.x.x.x.x."}
HOUSE = {"kick": "x...x...x...x...", "snare": "....x.......x...", "hat": "..x...x...x...x."}


def heard(sound, rate=RATE):
    return Audio.of([sound if sound.ndim == 2 else sound[:, None]], rate)


def off(found, first, period):
    """Seconds by which the beats miss those that start at *first*, the worst."""
    missed = (np.array(found.all) - first + period / 2) % period - period / 2
    return np.abs(missed).max()


@pytest.mark.parametrize("lead", [0.0, 0.137, 0.4])
@pytest.mark.parametrize(("bpm", "patterns"), [(96, ROCK), (124, HOUSE), (171.3, ROCK)])
def test_beats_fall_where_the_drums_fall(bpm, patterns, lead):
    sound = groove(bpm, 4, bars=16, lead=lead, **patterns)

    found = beats.measure(heard(sound))

    assert found.period == pytest.approx(60 / bpm, rel=1e-4)
    assert off(found, lead, 60 / bpm) < 0.015
    assert found.first < lead + 0.015
    assert found.all[-1] < len(sound) / RATE
    assert found.stability > 0.95
    assert not found.times


@pytest.mark.parametrize("lead", [0.1, 0.8])
@pytest.mark.parametrize(
    ("bpm", "steps", "metre", "patterns"), [(104, 4, 4, ROCK), (150, 4, 3, WALTZ), (110, 6, 2, JIG)]
)
def test_bars_begin_where_they_begin(bpm, steps, metre, patterns, lead):
    sound = groove(bpm, steps, bars=16, lead=lead, **patterns)

    found = beats.measure(heard(sound))

    assert found.metre == metre
    bar = metre * 60 / bpm
    assert (found.downbeats[0] - lead + bar / 2) % bar - bar / 2 == pytest.approx(0, abs=0.02)


def test_a_phrase_begins_where_the_music_changes():
    plan = [("kick hats", 8), ("kick snare hats bass keys", 8), ("keys", 8, "away")] * 2

    found = beats.measure(heard(arranged(plan, lead=0.25)))

    assert found.metre == 4
    phrase = 8 * 4 * 60 / 126
    start = found.all[found.phrase]
    assert (start - 0.25 + phrase / 2) % phrase - phrase / 2 == pytest.approx(0, abs=0.05)


def test_a_drummer_who_hastens_is_followed():
    times = 0.5 + np.cumsum(60 / np.linspace(96, 132, 160))
    sound = played(times, times[-1] + 0.5) + noise(times[-1] + 0.5, -70)

    found = beats.measure(heard(sound))

    assert found.period is None
    hit = [np.abs(np.array(found.times) - time).min() < 0.07 for time in times]
    assert np.mean(hit) > 0.9
    assert abs(found.count - len(times)) < 16
    early, late = found.curve[2][1], found.curve[-3][1]
    assert late > early + 20
    assert found.stability < 0.9


@pytest.mark.parametrize(
    ("early", "late", "beats_there"), [(100, 120, 30), (126, 110, 36), (90, 100, 120)]
)
def test_a_tempo_that_moves_is_no_grid_however_short(early, late, beats_there):
    times = 0.5 + np.cumsum(60 / np.linspace(early, late, beats_there))

    found = beats.measure(heard(played(times, times[-1] + 0.5)))

    assert found.period is None
    hit = [np.abs(np.array(found.times) - time).min() < 0.07 for time in times]
    assert np.mean(hit) > 0.85


def test_a_tempo_that_turns_to_another_is_followed():
    times = 0.3 + np.cumsum(60 / np.repeat([110.0, 128.0], 60))

    found = beats.measure(heard(played(times, times[-1] + 0.5)))

    assert found.period is None
    assert found.curve[3][1] == pytest.approx(110, rel=0.03)
    assert found.curve[-4][1] == pytest.approx(128, rel=0.03)


@pytest.mark.parametrize(("early", "late"), [(94, 76), (105, 84), (120, 150)])
def test_half_a_recording_at_another_tempo_is_not_put_on_the_grid_of_the_rest(early, late):
    first, second = (groove(bpm, 4, bars=round(bpm / 4), **ROCK) for bpm in (early, late))
    turn = len(first) / RATE

    found = beats.measure(heard(np.concatenate([first, second])))

    times = np.concatenate(
        [np.arange(0, turn - 0.1, 60 / early), turn + np.arange(0, 59, 60 / late)]
    )
    assert found.period is None
    assert mir_eval.beat.f_measure(times, np.array(found.times)) > 0.9


def test_half_a_minute_without_a_beat_is_no_other_tempo():
    sound = groove(120, 4, bars=48, lead=0.2, **ROCK)
    sound[round(32 * RATE) : round(62 * RATE)] = 0.3 * pad(57, 60, 64, seconds=30)

    found = beats.measure(heard(sound))

    assert found.period == pytest.approx(60 / 120, rel=1e-4)
    assert off(found, 0.2, 60 / 120) < 0.015


def test_triplets_over_a_beat_that_sways_are_no_beat_of_their_own():
    bpm = 121 * (1 + 0.06 * np.sin(np.arange(110) / 9))
    times = 0.3 + np.concatenate([[0], np.cumsum(60 / bpm)])
    thirds = [times[:-1] + share * np.diff(times) for share in (1 / 3, 2 / 3)]
    *hat, level = STRUCK["hat"]
    seconds = times[-1] + 0.5
    hats = placed(np.concatenate(thirds), level * hit(*hat), seconds, RATE)

    found = beats.measure(heard(played(times, seconds) + hats))

    assert mir_eval.beat.f_measure(times, np.array(found.times)) > 0.95


def test_a_breathing_tune_is_followed_where_it_is_counted():
    rng = np.random.default_rng(3)
    beat = 60 / 76 * np.exp(0.12 * np.sin(np.arange(60) / 5) + 0.03 * rng.normal(0, 1, 60))
    times = 0.4 + np.concatenate([[0.0], np.cumsum(beat)])
    halves = np.sort(np.concatenate([times, (times[1:] + times[:-1]) / 2]))
    notes = [chord(60 + int(rng.choice([0, 2, 4, 5, 7, 9])), seconds=0.5) for _ in halves]
    basses = [chord(36 + bass, 48 + bass, seconds=1.2) for bass in rng.choice([0, 5, 7], 61)]
    sound = np.zeros(round((times[-1] + 2) * RATE), np.float32)
    for time, note in [*zip(halves, notes, strict=True), *zip(times, basses, strict=True)]:
        begin = round(time * RATE)
        sound[begin : begin + len(note)] += note

    found = beats.measure(heard(sound))

    assert found.period is None
    assert mir_eval.beat.f_measure(times, np.array(found.all)) > 0.85


def test_a_beat_with_a_pause_keeps_its_grid():
    sound = groove(112, 4, bars=24, lead=0.2, **ROCK)
    sound[round(20 * RATE) : round(26 * RATE)] = 0

    found = beats.measure(heard(sound))

    assert found.period == pytest.approx(60 / 112, rel=1e-4)
    assert off(found, 0.2, 60 / 112) < 0.015


def test_beats_that_change_are_rising_and_within_the_recording():
    rng = np.random.default_rng(4)
    times = 0.5 + np.cumsum(rng.normal(0.55, 0.05, 120))

    found = beats.measure(heard(played(times, times[-1] + 1)))

    assert found.count == len(found.times)
    assert (np.diff(found.times) > 0).all()
    assert found.times[0] >= 0
    assert found.times[-1] < times[-1] + 1


@pytest.mark.parametrize(
    "sound",
    [silence(), noise(), sine(), pad(57, 60, 64), drums(120, 2), silence(0.05), silence(0)],
    ids=["silence", "noise", "sine", "pad", "too short", "a blink", "nothing"],
)
def test_without_a_beat_there_are_none(sound):
    assert beats.measure(heard(sound)) is None


def test_level_polarity_and_rate_move_no_beat():
    sound = groove(118, 4, bars=12, lead=0.2, **HOUSE)
    sound = sound + np.resize(cadence(0, minor=False), len(sound))
    expected = beats.measure(heard(sound))

    for other in (heard(0.1 * sound), heard(-sound), heard(np.repeat(sound, 2), 2 * RATE)):
        found = beats.measure(other)
        assert found.first == pytest.approx(expected.first, abs=0.005)
        assert found.period == pytest.approx(expected.period, rel=1e-4)
        assert found.downbeat == expected.downbeat


def test_four_hours_of_rubato_stay_small():
    times = tuple(round(0.6137 * number, 3) for number in range(beats.MOST_TIMES))
    curve = tuple((10.0 * number, 97.3) for number in range(500))
    found = Beats(first=0.0, count=len(times), times=times, curve=curve)

    assert len(msgspec.msgpack.encode(found)) < 300_000

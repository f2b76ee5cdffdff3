"""Sections built on purpose are found, called what they are, or not called anything."""

from dataclasses import replace
from itertools import pairwise

import mir_eval
import numpy as np
import pytest
from sound import RATE, arranged, channels, drifting, drums, noise, silence, sine, starts

from tracker.analysis import bars, structure
from tracker.analysis.audio import Audio

DRUMS, ALL = "kick snare hats", "kick snare hats bass keys melody"
TRACK = (
    ("kick hats", 16),
    (DRUMS + " bass keys", 16),
    ("keys melody", 16),
    ("keys riser", 8),
    (ALL, 32),
    ("keys", 8),
    (ALL, 16),
    ("kick hats", 16),
)
LABELS = ("intro", None, "break", "build", "drop", "break", "drop", "outro")
SONG = (("kick snare hats bass keys", 8), ("kick snare hats bass keys", 8))
MIDDLE = ("kick snare hats bass keys", 8, "away")


def measured(sound, rate=RATE):
    return structure.measure(Audio.of([sound if sound.ndim == 2 else sound[:, None]], rate))


def boundaries(found):
    return [section.start for section in found.sections[1:]]


def hits(found, edges, window):
    """F-measure of the boundaries, ends left out (Turnbull et al. 2007)."""
    truth = np.array(list(pairwise(edges)))
    ours = np.array([(section.start, section.end) for section in found.sections])
    return mir_eval.segment.detection(truth, ours, window=window, trim=True)[2]


@pytest.fixture(scope="module")
def track():
    return measured(arranged(TRACK))


@pytest.mark.parametrize(("bpm", "lead"), [(98, 1.37), (174, 0.4)])
def test_the_sections_of_a_dance_track_begin_where_they_were_put(bpm, lead):
    found = measured(arranged(TRACK, bpm, lead))

    assert hits(found, starts(TRACK, bpm, lead), 0.5) == 1


def test_sections_are_called_what_they_are(track):
    assert hits(track, starts(TRACK), 0.5) == 1
    assert tuple(section.label for section in track.sections) == LABELS
    assert all(
        (section.label is None) == (section.confidence is None) for section in track.sections
    )


def test_sections_follow_one_another_without_a_gap(track):
    ends, begins = [section.end for section in track.sections[:-1]], boundaries(track)

    assert ends == begins
    assert track.sections[0].start == pytest.approx(0, abs=0.1)
    assert track.sections[-1].end == pytest.approx(starts(TRACK)[-1], abs=0.2)


def test_cues_stand_where_a_dj_would_put_them(track):
    edges = starts(TRACK)
    expected = {"mix-in": [0], "break": [2, 5], "drop": [4, 6], "mix-out": [7]}

    for kind, places in expected.items():
        times = [cue.at for cue in track.cues if cue.kind == kind]
        assert times == pytest.approx([edges[place] for place in places], abs=0.1), kind
    assert all(0.5 <= cue.confidence < 1 for cue in track.cues)


def test_the_energy_falls_in_the_break_and_rises_in_the_drop(track):
    edges = starts(TRACK) / starts(TRACK)[-1] * len(track.curve)
    curve = np.frombuffer(track.curve, np.uint8)
    level = [curve[int(a) + 1 : int(b)].mean() for a, b in pairwise(edges)]

    assert len(track.curve) <= 200
    assert max(track.curve) == 255
    assert max(level[2], level[3], level[5]) < 0.8 * min(level[1], level[4], level[6])


def test_a_fill_does_not_move_a_boundary():
    fill = "snare hats keys melody"
    plan = ((ALL, 15), (fill, 1), ("keys melody", 16), (ALL, 15), (fill, 1), (DRUMS, 16))

    found = measured(arranged(plan))

    edges = starts(plan)[[2, 3, 5]]
    assert boundaries(found) == pytest.approx(edges, abs=0.5)


def test_a_song_changes_with_its_chords_and_is_given_no_names():
    plan = (*SONG, MIDDLE, SONG[0])

    found = measured(arranged(plan, 110))

    assert boundaries(found) == pytest.approx(starts(plan, 110)[[2, 3]], abs=0.5)
    assert {section.label for section in found.sections} == {None}


def test_a_band_without_a_click_has_sections_as_well():
    plan = (("snare hats keys", 8), (ALL, 8), ("keys", 8), (ALL, 8))
    tempi = (108, 111, 107, 110)
    sections = [arranged([part], bpm) for part, bpm in zip(plan, tempi, strict=True)]

    found = measured(np.concatenate(sections))

    edges = np.cumsum([len(section) for section in sections])[:-1] / RATE
    assert all(np.abs(np.array(boundaries(found)) - edge).min() < 0.5 for edge in edges)
    assert {section.label for section in found.sections} == {None}


@pytest.mark.parametrize(
    "sound", [drums(120, 150), drifting(), noise(60), sine(seconds=30), drums(120, 5)]
)
def test_what_has_no_parts_is_one_section_without_a_name(sound):
    found = measured(sound)

    assert [section.label for section in found.sections] == [None]


@pytest.mark.parametrize("sound", [drifting(60), noise(60), sine()])
def test_without_a_beat_nothing_is_proposed(sound):
    assert measured(sound).cues == ()


@pytest.mark.parametrize("sound", [silence(), sine(seconds=0.01), silence(0)])
def test_where_nothing_sounds_there_is_no_structure(sound):
    assert measured(sound) is None


SHORT = (("kick hats", 8), (ALL, 16), ("keys", 8), (ALL, 16))


@pytest.mark.parametrize(
    ("change", "rate"),
    [
        (lambda sound: 0.1 * sound, RATE),
        (lambda sound: -sound, RATE),
        (lambda sound: channels(0.5 * sound, sound), RATE),
        (lambda sound: channels(sound, 0.5 * sound), RATE),
        (lambda sound: np.repeat(sound, 2), 2 * RATE),
    ],
)
def test_level_polarity_channels_and_rate_change_no_section(change, rate):
    sound = arranged(SHORT)

    plain, changed = measured(sound), measured(change(sound).astype(np.float32), rate)

    assert boundaries(changed) == pytest.approx(boundaries(plain), abs=0.05)
    assert [s.label for s in changed.sections] == [s.label for s in plain.sections]


def test_silence_in_front_only_moves_the_sections():
    plain, late = measured(arranged(SHORT)), measured(arranged(SHORT, lead=5))

    assert boundaries(late) == pytest.approx(np.array(boundaries(plain)) + 5, abs=0.05)
    assert late.sections[0].start == pytest.approx(5, abs=0.1)


def test_hours_are_no_more_than_so_many_pieces():
    audio = Audio.of([arranged(SHORT)[:, None]], RATE)
    times = round(1.5 * 3600 / audio.seconds)
    long = replace(
        audio,
        seconds=audio.seconds * times,
        onsets=np.tile(audio.onsets, times),
        chroma=np.tile(audio.chroma, (times, 1)),
        energies=np.tile(audio.energies, times),
        texture=replace(audio.texture, envelopes=np.tile(audio.texture.envelopes, (times, 1))),
    )

    found = structure.measure(long)

    assert len(bars.heard(long)) <= bars.MOST
    assert len(found.curve) == 200
    assert len(found.sections) <= bars.MOST
    assert len(found.cues) <= structure.MOST_CUES

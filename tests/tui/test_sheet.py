"""What was measured reads well as plain text, and what is unknown is no line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.model import (
    Analysis,
    Beats,
    Cue,
    Duration,
    Embedding,
    Energy,
    Fingerprint,
    Hamms,
    Key,
    Loudness,
    Quality,
    Section,
    Structure,
    Tempo,
    Timbre,
    Waveform,
)
from tracker.report import fields
from tui import blocks
from tui.sheet import below, percent, precise, sheet, signed

WHOLE = Analysis(
    measured={"tempo": 3},
    duration=Duration(240.0, "the file ends in the middle"),
    tempo=Tempo(124.0, 0.9, (62.0, 186.0), second=0.07),
    beats=Beats(
        0.1, 480, period=0.5, metre=4, downbeat=2, phrase=6, confidence=0.97, stability=0.98,
        downbeat_confidence=0.8, curve=((0.0, 123.0), (120.0, 125.5)),
    ),
    key=Key("8A", 0.8, ("8B", "9A"), (0.12, 0.001), modulates=True),
    loudness=Loudness(-8.1, short_term=-6.2, momentary=-5.0, range=6.1, true_peak=-0.3, peak=-0.5),
    energy=Energy(7, 0.66, 0.75),
    timbre=Timbre(
        (0.0,) * 26, (1200.0, 10.0), (3_000.0, 10.0), (0.1, 0.0), (0.1, 0.0), (-12.0, 1.0),
        (0.0,) * 24, (0.0,) * 7,
    ),
    hamms=Hamms(energy=0.66, valence=0.2, confidence={"energy": 0.8, "valence": 0.25}),
    embedding=Embedding(bytes(16)),
    structure=Structure(
        (Section(0.0, 60.0, "intro", 0.9), Section(60.0, 240.0)),
        (Cue("mix-in", 0.1, 0.9), Cue("drop", 60.0, 0.7)),
        bytes([10] * 30 + [250] * 170),
    ),
    waveform=Waveform(bytes([200] * 1_000), bytes([100] * 1_000), bytes(500) + bytes([9] * 500)),
    fingerprint=Fingerprint(bytes(4), 120.0),
    quality=Quality(
        bandwidth=16_000.0, wall=40.2, suspicion="it was made from a lossy one", clips=3,
        longest_clip=9, silence_end=2.5, correlation=-0.4, damage="two frames are broken",
    ),
)  # fmt: skip


def lines(found, **how):
    return [f"{label:<12}{text}".rstrip() for label, text in sheet(fields(found), **how)]


def test_everything_that_is_known_is_told():
    assert lines(WHOLE, standing={"energy": 0.62, "valence": 0.5}) == [
        "tempo       124.00 BPM   90% sure",
        "            or 62.00, 186.00",
        "            62.00 BPM is 7% likely",
        "beats       480 from 0:00.100   97% sure   steady 98%",
        "            4 in a bar   bars from 0:01.100   80% sure   phrases from 0:03.100",
        "            the tempo moves from 123.0 to 125.5 BPM",
        "key         8A  1m  A minor   80% sure",
        "            or 8B  1d  C major   12%",
        "            or 9A  2m  E minor   under 1%",
        "            a considerable part is in another key",
        "loudness    −8.1 LUFS   range 6.1 LU   at most in 3 s −6.2 LUFS   in 0.4 s −5.0 LUFS",
        "            true peak −0.3 dBTP   sample peak −0.5 dBFS   ReplayGain −9.9 dB",
        "energy      7 of 10   ▇▇▇▇▇▇▇▁▁▁   75% sure   more than 62% of yours",
        "HAMMS       energy           0.66  ▇▇▇▇▇▇▇▁▁▁  80% sure        more than 62% of yours",
        "            valence          0.20  ▇▇▁▁▁▁▁▁▁▁  25% sure        more than 50% of yours",
        "sections       0:00 to 1:00     intro     90% sure",
        "               1:00 to 4:00",
        "cues           0:00.100  mix-in    90% sure",
        "               1:00.000  drop      70% sure",
        "quality     sound up to 16.0 kHz   a wall of 40 dB there   channels alike −0.40",
        "            ! it was made from a lossy one",
        "            ! two frames are broken",
        "            ! clipped 3 times, at most 9 samples at once",
        "            ! ends with 2.5 s of silence",
        "            ! the file ends in the middle",
        "timbre      centroid 1200 Hz   85% below 3000 Hz",
        "embedding   4 numbers, with --json",
        "fingerprint of 2:00, with --json",
    ]


def test_the_pictures_have_one_scale_of_time():
    drawn = lines(WHOLE, width=40)[-6:]

    assert drawn == [
        "high                            ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁",
        "mid         ████████████████████████████████████████",
        "low         ████████████████████████████████████████",
        "            ├──intro──┼────────────────────────────┤",
        "            ▸in       ▾drop",
        "drive       ▁▁▁▁▁▁██████████████████████████████████",
    ]


def test_what_is_unknown_is_no_line():
    assert lines(Analysis(measured={})) == []


@pytest.mark.parametrize(
    ("feature", "said"),
    [
        ("tempo", "tempo       no steady beat"),
        ("key", "key         none: no tones, or no one key"),
        ("loudness", "loudness    silence"),
    ],
)
def test_that_there_is_none_is_an_answer(feature, said):
    assert lines(Analysis(measured={feature: 1})) == [said]


def test_a_probability_is_never_certainty():
    assert [percent(share) for share in (0, 0.009, 0.01, 0.5, 0.994, 0.996, 1)] == [
        "under 1%", "under 1%", "1%", "50%", "99%", "over 99%", "over 99%",
    ]  # fmt: skip


def test_nothing_is_above_all_for_it_is_one_of_them():
    assert [below(share) for share in (0.0, 0.29, 0.994, 1.0)] == ["0%", "29%", "99%", "99%"]


def test_numbers_read_as_people_write_them():
    assert (signed(-0.04), signed(-8.06), precise(3_725.5), precise(59.9999)) == (
        "0.0", "−8.1", "1:02:05.500", "1:00.000",
    )  # fmt: skip


# Pictures


@given(st.lists(st.integers(0, 255), max_size=300), st.integers(1, 200))
def test_a_lane_has_a_column_for_each_cell_and_is_blank_where_nothing_sounds(values, width):
    [drawn] = blocks.lanes([values], width)

    assert len(drawn) == (width if values else 0)
    assert set(drawn) <= set(blocks.LEVELS)
    if values and not any(values):
        assert not drawn.strip()
    if values and min(values) > 0:
        assert " " not in drawn


def test_a_quiet_band_is_not_drawn_as_loud_as_the_loudest():
    loud, quiet = blocks.lanes([[255, 200], [10, 10]], 2)

    assert (loud, quiet) == ("█▆", "▁▁")


@given(
    st.lists(st.tuples(st.floats(0, 400), st.sampled_from(["", "intro", "break"])), max_size=40),
    st.integers(2, 120),
)
def test_whatever_the_sections_the_ruler_is_as_wide_as_the_picture(sections, width):
    drawn = blocks.ruler(sorted(sections), 300.0, width)

    assert (len(drawn), drawn[0], drawn[-1]) == (width, "├", "┤")


@given(st.lists(st.tuples(st.floats(0, 400), st.sampled_from([*blocks.SIGNS, "odd"])), max_size=40))
def test_whatever_the_cues_no_mark_is_past_the_end(cues):
    assert len(blocks.marks(sorted(cues), 300.0, 60)) <= 60


def test_where_there_is_no_room_a_cue_is_a_mark_alone():
    assert blocks.marks([(0, "mix-in"), (10, "break"), (12, "drop"), (99, "mix-out")], 100, 50) == (
        "▸in  ▾▾drop" + " " * 38 + "◂"
    )

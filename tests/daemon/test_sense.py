"""What a worker says is believed only where it can be true."""

import random

import pytest

from daemon import sense
from daemon.pool import understood
from tracker.cage import Limits
from tracker.errors import TrackerError
from tracker.model import (
    Analysis,
    Beats,
    Cue,
    Duration,
    Embedding,
    Energy,
    Fingerprint,
    Hamms,
    Identity,
    Key,
    Kind,
    Loudness,
    Quality,
    Reading,
    Section,
    Stream,
    Structure,
    Tags,
    Tempo,
    Timbre,
    Waveform,
)
from tracker.rpc import wire

IDENTITY = Identity(bytes(16), bytes(32), bytes(16), "flac", 1000)
MEASURED = {"duration": 1, "tempo": 2}
ANALYSIS = Analysis(
    MEASURED,
    Duration(300.5),
    Tempo(124.0, 0.9, (62.0,)),
    Key("8A", 0.8, ("9A", "12B"), (0.1, 0.05), True),
    loudness=Loudness(-9.5),
    energy=Energy(7, 0.68),
)
PAIR = (1.0, 1.0)
TIMBRE = ((0.0,) * 26, PAIR, PAIR, PAIR, PAIR, PAIR, (0.0,) * 24, (0.0,) * 7)
TIMBRES = (
    ((0.0,) * 25, *TIMBRE[1:]),
    (*TIMBRE[:7], (0.0,) * 10_000),
    (*TIMBRE[:7], (float("inf"),) * 7),
)
LEVELS = ("short_term", "momentary", "range", "true_peak", "peak")
EVIDENCE = ("bandwidth", "wall", "silence_start", "silence_end", "correlation", "dc")
PARTS = bytes(1_000)
READING = Reading(
    IDENTITY,
    Tags(title="Song", artists=("A", "B"), year=1999, bpm=124.0, key="8A", cover=bytes(16)),
    Stream("flac", "flac", 300.5, 900_000, 44_100, 2),
)


def told(kind, value, params=()):
    return sense.result(kind, wire.packed(value), params)


def test_what_can_be_true_is_believed():
    assert told(Kind.READ, READING) == READING
    assert told(Kind.READ, Reading(IDENTITY, Tags())) == Reading(IDENTITY, Tags())
    assert told(Kind.MEASURE, ANALYSIS, MEASURED) == ANALYSIS
    assert told(Kind.MEASURE, Analysis({})) == Analysis({})
    wandering = Beats(0.5, 3, times=(0.5, 1.0, 1.6), curve=((0.0, 120.0), (1.5, 100.0)))
    for beats in (Beats(0.1, 600, period=0.5, metre=4, downbeat=1, confidence=0.9), wandering):
        assert told(Kind.MEASURE, Analysis({}, beats=beats)).beats == beats
    point = Analysis({}, timbre=Timbre(*TIMBRE), embedding=Embedding(b"\0\0\x80?"))
    assert told(Kind.MEASURE, point) == point
    sound = Analysis(
        {},
        loudness=Loudness(-9.5, -8.0, -7.0, 5.5, 0.4, -0.1),
        waveform=Waveform(PARTS, PARTS, PARTS),
        fingerprint=Fingerprint(bytes(3_792), 120.0),
        quality=Quality(16_000, 50.0, "a wall", 3, 70, 0.5, 1.5, -0.2, 0.001, "it ends early"),
    )
    assert told(Kind.MEASURE, sound) == sound


def test_it_answers_what_was_asked_and_nothing_else():
    with pytest.raises(sense.Nonsense, match="measured"):
        told(Kind.MEASURE, ANALYSIS, ["tempo"])
    with pytest.raises(sense.Nonsense, match="measured"):
        told(Kind.MEASURE, ANALYSIS, ["tempo", "duration", "key"])


@pytest.mark.parametrize(
    "found",
    [
        *(Duration(seconds) for seconds in (float("nan"), float("inf"), -1.0, 8 * 86_400.0)),
        *(Tempo(bpm, 0.5) for bpm in (float("nan"), 19.9, 1000.1)),
        *(Tempo(120.0, sure) for sure in (-0.1, 1.1, float("nan"))),
        *(Tempo(120.0, 0.5, others) for others in ((0.0,), (60.0,) * 257)),
        Tempo(120.0, 0.5, (60.0,), second=1.5),
        *(Beats(0.0, count, period=0.5) for count in (0, 10**6)),
        *(Beats(0.0, 1, period=period) for period in (0.0, -1.0, float("nan"))),
        *(Beats(0.0, 2, times=times) for times in ((), (1.0,), (1.0, 1.0), (1.0, float("inf")))),
        Beats(0.0, 2, period=0.5, times=(1.0, 2.0)),
        Beats(-1.0, 2, period=0.5),
        Beats(0.0, 8, period=0.5, metre=0),
        Beats(0.0, 8, period=0.5, metre=4, downbeat=9),
        Beats(0.0, 8, period=0.5, confidence=1.1),
        Beats(0.0, 2, times=(1.0, 2.0), curve=((0.0, float("nan")),)),
        *(Key(key, 0.5) for key in ("0A", "13A", "8C", "8a", "8A\n", "", "8A" * 1000)),
        *(Key("8A", sure) for sure in (-0.1, 1.1, float("nan"))),
        *(Key("8A", 0.5, others) for others in (("x",), ("8A",) * 257)),
        *(Key("8A", 0.5, ("9A",), shares) for shares in ((1.1,), (float("nan"),), (0.3, 0.1))),
        *(Loudness(level) for level in (float("nan"), float("-inf"), 101.0, -201.0)),
        *(Loudness(-9.0, **{name: float("nan")}) for name in LEVELS),
        Loudness(-9.0, range=-1.0),
        *(Waveform(*bands) for bands in ((b"", b"", b""), (PARTS, PARTS, PARTS + b"\0"))),
        *(Fingerprint(raw, 9.0) for raw in (b"", bytes(3), bytes(1 << 17))),
        Fingerprint(bytes(4), float("inf")),
        *(Quality(**{name: float("nan")}) for name in EVIDENCE),
        *(Quality(**{name: -2}) for name in EVIDENCE if name != "dc"),
        *(Quality(**{name: "x" * 9_000}) for name in ("suspicion", "damage")),
        *(Energy(level, 0.5) for level in (0, 11, -1)),
        *(Energy(5, value) for value in (-0.1, 1.1, float("nan"))),
        Energy(5, 0.5, 1.5),
        *(Hamms(energy=value) for value in (-0.1, 1.1, float("nan"))),
        *(Hamms(confidence=said) for said in ({"energy": 1.1}, {"mood": 0.5})),
        *(Embedding(said) for said in (b"", b"123", bytes(4), b"\0\0\xc0\x7f", bytes(4_096))),
        *(Timbre(*said) for said in TIMBRES),
        *(Structure((Section(*span),)) for span in ((-1.0, 2.0), (2.0, 1.0), (0.0, float("inf")))),
        Structure((Section(0.0, 1.0, "x" * 1000),)),
        Structure((Section(0.0, 1.0, "drop", 1.1),)),
        Structure((Section(0.0, 1.0),) * 2001),
        *(Structure((), (Cue("drop", at, sure),)) for at, sure in ((-1.0, 0.5), (1.0, -0.1))),
        Structure((), (), bytes(201)),
    ],
    ids=lambda found: str(found)[:60],
)
def test_a_measurement_that_cannot_be_is_not_believed(found):
    with pytest.raises(sense.Nonsense):
        told(Kind.MEASURE, Analysis({}, **{type(found).__name__.lower(): found}))


@pytest.mark.parametrize(
    "found",
    [
        *(Identity(x, bytes(32), None, "mp3", 0) for x in (b"", bytes(15), bytes(17))),
        Identity(bytes(16), bytes(31), None, "mp3", 0),
        Identity(bytes(16), bytes(32), b"", "mp3", 0),
        *(Identity(bytes(16), bytes(32), None, rule, 0) for rule in ("", "x" * 41)),
        Identity(bytes(16), bytes(32), None, "mp3", -1),
        *(Tags(year=year) for year in (-1, 10_000)),
        *(Tags(rating=stars) for stars in (-1, 6)),
        *(Tags(bpm=bpm) for bpm in (float("nan"), 0.0, 1e9)),
        *(Tags(track=-1), Tags(disc=10**7), Tags(key="Am")),
        *(Tags(cover=b"image"), Tags(artists=("x",) * 257)),
        *(Tags(title="x" * 9_000), Tags(genres=("x" * 9_000,)), Tags(remixer="x" * 600_000)),
        *(Stream("x", duration=seconds) for seconds in (float("inf"), -1.0, 1e9)),
        *(Stream("x" * 100), Stream("x", codec="x" * 100)),
        *(Stream("x", channels=-1), Stream("x", samplerate=10**12), Stream("x", bitrate=-5)),
    ],
    ids=lambda found: str(found)[:60],
)
def test_a_reading_that_cannot_be_is_not_believed(found):
    parts = {"identity": IDENTITY, "tags": Tags(), "stream": None}

    with pytest.raises(sense.Nonsense):
        told(Kind.READ, Reading(**parts | {type(found).__name__.lower(): found}))


@pytest.mark.parametrize("kind", Kind)
def test_whatever_bytes_a_worker_says_the_daemon_only_loses_the_worker(kind):
    chance = random.Random(1)
    value = READING if kind is Kind.READ else ANALYSIS
    params = list(MEASURED) if kind is Kind.MEASURE else []
    body = wire.frame(wire.Result(1, wire.packed(value)))[wire.PREFIX :]
    for _ in range(3_000):
        said = bytearray(body)
        for _ in range(chance.randrange(1, 6)):
            said[chance.randrange(len(said))] = chance.randrange(256)
        try:
            found = understood(wire.answer(bytes(said)), 1, kind, params, Limits(2**30, 10))
        except TrackerError:  # WorkerDied and Garbled are meant, or what it says of the file
            continue
        assert type(found) is type(value)


def test_versions_are_numbers_by_kind_and_feature():
    said = {"measure": {"tempo": 3}, "read": {"tags": 1}}

    assert sense.versions(wire.packed(said)) == said
    with pytest.raises(sense.Nonsense):
        sense.versions(wire.packed({"measure": {}}))

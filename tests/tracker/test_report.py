"""What was measured is printed under the contract's names, and what is unknown is left out."""

import json

import msgspec
import numpy as np

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
    Waveform,
)
from tracker.report import fields

WHOLE = Analysis(
    measured={"tempo": 3},
    duration=Duration(240.0),
    tempo=Tempo(124.0, 0.9, (62.0,)),
    beats=Beats(0.1, 80, period=0.5, metre=4, downbeat=2, phrase=6),
    key=Key("8A", 0.8, ("8B",)),
    loudness=Loudness(-8.0, true_peak=-0.3, range=6.1),
    energy=Energy(7, 0.66),
    hamms=Hamms(energy=0.6, confidence={"energy": 0.8}),
    embedding=Embedding(np.array([0.6, 0.8], "<f4").tobytes()),
    structure=Structure((Section(0.0, 240.0),), (Cue("drop", 60.0, 0.7),), b"\x01\xff"),
    waveform=Waveform(b"\x01" * 3, b"\x02" * 3, b"\x03" * 3),
    fingerprint=Fingerprint(b"\x01\x02\x03\x04", 120.0),
    quality=Quality(bandwidth=16_000.0),
)


def printed(analysis):
    return json.loads(msgspec.json.encode(fields(analysis)))


def test_every_feature_is_printed():
    line = printed(WHOLE)

    assert (line["bpm"], line["energy"]) == (124, 7)
    assert (line["key"], line["key_name"], line["key_open"]) == ("8A", "A minor", "1m")
    assert line["beats"] == [round(0.1 + 0.5 * number, 4) for number in range(80)]
    assert line["downbeats"][:3] == [1.1, 3.1, 5.1]
    assert line["phrases"] == [3.1, 19.1, 35.1]
    assert (line["loudness"], line["true_peak"], line["replay_gain"]) == (-8, -0.3, -10)
    assert line["sections"] == [{"start": 0, "end": 240}]
    assert line["cues"] == [{"kind": "drop", "at": 60, "confidence": 0.7}]
    assert line["waveform"] == {"low": [1] * 3, "mid": [2] * 3, "high": [3] * 3}
    assert (line["hamms"], line["hamms_confidence"]) == ({"energy": 0.6}, {"energy": 0.8})
    assert line["embedding"] == [0.6, 0.8]
    assert line["quality"] == {"bandwidth": 16_000}
    assert line["versions"] == {"tempo": 3}


def test_what_is_unknown_is_absent():
    assert printed(Analysis(measured={"tempo": 1, "key": 1})) == {
        "versions": {"tempo": 1, "key": 1}
    }


def test_beats_without_one_period_are_told_one_by_one():
    rubato = Beats(0.5, 3, times=(0.5, 1.2, 1.8))
    assert rubato.all == (0.5, 1.2, 1.8)
    assert rubato.downbeats == ()

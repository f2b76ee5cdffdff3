"""What music costs is told of recordings, as the MP3 that people have."""

import numpy as np
import pytest
import soundfile
from sound import noise, sine

from tracker.bench import cost
from tracker.bench.cost import Cost
from tracker.bench.truth import Truth


@pytest.fixture
def corpus(tmp_path):
    soundfile.write(tmp_path / "one.flac", noise(1, -20, 44_100), 44_100)
    soundfile.write(tmp_path / "other.wav", sine(440, -20, 1, 44_100), 44_100)
    soundfile.write(tmp_path / "slow.wav", sine(440, -20, 1, 22_050), 22_050)
    return tmp_path


def test_the_first_of_each_source_becomes_a_long_mp3(corpus, tmp_path, monkeypatch):
    monkeypatch.setattr(cost, "MINUTES", 0.05)
    sources = {"one.flac": "../songs", "other.wav": "../songs", "slow.wav": "old games"}
    rows = [Truth(path, source) for path, source in sources.items()]
    folder = tmp_path / "pieces"
    folder.mkdir()

    pieces = dict(cost.recordings(corpus, rows, folder))

    assert pieces.keys() == {"../songs"}, "what has another rate is left out"
    (path,) = pieces.values()
    assert path.parent == folder
    info = soundfile.info(path)
    assert (info.format, info.channels, info.samplerate) == ("MP3", 2, 44_100)
    assert info.duration == pytest.approx(3, abs=0.1)
    assert path.stat().st_size / info.duration * 8 == pytest.approx(320_000, rel=0.03)
    left, right = soundfile.read(path)[0].T
    assert np.array_equal(left, right)
    assert left.std() == pytest.approx(0.1, rel=0.1), "it is the noise, not the tone"


def test_the_table_ends_with_the_mean_of_all_sources():
    table = cost.music({
        "a": Cost(length=60, decode=0.05, measure=0.1, same=0.075, wall=0.1, stages={}),
        "b": Cost(length=120, decode=0.1, measure=0.3, same=0.2, wall=0.3, stages={}),
    })  # fmt: skip

    assert table.rows == [
        ("a", *map(pytest.approx, (50, 100, 2, 1.5, 120))),
        ("b", *map(pytest.approx, (50, 150, 3, 2, 80))),
        ("mean", *map(pytest.approx, (50, 125, 2.5, 1.75, 100))),
    ]

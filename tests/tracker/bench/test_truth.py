"""What a corpus says of its recordings is understood, or refused with a reason."""

import json

import pytest

from tracker.bench import truth
from tracker.errors import Invalid


@pytest.fixture
def corpus(tmp_path):
    def made(*rows):
        for row in rows:
            if isinstance(row, dict):
                (tmp_path / row["path"]).touch()
        lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
        (tmp_path / truth.NAME).write_text("\n".join(lines))
        return tmp_path

    return made


def row(path, **known):
    return {"path": path, "set": "some", **known}


def test_rows_are_read_and_what_is_unknown_is_none(corpus):
    [one] = truth.read(corpus(row("a.ogg", bpm=None, licence="what is not read")))

    assert (one.bpm, one.key, one.metre, one.downbeats) == (None, None, None, ())
    assert not one.steady


def test_sets_and_a_limit_choose(corpus):
    folder = corpus(*(row(f"{n}.ogg", set="ab"[n % 2]) for n in range(6)))

    assert [one.path for one in truth.read(folder, ["a"])] == ["0.ogg", "2.ogg", "4.ogg"]
    assert [one.path for one in truth.read(folder, limit=1)] == ["0.ogg", "1.ogg"]


@pytest.mark.parametrize(
    ("known", "downbeats"),
    [
        ({"meter": "4/4"}, (0.5, 2.5)),
        ({"meter": "3/4"}, (0.5, 2.0)),
        ({"meter": "6/8"}, (0.5, 1.5, 2.5)),
        ({"beats_per_bar": 4}, (0.5, 2.5)),
        ({}, ()),
        ({"meter": "4/4", "notes": "pick-up bars shift the downbeat"}, ()),
    ],
)
def test_downbeats_follow_from_the_metre(corpus, known, downbeats):
    beats = [0.0, 0.5, 1.0, 1.5, 2.0, 2.5]
    [one] = truth.read(corpus(row("a.ogg", beats=beats, first_downbeat=0.5, **known)))

    assert tuple(time for time in one.downbeats if time >= 0.5) == downbeats


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "line 1"),
        ('{"set": "some"}', "path"),
        ('{"path": "gone.ogg", "set": "some"}', "no file 'gone.ogg'"),
        ('{"path": "truth.jsonl", "set": "some", "key": "H sharpish"}', "is no key"),
        ('{"path": "truth.jsonl", "set": "some", "bpm": "fast"}', "bpm"),
        ('{"path": "truth.jsonl", "set": "some", "meter": "waltz"}', "line 1"),
        ('{"path": "truth.jsonl", "set": "some", "beats_per_bar": 0}', "line 1"),
    ],
)
def test_what_cannot_be_understood_is_refused(corpus, line, reason):
    with pytest.raises(Invalid, match=reason):
        truth.read(corpus(line))


def test_what_is_no_corpus_is_refused(tmp_path, corpus):
    with pytest.raises(Invalid, match="is no corpus"):
        truth.read(tmp_path)
    with pytest.raises(Invalid, match="no recording is of the set 'other'"):
        truth.read(corpus(row("a.ogg")), ["other"])

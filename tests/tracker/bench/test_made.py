"""The sounds of the benchmark are what they are said to be, and always the same."""

import numpy as np
import pytest
import soundfile

from tracker.bench import made
from tracker.bench.cost import stages
from tracker.bench.stopwatch import Stopwatch


@pytest.fixture(autouse=True)
def short(monkeypatch):
    monkeypatch.setattr(made, "SECONDS", 3)


@pytest.mark.parametrize("kind", made.BLANKS)
def test_every_sound_without_an_answer_can_be_made(kind):
    make, count = made.BLANKS[kind]

    for number in range(min(count, 6)):
        first, again = (make(np.random.default_rng(number), number) for _ in range(2))
        assert len(first) == 3 * made.RATE
        assert np.isfinite(first).all()
        assert np.array_equal(first, again)
        assert (np.ptp(first) > 0.001) == (kind != "silence")


def test_beats_of_a_changing_tempo_are_where_sound_begins(tmp_path):
    truth, path = next(made.changing(tmp_path, 1))

    sound, rate = soundfile.read(path)
    assert (truth.set, truth.tempo_kind, len(truth.beats)) == ("made: drift", "changing", 150)
    assert truth.beats[-1] < len(sound) / rate
    assert np.ptp(np.diff(truth.beats)) > 0.01
    assert not np.abs(sound[: int((truth.beats[0] - 0.01) * rate)]).any()


@pytest.mark.parametrize("kind", made.CHANGES)
def test_tempi_change_as_they_are_said_to(kind):
    tempi = 60 / np.diff(made.beat_times(kind, np.random.default_rng(3)))
    early, late = np.median(tempi[:40]), np.median(tempi[-40:])

    assert (abs(late / early - 1) > 0.05) == (kind != "drift")
    assert (np.diff(tempi) != 0).all()


def test_a_watch_counts_each_second_once():
    watch = Stopwatch()

    def burn():
        return sum(range(200_000))

    inner = watch.timed("inner", burn)
    values = watch.timed("each", lambda: (inner() for _ in range(3)))
    watch.timed("outer", lambda: (burn(), [*values()]))()

    assert set(watch.spent) == {"inner", "each", "outer"}
    assert watch.spent["inner"] > watch.spent["each"] >= 0
    assert watch.spent["outer"] > 0


def test_every_stage_of_measuring_is_watched(tmp_path):
    _, path = next(made.blanks(tmp_path, 1))

    with path.open("rb", buffering=0) as file:
        found = stages(file, b"silence.wav")

    for stage in (
        "decoding",
        "pass: mono",
        "pass: onsets: spectra",
        "pass: native: energies",
        "feature: tempo",
        "the rest",
    ):
        assert found[stage] >= 0, stage

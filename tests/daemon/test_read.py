"""Reading a file costs what its size is worth, whatever it claims."""

import os

import pytest
from sound import noise, save

from daemon import worker
from daemon.tasks import read
from tracker.cage import MIB, Limits
from tracker.errors import Unreadable
from tracker.model import Kind

LIMITS = Limits(256 * MIB, 1200)


def test_a_giant_of_holes_is_refused_at_once(tmp_path):
    path = save(tmp_path / "a.wav", noise(0.1))
    os.truncate(path, 2**40)

    with path.open("rb") as file, pytest.raises(Unreadable, match="never written"):
        read.run(file, b"a.wav", ())


def test_a_large_file_that_is_mostly_there_is_not_hollow(tmp_path, monkeypatch):
    monkeypatch.setattr(read, "LARGE", MIB)
    path = tmp_path / "a.wav"
    path.write_bytes(bytes(range(256)) * 2**13)
    os.truncate(path, 3 * MIB)

    with path.open("rb") as file:
        assert not read.hollow(file.fileno())
        os.truncate(path, 6 * MIB)
        assert read.hollow(file.fileno())


def test_reading_may_use_less_of_the_processor_than_measuring():
    assert worker.allowed(Kind.MEASURE, 100, LIMITS) == LIMITS
    assert worker.allowed(Kind.READ, 100, LIMITS) == Limits(256 * MIB, 30)
    assert worker.allowed(Kind.READ, 2 * 2**30, LIMITS).cpu > 100
    assert worker.allowed(Kind.READ, 2**40, LIMITS).cpu == LIMITS.cpu

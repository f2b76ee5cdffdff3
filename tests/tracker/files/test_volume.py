"""A drive is known again by its identity, or by what lies on it."""

import errno
import os

import pytest

from tracker.files import volume
from tracker.model import Stamp


def stamps(folder):
    found = {}
    for path in folder.iterdir():
        status = path.stat()
        found[os.fsencode(path.name)] = Stamp(status.st_size, status.st_mtime_ns, 0)
    return found


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "music").mkdir()
    for number in range(4):
        (tmp_path / "music" / f"{number}.mp3").write_bytes(b"x" * number)
    return tmp_path / "music"


def test_a_folder_keeps_its_identity_and_another_has_another(folder, tmp_path):
    before = volume.look(os.fsencode(folder))
    (folder / "new.mp3").touch()
    assert volume.look(os.fsencode(folder)) == before
    assert before.identity
    assert volume.look(os.fsencode(tmp_path)).identity != before.identity


@pytest.mark.parametrize(
    ("name", "says"), [("gone", "is gone"), ("music/1.mp3", "is no folder"), ("\x1b[31m", "␛[31m")]
)
def test_what_is_no_folder_is_said(folder, tmp_path, name, says):
    health = volume.look(os.fsencode(tmp_path / name))
    assert health.identity is None
    assert says in health.reason


def test_a_volume_is_known_again_by_most_of_its_files(folder):
    sample = stamps(folder)
    assert volume.holds(os.fsencode(folder), sample)
    (folder / "0.mp3").unlink()
    os.utime(folder / "1.mp3", (1, 1))
    assert volume.holds(os.fsencode(folder), sample)
    (folder / "2.mp3").write_bytes(b"other")
    assert not volume.holds(os.fsencode(folder), sample)
    assert volume.holds(os.fsencode(folder), {})


def test_drives_mounted_below_a_folder_are_known(folder):
    assert volume.mounts(os.fsencode(folder)) == set()
    assert b"proc" in volume.mounts(b"/")


def test_a_local_disk_tells_of_changes(folder):
    assert volume.tells(os.fsencode(folder))
    assert volume.watches_left(10)
    assert not volume.watches_left(2**62)


def test_a_drive_is_asked_by_its_files_as_far_as_they_tell(folder, monkeypatch):
    names = [os.fsencode(path.name) for path in folder.iterdir()]
    assert volume.reads(os.fsencode(folder), names)
    assert volume.reads(os.fsencode(folder), [b"gone.mp3"])
    assert volume.reads(os.fsencode(folder), [])

    def fails(descriptor):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("tracker.files.volume.ask", fails)
    assert not volume.reads(os.fsencode(folder), names)

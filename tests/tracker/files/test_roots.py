"""Only a regular file below the root is opened, whatever stands in its place."""

import os
import socket

import pytest

from tracker.errors import NotFound, Refused, TrackerError, Unreadable
from tracker.files import roots
from tracker.files.roots import open_beneath


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "music" / "a" / "b"
    folder.mkdir(parents=True)
    (folder / "song.mp3").write_bytes(b"sound")
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "song.mp3").write_bytes(b"secret")
    return tmp_path / "music"


def opened(root, relative):
    descriptor = open_beneath(os.fsencode(root), relative)
    try:
        return os.read(descriptor, 100)
    finally:
        os.close(descriptor)


def test_a_file_in_a_folder_of_the_root_is_opened(root):
    assert opened(root, b"a/b/song.mp3") == b"sound"


def test_a_name_that_is_no_text_is_a_name(root):
    with open(os.fsencode(root) + b"/Bj\xf6rk\n.mp3", "wb") as file:
        file.write(b"sound")

    assert opened(root, b"Bj\xf6rk\n.mp3") == b"sound"


def test_the_root_itself_may_be_reached_through_a_link(root, tmp_path):
    (tmp_path / "link").symlink_to(root)

    assert opened(tmp_path / "link", b"a/b/song.mp3") == b"sound"


@pytest.mark.parametrize("gone", [b"a/b/other.mp3", b"x/b/song.mp3", b"a/b/song.mp3/more"])
def test_what_vanished_is_not_found(root, gone):
    with pytest.raises(NotFound):
        opened(root, gone)


def test_a_root_that_vanished_is_not_found(tmp_path):
    with pytest.raises(NotFound):
        opened(tmp_path / "nowhere", b"song.mp3")


@pytest.mark.parametrize(
    "path",
    [
        *(b"", b"..", b"../secret/song.mp3", b"a/../../secret/song.mp3", b"/etc/passwd"),
        *(b"a//song.mp3", b"a/b/", b"a/./b/song.mp3", b"a/b/song.mp3\0.txt"),
    ],
)
def test_a_path_that_leads_elsewhere_is_refused(root, path):
    with pytest.raises(Refused):
        opened(root, path)


def test_a_link_in_place_of_the_file_is_refused(root, tmp_path):
    (root / "a" / "b" / "song.mp3").unlink()
    (root / "a" / "b" / "song.mp3").symlink_to(tmp_path / "secret" / "song.mp3")

    with pytest.raises(Refused, match="link"):
        opened(root, b"a/b/song.mp3")


def test_a_link_in_place_of_a_folder_is_refused(root, tmp_path):
    (root / "a" / "c").symlink_to(tmp_path / "secret")

    with pytest.raises(Refused, match="link"):
        opened(root, b"a/c/song.mp3")


def test_a_link_swapped_in_between_looking_and_opening_is_refused(root, tmp_path, monkeypatch):
    song = root / "a" / "b" / "song.mp3"
    looked_at = roots._looked_at

    def swapping(name, folder):
        mode = looked_at(name, folder)
        song.unlink()
        song.symlink_to(tmp_path / "secret" / "song.mp3")
        return mode

    monkeypatch.setattr(roots, "_looked_at", swapping)

    with pytest.raises(Refused, match="link"):
        opened(root, b"a/b/song.mp3")


def test_a_pipe_swapped_in_between_looking_and_opening_is_no_regular_file(root, monkeypatch):
    song = root / "a" / "b" / "song.mp3"
    looked_at = roots._looked_at

    def swapping(name, folder):
        mode = looked_at(name, folder)
        song.unlink()
        os.mkfifo(song)
        return mode

    monkeypatch.setattr(roots, "_looked_at", swapping)

    with pytest.raises(Unreadable, match="regular"):
        opened(root, b"a/b/song.mp3")


def test_a_pipe_a_socket_and_a_folder_are_no_regular_files(root, monkeypatch):
    os.mkfifo(root / "pipe.mp3")
    monkeypatch.chdir(root)  # an address has room for few characters
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket.mp3")

        for name in (b"pipe.mp3", b"socket.mp3", b"a/b"):
            with pytest.raises(Unreadable, match="regular"):
                opened(root, name)


def test_a_device_is_no_regular_file():
    with pytest.raises(Unreadable, match="regular"):
        opened("/dev", b"null")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_we_may_not_read_says_what_to_do(root):
    (root / "a" / "b" / "song.mp3").chmod(0)

    with pytest.raises(TrackerError, match="let this user read it"):
        opened(root, b"a/b/song.mp3")


def test_no_descriptor_is_left_behind(root):
    before = os.listdir("/proc/self/fd")

    for path in (b"a/b/song.mp3", b"a/b/other.mp3", b"a/x/y", b"a/b", b".."):
        try:
            opened(root, path)
        except TrackerError:
            continue

    assert os.listdir("/proc/self/fd") == before

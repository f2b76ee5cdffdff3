"""Files are found as they lie there, taken when they rest, and not believed gone too easily."""

import os

import pytest

from daemon.scan import Settling, compare, suspicious, walk
from tracker.model import FileId, FileState, Stamp
from tracker.store.files import Known

REST = 2.0
NOW_NS = 1_000_000 * 10**9
NEW = NOW_NS - 10**8


def stamp(size, ctime_ns=NEW):
    return Stamp(size, 1, ctime_ns)


def known(number, size=1, state=FileState.PRESENT):
    return Known(FileId(number), state, stamp(size))


def look(settling, changed, now, *, whole=True):
    return settling.look(changed, now, NOW_NS, whole=whole)


def make(root, *names):
    for name in names:
        path = os.path.join(os.fsencode(root), name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(b"x")


def test_a_file_is_taken_after_it_rested():
    settling = Settling(REST)

    assert look(settling, {b"a.wav": stamp(1)}, 0) == {}
    assert look(settling, {b"a.wav": stamp(2)}, 2) == {}
    assert settling.since
    assert look(settling, {b"a.wav": stamp(2)}, 4) == {b"a.wav": stamp(2)}
    assert not settling.since


def test_a_file_untouched_for_long_is_taken_at_once():
    old = stamp(1, NOW_NS - 60 * 10**9)
    assert look(Settling(REST), {b"a.wav": old}, 0) == {b"a.wav": old}


@pytest.mark.parametrize("ctime", [0, NOW_NS + 10**15])
def test_a_time_of_no_sense_is_waited_for(ctime):
    settling = Settling(REST)
    assert look(settling, {b"a.wav": stamp(1, ctime)}, 0) == {}
    assert look(settling, {b"a.wav": stamp(1, ctime)}, 2) == {b"a.wav": stamp(1, ctime)}


def test_a_look_at_one_place_does_not_forget_what_settles_elsewhere():
    settling = Settling(REST)
    look(settling, {b"a.wav": stamp(1)}, 0)

    look(settling, {b"b.wav": stamp(1)}, 1, whole=False)
    assert set(settling.since) == {b"a.wav", b"b.wav"}

    look(settling, {b"b.wav": stamp(1)}, 1)
    assert set(settling.since) == {b"b.wav"}


def test_a_walk_takes_every_name_and_only_regular_files(tmp_path):
    evil = [
        b"caf\xe9.WAV", b"new\nline.mp3", "🎛️ mix.flac".encode(), b"-rf.ogg", b"a" * 251 + b".mp3",
        b"deep/er/b.opus", b"tab\tand\x1b[31m.m4a", b" .mp3", b"quote\"'.wav", b"[b]x[/b].mp3",
    ]  # fmt: skip
    make(tmp_path, *evil)
    make(tmp_path, b"cover.jpg", b".hidden.mp3", b"._fork.mp3", b"a.mp3.part", b"@eaDir/c.mp3")
    make(tmp_path, b".Trash-1000/d.mp3")
    os.mkfifo(tmp_path / "pipe.wav")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "link.wav").symlink_to("/dev/zero")

    seen = walk(os.fsencode(tmp_path))

    assert set(seen.files) == set(evil)
    assert seen.unreadable == []


def test_names_to_ignore_are_left_alone(tmp_path):
    make(tmp_path, b"a.mp3", b"samples/b.mp3", b"kick_01.wav")
    assert set(walk(os.fsencode(tmp_path), ignore=("samples", "kick_*")).files) == {b"a.mp3"}


def test_a_hint_is_looked_at_precisely(tmp_path):
    make(tmp_path, b"a.mp3", b"x/b.mp3", b"x/y/c.mp3", b".git/d.mp3")
    (tmp_path / "link").symlink_to(tmp_path / "x")
    root = os.fsencode(tmp_path)

    assert set(walk(root, [b"x"]).files) == {b"x/b.mp3", b"x/y/c.mp3"}
    assert set(walk(root, [b"a.mp3", b"gone.mp3"]).files) == {b"a.mp3"}
    assert walk(root, [b".git/d.mp3", b"link/b.mp3", b"link"]).files == {}


def test_a_hint_is_looked_at_in_a_root_that_a_link_leads_to(tmp_path):
    make(tmp_path / "real", b"a.mp3", b"x/b.mp3")
    (tmp_path / "music").symlink_to(tmp_path / "real")

    seen = walk(os.fsencode(tmp_path / "music"), [b"a.mp3", b"x"])

    assert set(seen.files) == {b"a.mp3", b"x/b.mp3"}


def test_a_file_of_a_far_century_has_a_stamp_that_can_be_kept(tmp_path):
    make(tmp_path, b"a.mp3")
    os.utime(tmp_path / "a.mp3", ns=(0, 13_600_000_000 * 10**9))  # the year 2400

    assert walk(os.fsencode(tmp_path)).files[b"a.mp3"].mtime_ns < 2**63


def test_a_walk_can_be_stopped_and_then_says_nothing_about_what_is_gone(tmp_path):
    make(tmp_path, b"a.mp3", b"x/b.mp3")
    seen = walk(os.fsencode(tmp_path), stop=lambda: True)
    assert compare(seen, {b"a.mp3": known(1)}).vanished == []


def test_what_lies_in_a_folder_that_does_not_open_is_not_gone(tmp_path):
    make(tmp_path, b"x/b.mp3")
    (tmp_path / "x").chmod(0)
    ours = os.geteuid()
    if ours == 0:  # every folder opens for root
        os.seteuid(65534)
    try:
        seen = walk(os.fsencode(tmp_path))
    finally:
        os.seteuid(ours)
        (tmp_path / "x").chmod(0o700)
    assert seen.unreadable
    assert compare(seen, {b"x/b.mp3": known(1)}).vanished == []


def test_a_comparison_tells_new_changed_returned_and_vanished(tmp_path):
    make(tmp_path, b"same.mp3", b"changed.mp3", b"new.mp3", b"back.mp3")
    seen = walk(os.fsencode(tmp_path))
    same = seen.files[b"same.mp3"]
    found = compare(
        seen,
        {
            b"same.mp3": Known(FileId(1), FileState.PRESENT, same),
            b"changed.mp3": known(2, size=7),
            b"back.mp3": Known(FileId(3), FileState.MISSING, seen.files[b"back.mp3"]),
            b"gone.mp3": known(4),
            b"gone-before.mp3": known(5, state=FileState.MISSING),
        },
    )
    assert set(found.changed) == {b"changed.mp3", b"new.mp3"}
    assert (found.returned, found.vanished) == ([3], [4])


def test_many_files_that_vanish_at_once_are_held_back():
    assert not suspicious(50, 60)
    assert suspicious(51, 60)
    assert not suspicious(400, 10_000)
    assert suspicious(501, 10_000)

"""The daemon is killed, its disk fills up, its drives go away: no file is lost and no row is wrong."""

import fcntl
import os
import random
import shutil
import struct
import subprocess
import time
from contextlib import contextmanager, suppress

import apsw
import pytest
from private import private
from sound import noise, save

from tracker.model import FileState, RootState

pytestmark = [pytest.mark.fault, pytest.mark.timeout(150)]

CHEAP = "[watch]\nsettle = 0.2\nevery = 1.0\n[workers]\ncount = 2\npause = 0.1\n"
EXT4_SHUTDOWN = 0x8004587D
FEW_WATCHES = 'echo 8 > /proc/sys/user/max_inotify_watches && exec "$@"'
"""In a user namespace of its own, whose limit is nobody else's."""


@pytest.fixture
def ours(tmp_path):
    with private(tmp_path / "home", CHEAP) as tracker:
        yield tracker


def drop(folder, count):
    """Sounds unlike each other, in folders of ten."""
    for number in range(count):
        place = folder / f"{number // 10:02}"
        place.mkdir(exist_ok=True)
        save(place / f"{number:03}.wav", noise(0.1, seed=number))


def mounted(*arguments):
    try:
        subprocess.run(["mount", *map(os.fspath, arguments)], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"nothing can be mounted here: {error}")


def unmounted(place):
    with suppress(subprocess.CalledProcessError):
        subprocess.run(["umount", "-l", os.fspath(place)], check=True, capture_output=True)


@contextmanager
def small_disk(place, size):
    mounted("-t", "tmpfs", "-o", f"size={size}", "tmpfs", place)
    try:
        yield lambda size: mounted("-o", f"remount,size={size}", place)
    finally:
        unmounted(place)


def asked(ours, sql):
    """What the catalogue says, asked behind the daemon's back."""
    db = apsw.Connection(str(ours.catalogue), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        return db.execute(sql).fetchall()
    finally:
        db.close()


def test_ten_kills_at_any_moment_lose_no_file_and_count_none_twice(ours):
    drop(ours.music, 300)
    chance = random.Random(3)
    ours.start(ours.music)

    for _ in range(10):
        time.sleep(chance.uniform(0, 1.2))
        ours.kill()
        ours.start()
    ours.settle()

    rows = ours.rows()
    assert sorted(row.name for row in rows) == [f"{number:03}.wav" for number in range(300)]
    assert all(row.measured and not row.complaint for row in rows)
    assert ours.call("jobs.page").total == 0
    assert asked(ours, "PRAGMA integrity_check") == [("ok",)]
    assert asked(ours, "PRAGMA foreign_key_check") == []


def test_a_drive_that_comes_and_goes_while_it_is_scanned_alters_no_row(ours):
    drive = ours.home / "drive"
    drive.mkdir()
    chance = random.Random(5)
    with small_disk(drive, "16m"):
        drop(drive, 60)
        mounted("--bind", drive, ours.music)
        try:
            ours.start(ours.music)
            ours.settle()
            before = asked(ours, "SELECT * FROM file ORDER BY id")

            for _ in range(30):
                unmounted(ours.music)
                time.sleep(chance.choice((0, 0.01, 0.1, 0.4)))
                mounted("--bind", drive, ours.music)
                time.sleep(chance.uniform(0, 0.8))
                assert asked(ours, "SELECT * FROM file ORDER BY id") == before
            ours.until(lambda: ours.call("roots.all")[0].state is RootState.ONLINE)
            ours.settle()

            assert asked(ours, "SELECT * FROM file ORDER BY id") == before
            assert ours.log.read_text().count(" measured: ") == 60
        finally:
            ours.stop()
            unmounted(ours.music)


def test_a_drive_that_goes_in_the_middle_of_the_work_is_worked_off_when_it_is_back(ours):
    drop(ours.music, 120)
    away = ours.home / "away"
    chance = random.Random(7)
    ours.start(ours.music)

    for _ in range(15):
        time.sleep(chance.uniform(0, 0.4))
        ours.music.rename(away)
        time.sleep(chance.uniform(0, 0.3))
        away.rename(ours.music)
    ours.run("root", "scan", os.fspath(ours.music), "--wait")

    rows = ours.rows()
    assert len(rows) == 120
    assert all(row.measured and row.state is FileState.PRESENT for row in rows)


def test_a_drive_pulled_in_the_middle_of_the_work_fails_nothing(ours):
    """Its folders are cached and listed as before; only what is read from it fails."""
    image = ours.home / "drive.img"
    image.write_bytes(bytes(32 << 20))
    if subprocess.run(["mkfs.ext4", "-q", image], capture_output=True, check=False).returncode:
        pytest.skip("no file system can be made here")
    mounted("-o", "loop", image, ours.music)
    try:
        drop(ours.music, 150)
        ours.start(ours.music)
        ours.until(lambda: sum(row.measured for row in ours.rows()) > 20)

        pull(ours.music)
        ours.until(lambda: ours.call("roots.all")[0].state is RootState.OFFLINE)
        assert ours.call("status").work.failed == 0
        unmounted(ours.music)
        mounted("-o", "loop", image, ours.music)
        ours.until(lambda: ours.call("roots.all")[0].state is RootState.ONLINE)
        ours.settle()

        rows = ours.rows()
        assert len(rows) == 150
        assert all(row.measured and not row.complaint for row in rows)
        assert ours.call("jobs.page").total == 0
    finally:
        ours.stop()
        unmounted(ours.music)


def pull(place):
    """Have the file system fail from now on, and forget what it cached of files."""
    subprocess.run(["sync", "-f", os.fspath(place)], check=True)
    folder = os.open(place, os.O_RDONLY)
    try:
        fcntl.ioctl(folder, EXT4_SHUTDOWN, struct.pack("I", 2))
    except OSError as error:
        pytest.skip(f"the file system cannot be shut down: {error}")
    finally:
        os.close(folder)


def test_a_drive_below_the_root_that_is_unmounted_while_nobody_runs_takes_no_row_with_it(ours):
    drive = ours.music / "usb stick"
    drive.mkdir()
    drop(ours.music, 3)
    with small_disk(drive, "4m"):
        drop(drive, 5)
        ours.start(ours.music)
        ours.settle()
        ours.stop()
    before = asked(ours, "SELECT * FROM file ORDER BY id")
    assert len(before) == 8

    ours.start()
    ours.settle()

    assert asked(ours, "SELECT * FROM file ORDER BY id") == before
    assert "usb stick is not mounted" in ours.call("roots.all")[0].reason


def test_a_full_disk_is_waited_for_even_by_a_daemon_that_begins_on_it(ours):
    def state():
        return ours.call("status").state

    drop(ours.music, 150)
    with small_disk(ours.home / "data_home", "1m") as resize:
        try:
            ours.start(ours.music)
            ours.until(lambda: state() == "read-only")
            assert "room" in ours.call("status").complaint
            assert ours.json("root", "list")

            ours.stop()
            ours.start()
            ours.until(lambda: state() == "read-only")
            resize("64m")
            ours.until(lambda: state() == "ready")
            ours.settle()

            assert len(ours.rows()) == 150
            assert all(row.measured for row in ours.rows())
            assert asked(ours, "PRAGMA integrity_check") == [("ok",)]
        finally:
            ours.stop()


def test_a_log_that_finds_no_room_stops_nothing(ours):
    drop(ours.music, 30)
    with small_disk(ours.home / "state_home", "8k"):
        try:
            ours.start(ours.music)
            ours.settle()

            assert len(ours.rows()) == 30
        finally:
            ours.stop()


def test_a_root_that_has_more_folders_than_may_be_watched_is_polled(ours):
    within = ["unshare", "--user", "--map-root-user", "sh", "-c", FEW_WATCHES, "sh"]
    if not shutil.which("unshare") or subprocess.run([*within, "true"], check=False).returncode:
        pytest.skip("no user namespace with a limit of its own can be made here")
    drop(ours.music, 200)
    ours.within = within
    ours.start(ours.music)
    ours.settle()
    ours.until(lambda: ours.call("roots.all")[0].state is RootState.POLLING)

    save(ours.music / "19" / "late.wav", noise(0.1, seed=999))

    ours.until(lambda: len(ours.rows()) == 201, seconds=90)
    assert ours.log.read_text().count("cannot be watched") < 10


def test_a_catalogue_removed_while_the_daemon_rests_ends_it_and_nothing_is_lost(ours):
    drop(ours.music, 20)
    ours.start(ours.music)
    ours.settle()
    before = asked(ours, "SELECT id, path, state FROM file ORDER BY id")

    ours.catalogue.unlink()
    ours.until(lambda: ours.daemon.poll() is not None)

    assert ours.daemon.returncode == 1
    assert "put back" in ours.daemon.stderr.read()
    ours.start()
    assert asked(ours, "SELECT id, path, state FROM file ORDER BY id") == before
    assert asked(ours, "PRAGMA integrity_check") == [("ok",)]

"""The first flow, told with the real daemon: a file dropped in a folder becomes a row on screen."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import mutagen
import numpy as np
import pytest
from encoded import encode, suffix
from private import private
from sound import RATE, cadence, drums

from tracker.model import FileState, JobState, RootState

FORMATS = ("mp3", "flac", "wav", "ogg", "opus", "m4a", "aiff")
CHEAP = "[watch]\nsettle = 0.2\nevery = 3.0\n[workers]\ncount = 2\npause = 0.1\n"


@pytest.fixture
def ours(tmp_path):
    with private(tmp_path / "home", CHEAP) as tracker:
        yield tracker


def song(bpm, *, tonic, minor):
    """Drums with a cadence: 24 seconds of a known tempo and key."""
    harmony = cadence(tonic, minor=minor)
    return 0.6 * drums(bpm, seconds=len(harmony) / RATE) + harmony


def short(number):
    """A cheap sound unlike all others."""
    noise = np.random.default_rng(number)
    return 0.1 * noise.standard_normal(RATE // 10).astype(np.float32)


def drop(folder, name, sound, kind, **tags):
    """Put a file there the way people do: whole, under its name."""
    path = folder / f"{name}.{suffix(kind)}"
    unfinished = folder / f".{path.name}"
    encode(unfinished, sound, RATE, kind, tags or None)
    unfinished.rename(path)
    return path


def test_dropped_files_become_rows_with_the_right_tempo_and_key(ours):
    ours.start(ours.music)
    sound = song(126.0, tonic=9, minor=True)
    for kind in FORMATS:
        drop(ours.music, kind, sound, kind, title=f"As {kind}", artist="Northgate")

    ours.until(lambda: len(ours.rows()) == len(FORMATS))
    ours.settle()

    found = {track.title: track for track in ours.tracks()}
    assert set(found) == {f"As {kind}" for kind in FORMATS}
    for track in found.values():
        assert track.bpm == pytest.approx(126.0, rel=0.01), track.title
        assert track.key == "8A", track.title
        assert track.artist == "Northgate"
        assert track.duration == pytest.approx(24, abs=0.1)
        assert track.energy
        assert -30 < track.loudness < 0
    assert ours.json("status")[0]["jobs"] == {
        "queued": 0, "running": 0, "failed": 0, "quarantined": 0,
    }  # fmt: skip


def test_a_retagged_and_moved_file_is_the_same_track_and_is_not_measured_again(ours):
    ours.start(ours.music)
    path = drop(ours.music, "01", song(120.0, tonic=0, minor=False), "mp3", title="Old")
    ours.settle()
    [before] = ours.tracks()

    tags = mutagen.File(path, easy=True)
    tags["title"] = "Ostia"
    tags["artist"] = "Northgate " * 500
    tags.save()
    (ours.music / "deep" / "er").mkdir(parents=True)
    path.rename(ours.music / "deep" / "er" / "Northgate - Ostia.mp3")
    ours.until(lambda: [row.title for row in ours.rows()] == ["Ostia"])
    ours.settle()

    [after] = ours.tracks()
    assert (after.id, after.bpm, after.key) == (before.id, before.bpm, before.key)
    assert after.path.endswith("deep/er/Northgate - Ostia.mp3")
    assert [file.state for file in after.files] == [FileState.PRESENT]
    assert ours.log.read_text().count(" measured: ") == 1


def test_a_daemon_killed_midway_loses_no_file_and_counts_none_twice(ours):
    for number in range(200):
        drop(ours.music, f"{number:03}", short(number), "wav", title=f"Number {number:03}")
    ours.start(ours.music)
    for enough in (20, 90, 150):
        ours.until(lambda enough=enough: ours.call("status").tracks >= enough)
        ours.kill()
        ours.start()
    ours.settle()

    rows = ours.rows()
    assert sorted(row.title for row in rows) == [f"Number {n:03}" for n in range(200)]
    assert all(row.measured for row in rows)
    assert ours.call("jobs.page").total == 0
    assert ours.json("status")[0]["files"] == 200


def test_hostile_files_are_quarantined_with_their_reason_and_the_others_are_done(ours):
    good = [drop(ours.music, f"good{n}", short(n), "flac", title=f"Good {n}") for n in range(6)]
    (ours.music / "garbage.mp3").write_bytes(bytes(range(256)) * 200)
    (ours.music / "text.flac").write_text("this is no music\n" * 500)
    (ours.music / "empty.wav").write_bytes(b"")
    (ours.music / "half.flac").write_bytes(good[0].read_bytes()[:60])
    os.mkfifo(ours.music / "pipe.mp3")
    (ours.music / "zero.wav").symlink_to("/dev/zero")
    ours.start(ours.music)
    ours.settle()

    rows = {row.name: row for row in ours.rows()}
    assert all(rows[path.name].measured and not rows[path.name].complaint for path in good)
    page = ours.call("jobs.page", (JobState.QUARANTINED, JobState.FAILED))
    bad = {Path(job.path).name: job for job in page.rows}
    assert set(bad) == {"garbage.mp3", "text.flac", "empty.wav", "half.flac"}
    for name, job in bad.items():
        assert job.state is JobState.QUARANTINED
        assert len(job.error) > 20, name
        assert rows[name].complaint == job.error
    assert {job["state"] for job in ours.json("jobs", "list")} == {"quarantined"}


def test_a_root_that_is_emptied_or_gone_changes_no_row_and_comes_back(ours):
    for number in range(3):
        drop(ours.music, f"{number}", short(number), "flac", title=f"Number {number}")
    ours.start(ours.music)
    ours.settle()
    before = ours.tracks()
    away = ours.home / "away"

    def state():
        [root] = ours.call("roots.all")
        return root.state

    away.mkdir()
    for path in ours.music.iterdir():
        path.rename(away / path.name)
    ours.until(lambda: state() is RootState.OFFLINE)
    assert ours.tracks() == before
    for path in away.iterdir():
        path.rename(ours.music / path.name)
    ours.until(lambda: state() is RootState.ONLINE)

    ours.music.rename(ours.home / "unmounted")
    ours.until(lambda: state() is RootState.OFFLINE)
    assert ours.tracks() == before
    ours.music.mkdir()
    (ours.music / "other.wav").write_bytes(b"another disk")
    ours.call("roots.scan", os.fsencode(ours.music))
    assert (state(), ours.tracks()) == (RootState.OFFLINE, before)

    shutil.rmtree(ours.music)
    (ours.home / "unmounted").rename(ours.music)
    ours.until(lambda: state() is RootState.ONLINE)
    ours.settle()
    assert ours.tracks() == before
    assert ours.log.read_text().count(" measured: ") == 3
    assert ours.call("status").missing == 0


def test_files_that_vanish_are_missing_and_never_forgotten(ours):
    paths = [drop(ours.music, f"{n}", short(n), "flac", title=f"Number {n}") for n in range(3)]
    ours.start(ours.music)
    ours.settle()

    content = paths[1].read_bytes()
    paths[1].unlink()
    ours.until(lambda: ours.call("status").missing == 1)

    rows = {row.title: row.state for row in ours.rows()}
    assert rows["Number 1"] is FileState.MISSING
    assert len(rows) == 3
    paths[1].write_bytes(content)
    ours.until(lambda: ours.call("status").missing == 0)
    assert len(ours.rows()) == 3


def test_many_files_that_vanish_at_once_wait_for_the_users_word(ours):
    for number in range(70):
        drop(ours.music / "", f"{number}", short(number), "wav", title=f"Number {number}")
    ours.start(ours.music)
    ours.settle()

    for number in range(60):
        (ours.music / f"{number}.wav").unlink()
    ours.until(lambda: ours.call("roots.all")[0].reason)
    assert ours.call("status").missing == 0
    assert "60 of 70" in ours.json("root", "list")[0]["reason"]

    ours.run("root", "scan", os.fspath(ours.music), "--confirm")
    assert ours.call("status").missing == 60
    assert ours.call("roots.all")[0].reason is None


EVIL = [
    b"Bj\xf6rk.wav", b"new\nline.wav", "🎛️ 夜.wav".encode(), b"-rf.wav", b"--help.wav",
    b"a" * 251 + b".wav", b"\x1b]52;c;aGk=\x07.wav", b"[@click=app.quit()]x.wav", b"[b]$b[i].wav",
    b"\xff\xfe.wav", b"tab\t.wav", b" lead.wav", b"trail .wav", b"quote'\".wav", b"$(id).wav",
    b"back\\slash.wav", "e\u0301.wav".encode(), "\u202egpj.wav".encode(), b"%s%n.wav", b"*?.WAV",
]  # fmt: skip


def test_twenty_evil_names_are_catalogued_shown_clean_and_do_not_end_the_watcher(ours):
    ours.start(ours.music)
    encode(ours.home / "one", short(0), RATE, "wav", None)
    for number, name in enumerate(EVIL):
        encode(ours.home / "one", short(number), RATE, "wav", None)
        shutil.copy(ours.home / "one", os.path.join(os.fsencode(ours.music), name))
    ours.until(lambda: len(ours.rows()) == len(EVIL) == 20)
    ours.settle()

    found = ours.tracks()
    raw = {track.path_raw or track.path.encode() for track in found}
    assert raw == {os.path.join(os.fsencode(ours.music), name) for name in EVIL}
    printed = ours.run("search") + ours.run("search", "--json") + "".join(
        ours.run("show", str(track.id)) for track in found
    )  # fmt: skip
    assert harmless(printed)
    assert harmless(ours.log.read_text())
    drop(ours.music, "after", short(99), "wav", title="After all that")
    ours.until(lambda: len(ours.rows()) == 21, seconds=10)


def harmless(text):
    """Nothing but lines of visible characters."""
    return all(c == "\n" or c.isprintable() or c in "\u200d\ufe0f" for c in text)


HOSTILE = "[@click=app.quit()]Song[/] [/b] \x1b]52;c;aGk=\x07 \x9b31m \u202e x"


def test_a_hostile_title_is_only_text_wherever_it_is_printed(ours):
    drop(ours.music, "01", short(1), "flac", title=HOSTILE, artist=HOSTILE)
    ours.start(ours.music)
    ours.settle()

    [track] = ours.tracks()
    assert track.title == HOSTILE
    for printed in (
        ours.run("search"), ours.run("show", "1"), ours.run("search", "--json"), ours.run("logs"),
    ):  # fmt: skip
        assert harmless(printed)
    assert ours.json("show", "1")[0]["title"] == HOSTILE


def test_a_second_daemon_says_why_and_leaves_the_first_alone(ours):
    ours.start(ours.music)

    second = subprocess.run(
        [sys.executable, "-m", "daemon.cli"],
        env=ours.environment, capture_output=True, text=True, timeout=30,
    )  # fmt: skip

    assert second.returncode == os.EX_TEMPFAIL
    assert str(ours.daemon.pid) in second.stderr
    assert ours.call("status").pid == ours.daemon.pid
    assert "already" in ours.run("start") or "runs" in ours.run("start")


def test_what_runs_is_given_back_at_a_stop_and_nothing_is_left_behind(ours):
    for number in range(30):
        drop(ours.music, f"{number}", short(number), "wav")
    ours.start(ours.music)
    ours.until(lambda: ours.call("status").tracks)

    ours.daemon.send_signal(signal.SIGTERM)

    assert ours.daemon.wait(15) == 0
    assert not ours.socket.exists()
    ours.start()
    ours.settle()
    assert len(ours.rows()) == 30

"""The command line and the real daemon: started, used and stopped by verbs alone."""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress

import pytest
import sound
from private import private


@pytest.fixture
def ours(tmp_path):
    with private(tmp_path / "p") as ours:
        yield ours
        with suppress(AssertionError):  # it may run or not
            ours.run("stop")


def test_a_whole_day_of_verbs(ours):
    sound.save(ours.music / "drums.wav", sound.drums(124))
    sound.save(ours.music / "faster.wav", sound.drums(126))
    odd = os.fsencode(ours.music) + b"/od\xff \x1b[2J.wav"
    sound.save(os.fsdecode(odd), sound.silence(3))
    (ours.music / "broken.flac").write_bytes(b"fLaC" + bytes(100))

    assert ours.json("status", code=4) == [{"state": "stopped"}]
    assert "started" in ours.run("start")
    assert "runs already" in ours.run("start")
    [status] = ours.json("status")
    assert status["state"] in {"starting", "ready"}

    ours.run("root", "add", str(ours.music))
    ours.run("wait", "--timeout", "100")
    found = {one["path"]: one for one in ours.json("search")}
    drums = found[str(ours.music / "drums.wav")]
    assert drums["bpm"] == pytest.approx(124, abs=1)
    assert all(path.isprintable() for path in found)
    [named] = [one for one in found.values() if "path_raw" in one]
    assert ours.json("show", os.fsdecode(odd))[0]["id"] == named["id"]
    assert ours.json("show", str(drums["id"]))[0]["sources"]["bpm"] == "measured"
    assert ours.json("search", "drums", "--fields", "id") == [{"id": drums["id"]}]
    ours.run("search", "nothingofthekind", code=3)
    [whole] = ours.json("show", str(drums["id"]))
    assert len(whole["waveform"]["low"]) == 1_000
    assert whole["beats"]
    [alike] = ours.json("similar", str(drums["id"]))
    assert (alike["path"], alike["to"]) == (str(ours.music / "faster.wav"), drums["id"])
    assert alike["likeness"] > 0.9
    assert "% to match" in alike["reasons"][0]
    ours.run("similar", str(named["id"]), code=3)

    [broken] = ours.json("jobs", "list", "--state", "failed,quarantined")
    assert broken["path"].endswith("broken.flac")
    assert broken["error"]
    [root] = ours.json("root", "list")
    assert (root["state"], root["files"]) == ("online", 4)
    [status] = ours.json("status")
    assert (status["state"], status["files"], status["jobs"]["queued"]) == ("ready", 4, 0)
    checks = {one["check"]: one["ok"] for one in ours.json("doctor")}
    assert checks["daemon"]
    assert checks["watches"]
    assert ours.run("logs")

    assert "has ended" in ours.run("stop")
    assert ours.json("status", code=4) == [{"state": "stopped"}]
    ours.run("stop", code=4)


def test_any_verb_starts_the_daemon_unless_told_not_to(ours):
    ours.run("search", "--no-start", code=4)
    assert ours.json("root", "list") == []
    assert ours.json("status")[0]["pid"]


def test_two_starts_at_once_leave_one_daemon(ours):
    starts = [
        subprocess.Popen([sys.executable, "-m", "tui.cli", "start", "--json"],
                         env=ours.environment, stdout=subprocess.PIPE)
        for _ in range(3)
    ]  # fmt: skip
    pids = {json.loads(start.communicate(timeout=60)[0])["pid"] for start in starts}

    assert [start.returncode for start in starts] == [0, 0, 0]
    assert pids == {ours.json("status")[0]["pid"]}


def test_a_daemon_has_a_session_of_its_own_and_outlives_our_terminal(ours):
    ours.run("start")
    [status] = ours.json("status")

    assert os.getsid(status["pid"]) == status["pid"]


def test_a_daemon_that_cannot_start_says_why(ours):
    ours.catalogue.parent.mkdir(parents=True)
    ours.catalogue.write_bytes(b"this is no database, but somebody's novel" * 100)

    done = subprocess.run(
        [sys.executable, "-m", "tui.cli", "start"],
        env=ours.environment, capture_output=True, text=True,
    )  # fmt: skip

    assert done.returncode == 1
    assert "could not start" in done.stderr
    assert "catalogue.db" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_daemon_of_another_time_is_stopped_all_the_same(ours):
    """It does not understand our `stop`; the signal it does."""
    script = (
        "import socket, sys; sys.path.insert(0, sys.argv[2]);"
        "from tracker.rpc import wire;"
        "door = socket.socket(socket.AF_UNIX); door.bind(sys.argv[1]); door.listen();"
        "print('up', flush=True)\n"
        "while True:\n"
        "    theirs, _ = door.accept()\n"
        "    try: theirs.sendall(wire.frame(wire.Hello(0, 0, '0.0.1', 'trackerd')))\n"
        "    except OSError: pass\n"
    )
    ours.socket.parent.mkdir(mode=0o700)
    with subprocess.Popen(
        [sys.executable, "-c", script, ours.socket, os.getcwd()], stdout=subprocess.PIPE
    ) as old:
        assert old.stdout.readline() == b"up\n"

        ours.run("search", code=4)
        ours.run("stop")

        assert old.wait(20) == -signal.SIGTERM

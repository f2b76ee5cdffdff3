"""`tracker measure` and `tracker doctor`: what works without catalogue and daemon."""

import base64
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import sound

from tracker.model import Root, RootState
from tui import cli
from tui.verbs import doctor, measure

PLACES = ("CONFIG_HOME", "DATA_HOME", "CACHE_HOME", "STATE_HOME", "RUNTIME_DIR")

ENGINE = """
import json, os, signal, sys, time
rest = b""
while piece := os.read(0, 65536):
    *paths, rest = (rest + piece).split(b"\\0")
    for path in paths:
        name = os.path.basename(path).decode("utf-8", "replace")
        match name:
            case "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            case "exit":
                sys.exit("\\x1b[2Jthe library gave up")
            case "hang":
                time.sleep(60)
            case "babble":
                print("this is no JSON", flush=True)
            case "noise":
                sys.stderr.write("warning\\n" * 20_000)
        print(json.dumps({"path": name, "bpm": 120.0, "pid": os.getpid()}), flush=True)
"""
"""An engine that does what bad files make of one."""


@pytest.fixture(autouse=True)
def private(tmp_path, monkeypatch):
    for place in PLACES:
        monkeypatch.setenv(f"XDG_{place}", str(tmp_path / place.lower()))
    monkeypatch.delenv("TRACKER_CONFIG", raising=False)


@pytest.fixture
def run(capsys):
    def run(*arguments):
        code = cli.main([os.fsdecode(one) for one in arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def documents(out):
    return [json.loads(line) for line in out.splitlines()]


@pytest.fixture
def troubled(tmp_path, monkeypatch):
    """Files that trouble the engine, by name."""
    monkeypatch.setattr(measure, "ENGINE", (sys.executable, "-c", ENGINE))
    monkeypatch.chdir(tmp_path)

    def make(*names):
        for name in names:
            (tmp_path / name).touch()
        return names

    return make


def test_real_files_are_measured_and_a_broken_one_does_not_stop_them(run, tmp_path):
    good, odd, bad = (
        os.fsencode(tmp_path) + name for name in (b"/a.wav", b"/b\xff.wav", b"/c.wav")
    )
    sound.save(os.fsdecode(good), sound.drums(120))
    Path(os.fsdecode(odd)).write_bytes(Path(os.fsdecode(good)).read_bytes())
    Path(os.fsdecode(bad)).write_bytes(b"no sound at all")

    code, out, _ = run(
        "measure", bad, good, odd, "none.wav", "--json", "--features", "duration,tempo"
    )
    broken, found, twin, absent = documents(out)

    assert code == 1
    assert broken["path"] == os.fsdecode(bad)
    assert "error" in broken
    assert found["path"] == os.fsdecode(good)
    assert found["duration"] == 20
    assert found["bpm"] == pytest.approx(120, abs=1)
    assert base64.b64decode(twin["path_raw"]) == odd
    assert twin["bpm"] == found["bpm"]
    assert "no such file" in absent["error"]


def test_an_unknown_feature_is_wrong_usage(run, tmp_path):
    sound.save(tmp_path / "a.wav", sound.silence(1))

    code, out, err = run("measure", tmp_path / "a.wav", "--features", "colour")

    assert (code, out) == (2, "")
    assert "colour" in err


def test_a_file_that_ends_the_engine_costs_one_file(run, troubled):
    code, out, _ = run("measure", *troubled("a", "kill", "b", "exit", "babble", "noise"), "--json")
    a, kill, b, exited, babble, noise = documents(out)

    assert code == 1
    assert a["bpm"] == b["bpm"] == noise["bpm"] == 120
    assert a["pid"] != b["pid"]
    assert "signal 9" in kill["error"]
    assert "the library gave up" in exited["error"]
    assert exited["error"].isprintable()
    assert "not understood" in babble["error"]


def test_a_file_that_takes_too_long_is_given_up(run, troubled, tmp_path):
    config = tmp_path / "config.toml"
    config.write_text("[workers]\npatience = 0.5\n")

    code, out, _ = run("measure", *troubled("hang", "a"), "--json", "--config", config)
    hang, a = documents(out)

    assert code == 1
    assert "more than 0.5 seconds" in hang["error"]
    assert a["bpm"] == 120


def test_names_come_from_standard_input(troubled):
    troubled("a", "b\udcff", "c\nd")
    script = (
        "from tui import cli; from tui.verbs import measure;"
        f"measure.ENGINE = {measure.ENGINE!r};"
        "raise SystemExit(cli.main(['measure', '--json', '-']))"
    )
    for given, wanted in {
        b"a\nb\xff\n\n": ["a", "b\ufffd"],
        b"a\0c\nd\0": ["a", "c\u240ad"],
    }.items():
        said = subprocess.run(
            [sys.executable, "-c", script],
            input=given,
            capture_output=True,
            env=os.environ | {"PYTHONPATH": str(Path(cli.__file__).parents[1])},
        )
        assert [one["path"] for one in documents(said.stdout.decode())] == wanted
        assert said.returncode == 0


def test_measured_files_make_a_table(run, troubled):
    code, out, err = run("measure", *troubled("a", "b"))

    assert (code, err) == (0, "")
    assert [line.split() for line in out.splitlines()[1:]] == [["a", "120.0"], ["b", "120.0"]]


def test_one_file_is_told_in_full_and_many_where_that_is_wanted(run, troubled):
    one = run("measure", *troubled("a"))[1]
    both = run("measure", "--long", *troubled("a", "kill"))

    assert one.splitlines() == ["a", "tempo       120.00 BPM"]
    assert both[0] == 1
    assert both[1].startswith(one + "kill\nmeasuring it ended the process with signal 9")


def test_a_real_file_is_told_with_all_that_is_found(run, tmp_path):
    sound.save(tmp_path / "a.wav", sound.drums(120))

    code, out, _ = run("measure", tmp_path / "a.wav")

    assert code == 0
    assert out.splitlines()[0].endswith("a.wav   0:20")
    for label in ("tempo", "beats", "loudness", "energy", "HAMMS", "sections", "quality"):
        assert f"\n{label:<12}" in out
    assert "█" not in out, "a picture is for a terminal"


def test_a_broken_installation_is_said_once_not_for_every_file(run, troubled, monkeypatch):
    broken = "from tracker.errors import Broken; raise Broken('it was not compiled; reinstall')"
    monkeypatch.setattr(measure, "ENGINE", (sys.executable, "-c", broken))
    monkeypatch.setenv("PYTHONPATH", str(Path(cli.__file__).parents[1]))

    code, out, errors = run("measure", *troubled("a", "b"))

    assert (code, out) == (1, "")
    assert errors.count("it was not compiled; reinstall") == 1
    assert "Broken" not in errors


def test_an_interrupt_ends_it_and_leaves_nothing_behind(troubled):
    script = (
        "from tui import cli; from tui.verbs import measure;"
        f"measure.ENGINE = {measure.ENGINE!r};"
        "raise SystemExit(cli.main(['measure', '--json', 'a', 'hang']))"
    )
    troubled("a", "hang")
    ours = subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        env=os.environ
        | {"PYTHONPATH": str(Path(cli.__file__).parents[1]), "PYTHONUNBUFFERED": "1"},
    )
    engine = json.loads(ours.stdout.readline())["pid"]

    ours.send_signal(signal.SIGINT)

    assert ours.wait(10) == 130
    assert not Path(f"/proc/{engine}").exists()
    ours.stdout.close()


# doctor


def test_doctor_finds_a_sound_installation_sound(run):
    code, out, _ = run("doctor", "--json")
    found = {one["check"]: one for one in documents(out)}

    wanted = "python packages locale socket config catalogue cache log filesystem sqlite vectors soundfile measuring"
    assert {name: found[name]["ok"] for name in wanted.split()} == dict.fromkeys(
        wanted.split(), True
    )
    assert all(one.keys() == {"check", "ok", "says", "fix"} for one in found.values())
    assert found["daemon"]["ok"] is None
    assert found["chromaprint"]["ok"] in {True, None}
    assert found["landlock"]["ok"] in {True, None}
    assert code == 0
    assert run("doctor")[1].startswith("ok    python")


def test_doctor_finds_what_is_wrong(run, tmp_path, monkeypatch):
    config = tmp_path / "config_home" / "tracker" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text("colour = 1\n")
    (tmp_path / "runtime_dir" / "tracker").mkdir(parents=True, mode=0o755)
    (tmp_path / "runtime_dir" / "tracker").chmod(0o755)
    monkeypatch.setitem(doctor.PROBES, "pyav", "raise ImportError('\\x1b[2J gone')")
    monkeypatch.setitem(doctor.PROBES, "soundfile", "import os; os.abort()")
    broken = "from tracker.errors import Broken; raise Broken('it was not compiled')"
    monkeypatch.setitem(doctor.PROBES, "measuring", broken)
    monkeypatch.setitem(doctor.PROBES, "sqlite", "said = '3.40.1'")

    code, out, _ = run("doctor", "--json")
    found = {one["check"]: one for one in documents(out)}

    assert code == 1
    for name, words in {
        "config": "no key 'colour'",
        "socket": "open to others",
        "pyav": "gone",
        "soundfile": "signal",
        "measuring": "it was not compiled",
        "sqlite": "older than 3.51.3",
    }.items():
        assert found[name]["ok"] is False
        assert words in found[name]["says"]
        assert found[name]["fix"]
    assert "FAIL  config" in run("doctor", "--quiet")[1]


def test_a_network_drive_is_recognised():
    mounts = (
        "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
        "40 22 0:50 / /srv/with\\040space rw - nfs4 nas:/x rw\n"
        "41 22 0:51 / /srv/with\\040spaces rw - xfs /dev/sdb rw\n"
    )

    assert doctor.mounted("/srv/with space/db", mounts) == "nfs4"
    assert doctor.mounted("/srv/with spaces/db", mounts) == "xfs"
    assert doctor.mounted("/home", mounts) == "ext4"
    assert doctor.REMOTE.search("fuse.sshfs")
    assert not doctor.REMOTE.search("ext4")


def test_folders_are_counted_until_it_is_enough(tmp_path):
    for name in "abc":
        (tmp_path / name).mkdir()

    assert doctor.count_folders([os.fsencode(tmp_path)], 100) == 4
    assert doctor.count_folders([os.fsencode(tmp_path)], 2) == 2
    assert doctor.watches([Root(1, str(tmp_path), RootState.ONLINE, 0)]).ok


def test_a_path_that_fits_no_socket_is_found(tmp_path):
    found = doctor.socket_folder(tmp_path / ("long" * 30) / "sock")

    assert (found.ok, "shorter" in found.fix) == (False, True)

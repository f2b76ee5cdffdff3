"""The caged child: paths in, one line of JSON each out, and nothing else."""

import base64
import json
import os
import subprocess
import sys

from sound import cadence, drums, save, silence
from waiting import until

from tracker.analysis import versions

ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def run(*arguments, paths=()):
    return subprocess.run(
        [sys.executable, "-m", "tracker.analysis", *arguments],
        input=b"".join(path + b"\0" for path in paths),
        capture_output=True,
        env={**os.environ, **ONE_THREAD, "PYTHONPATH": os.getcwd()},
        check=False,
        timeout=60,
    )


def test_each_path_has_one_line_and_a_bad_one_ends_nothing(tmp_path):
    odd = bytes(tmp_path) + b"/\xff.wav"
    save(tmp_path / "beat.wav", drums(120) + cadence(9, minor=True)[: 20 * 22_050])
    save(os.fsdecode(odd), silence(2))
    (tmp_path / "text.mp3").write_bytes(b"hello")
    os.mkfifo(tmp_path / "pipe.wav")
    names = [b"beat.wav", b"text.mp3", b"pipe.wav", b"gone.wav"]

    ended = run(paths=[*(bytes(tmp_path) + b"/" + name for name in names), odd])

    beat, text, pipe, gone, last = map(json.loads, ended.stdout.splitlines())
    assert ended.returncode == 0
    assert (beat["bpm"], beat["key"], beat["key_name"]) == (120, "8A", "A minor")
    assert beat["versions"] == versions()
    assert "path_raw" not in beat
    assert "text.mp3 is not audio" in text["error"]
    assert "no regular file" in pipe["error"]
    assert "cannot be opened" in gone["error"]
    assert base64.b64decode(last["path_raw"]) == odd
    assert last["duration"] == 2
    assert not last.keys() & {"bpm", "key", "loudness", "energy", "error"}


def test_only_the_named_features_are_measured(tmp_path):
    path = save(tmp_path / "it.wav", drums(120))

    line = json.loads(run("--features", "tempo", paths=[bytes(path)]).stdout)

    assert line["versions"].keys() == {"tempo"}
    assert "duration" not in line


def test_a_range_of_tempi_moves_the_octave_and_says_so(tmp_path):
    path = save(tmp_path / "it.wav", drums(120))

    said = run("--features", "tempo,duration", "--tempo-range", "40-70", paths=[bytes(path)])

    line = json.loads(said.stdout)
    assert (line["bpm"], line["bpm_alternatives"][0]) == (60, 120)
    assert "120.00 BPM is likelier, but outside" in line["bpm_why"]
    assert line["versions"]["tempo"] != versions()["tempo"]
    assert line["versions"]["duration"] == versions()["duration"]


def test_an_unknown_feature_ends_it_with_the_known_ones():
    ended = run("--features", "mood")

    assert ended.returncode == 2
    assert b"no feature mood; known are duration, tempo" in ended.stderr
    assert ended.stdout == b""


def test_a_warm_process_has_one_thread_and_no_librosa():
    code = (
        "import os, sys; from tracker.analysis import warm; warm.warm(); "
        "print(len(os.listdir('/proc/self/task')), 'librosa' in sys.modules)"
    )

    ended = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        env={**os.environ, **ONE_THREAD},
        check=True,
        timeout=60,
    )

    assert ended.stdout.split() == [b"1", b"False"]


PARENT = """
import subprocess, sys, time
child = subprocess.Popen(
    [sys.executable, "-m", "tracker.analysis"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
)
child.stdin.write(b"/nowhere\\0")
child.stdin.flush()
child.stdout.readline()
print(child.pid, flush=True)
time.sleep(60)
"""


async def test_it_ends_with_whoever_started_it():
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **ONE_THREAD, "PYTHONPATH": os.getcwd()},
    )
    child = int(parent.stdout.readline())

    parent.kill()
    parent.wait()
    parent.stdout.close()

    await until(lambda: not lives(child))


def lives(process):
    """Nobody may have collected it yet, who is its parent now."""
    try:
        with open(f"/proc/{process}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False

"""Inside the cage only what a job needs can be done; each act is tried in a process of its own."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tracker import cage
from tracker.cage import seccomp

HOUSE = str(Path(cage.__file__).parents[2])
HAS = cage.report()

needs_landlock = pytest.mark.skipif(not HAS["landlock"], reason="this kernel has no Landlock")
needs_seccomp = pytest.mark.skipif(not HAS["seccomp"], reason="this kernel has no seccomp filter")

SETTING = """
import ctypes, errno, fcntl, json, os, resource, signal, socket, sys, threading, time
from tracker import cage
given = json.loads(sys.argv[1])
libc = ctypes.CDLL(None, use_errno=True)
LIMITS = cage.Limits(memory=256 * cage.MIB, cpu=5)

def denied(act):
    try:
        act()
    except PermissionError:
        print("denied")
    except OSError as error:
        print(error)
    else:
        print("done")

def call(name, *arguments):
    if getattr(libc, name)(*arguments) < 0:
        raise OSError(ctypes.get_errno(), name)
"""
ENTER = "cage.enter(LIMITS)\n"


def inside(script, *, pass_fds=(), enter=ENTER, before="", check=True, **given):
    """What *script* prints in a caged process."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            SETTING + before + enter + textwrap.dedent(script),
            json.dumps(given),
        ],
        pass_fds=pass_fds,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": HOUSE, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    )
    if check:
        assert done.returncode == 0, done.stderr
    return done.stdout.split("\n")[:-1] if check else done


def test_the_report_names_every_mechanism_and_changes_nothing():
    assert set(HAS) == {"landlock", "seccomp"}
    with open("/proc/self/status") as file:
        assert "NoNewPrivs:\t0" in file.read()
    socket.socket().close()


FILES = {
    "read a file of the user": ("landlock", "open(given['place'] + '/file')"),
    "list a folder of the user": ("landlock", "os.listdir(given['place'])"),
    "read the passwords": ("landlock", "open('/etc/passwd')"),
    "make a file": ("either", "open(given['place'] + '/new', 'w')"),
    "write a file": ("either", "open(given['place'] + '/file', 'r+')"),
    "empty a file": ("either", "os.truncate(given['place'] + '/file', 0)"),
    "rename": ("either", "os.rename(given['place'] + '/file', given['place'] + '/other')"),
    "remove": ("either", "os.unlink(given['place'] + '/file')"),
    "make a folder": ("either", "os.mkdir(given['place'] + '/folder')"),
    "link": ("either", "os.link(given['place'] + '/file', given['place'] + '/other')"),
    "make a symbolic link": ("either", "os.symlink('x', given['place'] + '/other')"),
    "change a mode": ("seccomp", "os.chmod(given['place'] + '/file', 0o777)"),
    "change a time": ("seccomp", "os.utime(given['place'] + '/file')"),
}
OTHERS = {
    "make a socket": ("seccomp", "socket.socket()"),
    "make a pair of sockets": ("seccomp", "socket.socketpair()"),
    "bind": ("seccomp", "socket.socket(fileno=given['tcp']).bind(('127.0.0.1', 0))"),
    "connect by TCP": (
        "seccomp",
        "socket.socket(fileno=given['tcp']).connect(('127.0.0.1', given['port']))",
    ),
    "connect to a Unix socket": (
        "seccomp",
        "socket.socket(fileno=given['unix']).connect('listener')",
    ),
    "send to an address": (
        "seccomp",
        "socket.socket(fileno=given['unix']).sendto(b'x', 'listener')",
    ),
    "execute": ("seccomp", "os.execv('/bin/true', ['true'])"),
    "fork": ("seccomp", "os.fork() or os._exit(0)"),
    "start a program": ("seccomp", "os.posix_spawn('/bin/true', ['true'], {})"),
    "trace the parent": ("seccomp", "call('ptrace', 0x4206, os.getppid(), 0, 0)"),
    "kill the parent": ("seccomp", "os.kill(os.getppid(), 0)"),
    "kill everybody": ("seccomp", "os.kill(-1, 0)"),
    "limit the parent": (
        "seccomp",
        "resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE)",
    ),
    "leave the namespace": ("seccomp", "call('unshare', 0x400)"),
    "change the user": ("seccomp", "os.setuid(os.getuid())"),
    "hold up writers by a lease": (
        "seccomp",
        "fcntl.fcntl(given['held'], fcntl.F_SETLEASE, fcntl.F_RDLCK)",
    ),
    "have signals sent to the parent": (
        "seccomp",
        "fcntl.fcntl(given['held'], fcntl.F_SETOWN, os.getppid())",
    ),
    "change a file that was handed in": ("seccomp", "os.utime(given['held'])"),
}
ACTS = FILES | OTHERS


@pytest.fixture
def world(tmp_path, monkeypatch):
    """A folder with a file and a listener, and what a careless program might have left open."""
    monkeypatch.chdir(tmp_path)  # the address of a socket has room for few characters
    (tmp_path / "file").write_bytes(b"content")
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)).bind("listener")
        ours = {
            "tcp": stack.enter_context(socket.socket()),
            "unix": stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)),
            "held": stack.enter_context(open("file", "rb")),
        }
        given = {name: file.fileno() for name, file in ours.items()}
        yield given | {
            "place": str(tmp_path),
            "port": listener.getsockname()[1],
            "pass_fds": list(given.values()),
        }


@pytest.mark.parametrize("act", ACTS)
def test_a_forbidden_act_is_denied(act, world):
    mechanism, script = ACTS[act]
    if not (any(HAS.values()) if mechanism == "either" else HAS[mechanism]):
        pytest.skip(f"this kernel has no {mechanism}")

    said = inside(f"denied(lambda: {script})", **world)

    assert said == ["denied"]
    assert sorted(os.listdir()) == ["file", "listener"]
    with open("file", "rb") as file:
        assert file.read() == b"content"


@pytest.mark.parametrize("act", sorted(ACTS.keys() - {"execute", "trace the parent"}))
def test_outside_the_same_act_is_possible(act, world):
    """Otherwise the test above would show nothing."""
    said = inside(f"denied(lambda: {ACTS[act][1]})", enter="", **world)

    assert said == ["done"]


@needs_landlock
def test_the_program_and_its_libraries_stay_readable():
    script = """
    import asyncio, decimal, wave, msgspec, tracker.mixing.harmony
    print(len(os.listdir(os.path.dirname(os.__file__))) > 0, len(os.urandom(4)))
    """

    assert inside(script) == ["True 4"]


@needs_landlock
def test_what_is_named_stays_readable_and_writable(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "in" / "file").write_text("content")
    enter = "place = os.fsencode(given['place'])\n"
    enter += "cage.enter(LIMITS, readable=[place + b'/in'], writable=[place + b'/out'])\n"
    script = """
    os.chdir(place)
    print(open("in/file").read())
    with open("out/new", "w") as file: file.write("content")
    os.rename("out/new", "out/other")
    os.mkdir("out/folder")
    denied(lambda: open("in/new", "w"))
    denied(lambda: os.unlink("in/file"))
    denied(lambda: os.rename("out/other", "in/other"))
    denied(lambda: os.listdir("."))
    """

    assert inside(script, enter=enter, place=str(tmp_path)) == ["content"] + 4 * ["denied"]
    assert (tmp_path / "out" / "other").read_text() == "content"


def test_a_pipe_that_is_there_already_goes_on_and_takes_descriptors(tmp_path):
    (tmp_path / "file").write_bytes(b"content")
    ours, theirs = socket.socketpair()
    with ours, theirs, open(tmp_path / "file", "rb") as file:
        socket.send_fds(ours, [b"read it"], [file.fileno()])

        script = """
        pipe = socket.socket(fileno=given["pipe"])
        message, [descriptor], _, _ = socket.recv_fds(pipe, 100, 1)
        pipe.sendall(message + b": " + os.read(descriptor, 100))
        """
        inside(script, pass_fds=[theirs.fileno()], pipe=theirs.fileno())

        assert ours.recv(100) == b"read it: content"


def test_threads_can_still_be_started():
    script = """
    thread = threading.Thread(target=print, args=("here",))
    thread.start()
    thread.join()
    """

    assert inside(script) == ["here"]


def test_a_second_thread_would_stay_outside_so_the_cage_does_not_close():
    before = "threading.Thread(target=time.sleep, args=(1,)).start()\n"

    assert "one thread" in inside("", before=before, check=False).stderr


@pytest.mark.parametrize(
    ("container", "decode"),
    [
        ("FLAC", "import soundfile; samples = soundfile.read(file)[0]"),
        ("MP3", "import soundfile; samples = soundfile.read(file)[0]"),
        ("OGG", "import av; samples = [f for f in av.open(file).decode(audio=0)]"),
    ],
)
def test_a_descriptor_that_was_handed_in_is_decoded(tmp_path, container, decode):
    sound = np.sin(np.arange(44_100) / 20) / 2
    soundfile.write(tmp_path / "sound", sound, 44_100, format=container)
    with open(tmp_path / "sound", "rb") as file:
        script = f"""
        file = open(given["file"], "rb")
        cage.per_job(LIMITS)
        {decode}
        print(len(samples) > 0)
        """

        assert inside(script, pass_fds=[file.fileno()], file=file.fileno()) == ["True"]


def test_it_is_the_last_to_be_served_and_leaves_no_core():
    script = """
    print(os.getpriority(os.PRIO_PROCESS, 0) >= 10)
    print(open("/proc/self/oom_score_adj").read().strip())
    print(*resource.getrlimit(resource.RLIMIT_CORE), *resource.getrlimit(resource.RLIMIT_NOFILE))
    print(resource.getrlimit(resource.RLIMIT_FSIZE)[1] // cage.MIB)
    """

    assert inside(script) == ["True", "800", "0 0 64 64", "64"]


def test_memory_is_limited_anew_for_each_job_beyond_what_is_mapped_already():
    script = """
    def fits(size):
        try:
            return len(bytearray(size * cage.MIB)) > 0
        except MemoryError:
            return False

    held = bytearray(400 * cage.MIB)
    cage.per_job(LIMITS)
    print(fits(200), fits(300))
    cage.between_jobs()
    print(fits(300))
    del held
    cage.per_job(LIMITS)
    print(fits(200), fits(300))
    """

    assert inside(script) == ["True False", "True", "True False"]


def test_processor_time_is_limited_anew_for_each_job():
    script = """
    def busy(seconds):
        end = time.process_time() + seconds
        while time.process_time() < end: pass

    for _ in range(3):
        cage.per_job(cage.Limits(cage.MIB, cpu=1))
        busy(0.7)
    print("alive", flush=True)
    cage.per_job(cage.Limits(cage.MIB, cpu=1))
    busy(10)
    """
    done = inside(script, check=False)

    assert done.stdout == "alive\n"
    assert done.returncode == -signal.SIGXCPU


@needs_seccomp
def test_calls_newer_than_the_filter_are_not_there():
    script = """
    libc.syscall(463, 0, 0, 0, 0, 0, 0)
    print(ctypes.get_errno() == errno.ENOSYS)
    """

    assert inside(script) == ["True"]


def test_a_process_dies_with_its_parent():
    script = """
    read, write = os.pipe()
    if os.fork() == 0:
        parent = os.getppid()
        cage.die_with_parent(parent)
        os.write(write, b"x")
        while True: pass
    os.read(read, 1)
    """
    before = "os.set_inheritable(given['sign'], True)\n"
    read, write = os.pipe()
    with open(read, "rb") as sign:
        inside(script, enter="", before=before, pass_fds=[write], sign=write)
        os.close(write)

        assert sign.read() == b""  # both have closed it


@pytest.mark.parametrize("machine", seccomp.ARCHITECTURES)
@pytest.mark.parametrize("writing", [False, True])
def test_the_filter_of_every_machine_is_sound(machine, writing):
    """Jumps lead forward to an instruction there is, and every way ends."""
    program = list(seccomp.program(machine, 1, writing=writing))

    for place, (operation, if_true, if_not, _) in enumerate(program):
        assert 0 <= max(if_true, if_not) < min(256, len(program) - place)
        assert operation in (seccomp.LOAD, seccomp.RETURN) or if_true != if_not
    assert program[-1] == (seccomp.RETURN, 0, 0, seccomp.ALLOW)


def test_a_call_stands_in_one_table_only():
    for column in (0, 1):
        tables = (seccomp.DENIED, seccomp.DENIED_WITHOUT_WRITING, seccomp.OTHERS)
        found = [number for table in tables for number in seccomp.numbers(table, column).values()]
        assert len(found) == len(set(found))


@pytest.mark.parametrize("missing", ["landlock", "seccomp"])
def test_either_mechanism_alone_keeps_files_as_they_are(missing, world):
    other = "seccomp" if missing == "landlock" else "landlock"
    if not HAS[other]:
        pytest.skip(f"this kernel has no {other}")
    away = {"landlock": "landlock.abi", "seccomp": "seccomp.available"}[missing]
    enter = f"from tracker.cage import landlock, seccomp\n{away} = lambda: 0\n{ENTER}"
    acts = [script for mechanism, script in FILES.values() if mechanism == "either"]

    said = inside("\n".join(f"denied(lambda: {act})" for act in acts), enter=enter, **world)

    assert said == ["denied"] * len(acts)
    assert sorted(os.listdir()) == ["file", "listener"]

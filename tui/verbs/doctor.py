"""`doctor`: what is wrong with this installation, and what to do about it."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

import tracker
from tracker import paths
from tracker.errors import TrackerError, Unavailable
from tracker.model import Root
from tracker.rpc.call import Caller
from tracker.text import clean
from tui.console import Console
from tui.launch import BROKEN, last_line, place
from tui.verbs import Context, Parser
from tui.verbs.config import where

EXAMPLES = """\
examples:
  tracker doctor
  tracker doctor --json | jq 'select(.ok == false)'
"""

SQLITE = (3, 51, 3)
"""Older ones can damage a catalogue when its WAL is reset."""
ROOM = 2**30
"""Bytes that should be free where we write."""
LONGEST = 107
"""Bytes of a socket's path."""
PATIENCE = 60.0
"""Seconds a probe may take; the first import on a slow disk does."""
WALK = 5.0
"""Seconds to count folders in."""
REMOTE = re.compile(r"nfs|cifs|smb|9p|afs|ceph|gluster|lustre|sshfs|rclone|davfs|s3fs|ncp")

PROBES = {
    "sqlite": "import apsw; said = apsw.sqlite_lib_version()",
    "vectors": "from tracker.store import database as d; import apsw; c = apsw.Connection(':memory:');"
    " d.extend(c); said = 'sqlite-vec ' + c.execute('SELECT vec_version()').get",
    "soundfile": "import soundfile as s; said = s.__version__ + ', ' + s.__libsndfile_version__",
    "pyav": "import av; said = av.__version__ + ', FFmpeg ' + str(av.ffmpeg_version_info)",
    "measuring": "from tracker.analysis.kernel import library; said = 'compiled'",
    "chromaprint": "import acoustid, shutil; said = 'libchromaprint' if acoustid.have_chromaprint"
    " else shutil.which('fpcalc')",
    "cage": "from tracker import cage; said = cage.report()",
}
"""Asked in processes of their own: what they import we must not, and it may crash."""


class Check(NamedTuple):
    check: str
    ok: bool | None
    """None where it does not apply or only something optional is missing."""
    says: str
    fix: str | None = None


SIGNS: dict[bool | None, tuple[str, str]] = {
    True: ("ok  ", "green"),
    False: ("FAIL", "red"),
    None: ("--  ", "dim"),
}


def arguments(verb: str, parser: Parser) -> None:
    parser.epilog = EXAMPLES
    parser.set_defaults(run=doctor)


def doctor(context: Context) -> int:
    console, failed = context.console, False
    for check in checks(context):
        failed |= check.ok is False
        if console.json:
            console.record(check._asdict())
        elif check.ok is not True or not console.quiet:
            _show(console, check)
    return 1 if failed else 0


def _show(console: Console, check: Check) -> None:
    sign, colour = SIGNS[check.ok]
    fix = f"; {clean(check.fix)}" if check.fix else ""
    console.write(f"{console.paint(sign, colour)}  {check.check:<11} {clean(check.says)}{fix}")


def checks(context: Context) -> Iterator[Check]:
    probes = {name: _probe(code) for name, code in PROBES.items()}
    yield python()
    yield packages()
    yield locale()
    yield terminal()
    yield socket_folder(context.socket)
    yield config(context)
    yield from places()
    yield filesystem(paths.catalogue())
    yield from daemon(context)
    answers = {name: _answered(process) for name, process in probes.items()}
    yield sqlite(*answers["sqlite"])
    yield vectors(*answers["vectors"])
    yield from decoders(answers)
    yield measuring(*answers["measuring"])
    yield chromaprint(*answers["chromaprint"])
    yield from cage(*answers["cage"])


def python() -> Check:
    return Check("python", True, ".".join(map(str, sys.version_info[:3])))


def packages() -> Check:
    """Whether everything we stand on is there, and new enough."""
    from importlib import metadata

    wanted, wrong = requirements(), []
    for name, least in wanted.items():
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            wrong.append(f"{name} is missing")
        else:
            if numbers(version) < numbers(least):
                wrong.append(f"{name} {version} is older than {least}")
    if wrong:
        return Check("packages", False, ", ".join(wrong), "`pip install --upgrade tracker`")
    return Check("packages", True, f"{len(wanted)}, all new enough")


def requirements() -> dict[str, str]:
    """Package -> the oldest version that will do; in a checkout, as pyproject.toml says."""
    from importlib import metadata

    try:
        given = metadata.requires("tracker") or []
    except metadata.PackageNotFoundError:
        import tomllib

        text = (place() / "pyproject.toml").read_text("utf-8")
        given = tomllib.loads(text)["project"]["dependencies"]
    found = (re.match(r"([\w.-]+)[^;]*?>=([\d.]+)[^;]*$", line) for line in given)
    return {match[1]: match[2] for match in found if match}


def numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version)[:3]))


def locale() -> Check:
    encoding = sys.stdout.encoding.lower()
    if encoding.replace("-", "") == "utf8":
        return Check("locale", True, encoding)
    return Check("locale", False, encoding, "set LANG to a UTF-8 locale, such as C.UTF-8")


def terminal() -> Check:
    kind = os.environ.get("TERM", "")
    if not sys.stdout.isatty():
        return Check("terminal", None, "the answer does not go to one")
    if kind in {"", "dumb"}:
        return Check("terminal", False, f"TERM is {kind!r}", "set TERM, such as xterm-256color")
    return Check("terminal", True, kind)


def socket_folder(socket: Path) -> Check:
    shown = clean(os.fsencode(socket))
    if (size := len(os.fsencode(socket))) > LONGEST:
        return Check("socket", False, f"{shown} has {size} bytes, more than {LONGEST}",
                     "point XDG_RUNTIME_DIR to a shorter folder")  # fmt: skip
    try:
        seen = socket.parent.stat()
    except FileNotFoundError:
        return _makeable("socket", socket.parent)
    except OSError as error:
        return Check("socket", False, f"{shown}: {error.strerror}", "mend its folder's rights")
    if seen.st_uid != os.getuid() or stat.S_IMODE(seen.st_mode) & 0o077:
        return Check("socket", False, f"the folder of {shown} is open to others",
                     f"`chmod 700 {clean(os.fsencode(socket.parent))}`")  # fmt: skip
    return Check("socket", True, shown)


def config(context: Context) -> Check:
    file = where(context.options.config)
    shown = clean(os.fsencode(file))
    try:
        _ = context.config
    except TrackerError as error:
        return Check("config", False, str(error), f"edit {shown}")
    return Check("config", True, shown if file.exists() else f"{shown} is absent, and may be")


def places() -> Iterator[Check]:
    """Where the catalogue, the cache and the log are written."""
    for name, folder in [
        ("catalogue", paths.catalogue().parent),
        ("cache", paths.cache()),
        ("log", paths.log().parent),
    ]:
        yield _makeable(name, folder)


def _makeable(name: str, folder: Path) -> Check:
    """Whether we can write there, or make the folder, and have room."""
    shown = clean(os.fsencode(folder))
    there = _nearest(folder)
    if not os.access(there, os.W_OK | os.X_OK):
        return Check(name, False, f"{shown} cannot be written", f"`chown` or `chmod` {there}")
    room = shutil.disk_usage(there).free
    if room < ROOM:
        return Check(name, False, f"{shown} has {room / 2**20:,.0f} MiB left", "make room")
    return Check(name, True, f"{shown}, {room / 2**30:,.0f} GiB free")


def _nearest(folder: Path) -> Path:
    """The folder, or the first above it that exists."""
    return next((one for one in (folder, *folder.parents) if one.exists()), Path("/"))


def filesystem(catalogue: Path) -> Check:
    """A catalogue on a network drive is damaged sooner or later: locks and mappings lie there."""
    there = _nearest(catalogue.parent)
    kind = mounted(os.path.realpath(there), Path("/proc/self/mountinfo").read_text("utf-8"))
    if kind is None:
        return Check("filesystem", None, "where the catalogue lies could not be found out")
    if REMOTE.search(kind):
        return Check("filesystem", False, f"the catalogue lies on {kind}, over the network",
                     "point XDG_DATA_HOME to a local disk")  # fmt: skip
    return Check("filesystem", True, f"the catalogue lies on {kind}")


def mounted(path: str, mounts: str) -> str | None:
    """The kind of file system that *path* lies on, after the kernel's table."""
    best, kind = "", None
    for line in mounts.splitlines():
        head, _, tail = line.partition(" - ")
        point = re.sub(r"\\(\d{3})", lambda code: chr(int(code[1], 8)), head.split(" ")[4])
        inside = path == point or path.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, kind = point, tail.split(" ")[0]
    return kind


def daemon(context: Context) -> Iterator[Check]:
    """Whether it answers and is of our version, and whether the kernel will tell it of changes."""
    try:
        with Caller(context.socket) as caller:
            theirs = caller.daemon.version
            roots: list[Root] = caller.call("roots.all")
    except Unavailable:
        yield Check("daemon", None, "does not run", "`tracker start`")
        yield Check("watches", None, "the daemon knows the folders, and does not run")
        return
    except TrackerError as error:
        yield Check("daemon", False, str(error), "`tracker stop`, then `tracker start`")
        return
    if theirs != tracker.__version__:
        yield Check("daemon", False, f"{theirs} runs and {tracker.__version__} is installed",
                    "`tracker stop`, then `tracker start`")  # fmt: skip
    else:
        yield Check("daemon", True, f"{theirs} runs, pid {caller.pid}")
    yield watches(roots)


def watches(roots: list[Root]) -> Check:
    limit = int(Path("/proc/sys/fs/inotify/max_user_watches").read_text("ascii"))
    folders = count_folders([os.fsencode(root.path) for root in roots], limit)
    if folders >= limit:
        return Check("watches", False, f"{folders:,} folders or more, and {limit:,} watches",
                     f"`sudo sysctl fs.inotify.max_user_watches={limit * 4}`")  # fmt: skip
    return Check("watches", True, f"{folders:,} folders, {limit:,} watches")


def count_folders(roots: list[bytes], limit: int) -> int:
    """As many as there are, or as were counted in a moment."""
    count, end = 0, time.monotonic() + WALK
    for root in roots:
        for _ in os.walk(root):
            count += 1
            if count >= limit or time.monotonic() > end:
                return count
    return count


def sqlite(said: Any, trouble: str | None) -> Check:
    least = ".".join(map(str, SQLITE))
    if trouble:
        return Check("sqlite", False, trouble, "`pip install --upgrade apsw`")
    if numbers(said) < SQLITE:
        return Check("sqlite", False, f"{said} is older than {least}",
                     "`pip install --upgrade apsw`")  # fmt: skip
    return Check("sqlite", True, str(said))


def vectors(said: Any, trouble: str | None) -> Check:
    """Without it all works but finding what sounds alike."""
    if trouble:
        return Check("vectors", None, f"nothing sounds alike: {trouble}",
                     "`pip install sqlite-vec`")  # fmt: skip
    return Check("vectors", True, str(said))


def decoders(answers: dict[str, tuple[Any, str | None]]) -> Iterator[Check]:
    for name in ("soundfile", "pyav"):
        said, trouble = answers[name]
        fix = f"`pip install --upgrade {'av' if name == 'pyav' else name}`"
        yield Check(name, False, trouble, fix) if trouble else Check(name, True, str(said))


def measuring(said: Any, trouble: str | None) -> Check:
    """What every sample goes through is compiled when tracker is installed."""
    if trouble:
        step = "reinstall tracker"
        return Check("measuring", False, trouble.removesuffix(f"; {step}"), step)
    return Check("measuring", True, str(said))


def chromaprint(said: Any, trouble: str | None) -> Check:
    if said and not trouble:
        return Check("chromaprint", True, str(said))
    return Check("chromaprint", None, trouble or "absent: no look-ups at AcoustID",
                 "`apt install libchromaprint1`")  # fmt: skip


def cage(said: Any, trouble: str | None) -> Iterator[Check]:
    """What keeps a hostile file inside its worker; less of it on older kernels."""
    if trouble or not isinstance(said, dict):
        yield Check("cage", False, trouble or "not understood", "reinstall tracker")
        return
    for name, found in said.items():
        if found:
            yield Check(clean(str(name)), True, str(found))
        else:
            yield Check(clean(str(name)), None, "this kernel has none: files are caged less",
                        "a newer kernel, or one where it is switched on")  # fmt: skip


def _probe(code: str) -> subprocess.Popen[bytes]:
    script = f"import json\n{code}\nprint(); print(json.dumps(said))"
    return subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=place(),
    )


def _answered(process: subprocess.Popen[bytes]) -> tuple[Any, str | None]:
    """What a probe said, or why it did not."""
    try:
        said, errors = process.communicate(timeout=PATIENCE)
        if process.returncode == 0:
            return msgspec.json.decode(said.splitlines()[-1]), None
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return None, f"did not answer in {PATIENCE:g} seconds"
    except Exception as error:
        return None, clean(f"not understood: {error}")
    if process.returncode < 0:
        return None, f"ended by signal {-process.returncode}"
    last = last_line(errors).removeprefix(BROKEN)[:300]
    return None, last or f"ended with code {process.returncode}"

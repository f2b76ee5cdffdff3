"""The drive a root lies on: whether it is the one we know, and whether it tells of changes."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from tracker.errors import Away, TrackerError
from tracker.files.roots import away, open_beneath
from tracker.model import Stamp
from tracker.text import clean

SILENT = {
    "9p",
    "afs",
    "ceph",
    "cifs",
    "coda",
    "davfs",
    "glusterfs",
    "lustre",
    "ncpfs",
    "nfs",
    "nfs4",
}
SILENT |= {"smb3", "smbfs", "virtiofs", "vboxsf"}
"""File systems on which changes made elsewhere are not told to us."""
SILENT_FUSE = (
    "fuse.sshfs",
    "fuse.rclone",
    "fuse.s3fs",
    "fuse.glusterfs",
    "fuse.davfs",
    "fuse.gvfs",
)
FOLIO = 2 << 20
"""Bytes that the cache holds, or lets go, as one."""
SAME = 0.5
"""Of the files we know, this share must lie there unchanged for a volume to be ours after all."""


class Health(NamedTuple):
    """How a root is."""

    identity: str | None
    """None where it cannot be looked at."""
    reason: str | None = None
    """Why it is offline, one sentence."""


def look(path: bytes) -> Health:
    """Whether the folder can be read, and which one it is."""
    try:
        found = identity(path)
        with os.scandir(path):
            return Health(found)
    except NotADirectoryError:
        return Health(None, f"{clean(path)} is no folder")
    except FileNotFoundError:
        return Health(None, f"{clean(path)} is gone; is the drive mounted?")
    except OSError as error:
        return Health(None, f"{clean(path)} cannot be read: {error.strerror}")


def identity(path: bytes) -> str:
    """File system and inode of a folder. Raises OSError."""
    status = os.stat(path)
    if not stat.S_ISDIR(status.st_mode):
        raise NotADirectoryError(path)
    return f"{os.statvfs(path).f_fsid:x}:{status.st_ino}"


def holds(path: bytes, sample: Mapping[bytes, Stamp]) -> bool:
    """Whether a folder with another identity is the one we know after all.

    Ids of file systems change when a drive moves to another port; *sample*, files that should lie
    there, tells. Where we know of none, any folder will do.
    """
    same = 0
    for name, stamp in sample.items():
        try:
            found = Stamp.of(os.stat(os.path.join(path, name), follow_symlinks=False))
        except OSError:
            continue
        same += (found.size, found.mtime_ns) == (stamp.size, stamp.mtime_ns)
    return same >= SAME * len(sample)


def reads(path: bytes, sample: Iterable[bytes]) -> bool:
    """Whether the drive still reads any of these files; True where they do not tell.

    A drive that was pulled goes on listing its folders, and reading files, as far as they are cached.
    """
    failed = False
    for name in sample:
        try:
            descriptor = open_beneath(path, name)
        except Away:
            failed = True
            continue
        except (TrackerError, OSError):
            continue
        try:
            ask(descriptor)
            return True
        except OSError as error:
            failed = failed or away(error) is not None
        finally:
            os.close(descriptor)
    return not failed


def ask(descriptor: int) -> None:
    """Read a byte of an open file from the drive itself, past the cache. Raises OSError."""
    os.posix_fadvise(descriptor, 0, FOLIO, os.POSIX_FADV_DONTNEED)
    os.pread(descriptor, 1, 0)


def tells(path: bytes) -> bool:
    """Whether changes on this file system reach us: not so on network drives."""
    kind = _kind(path)
    return kind not in SILENT and not kind.startswith(SILENT_FUSE)


def _kind(path: bytes) -> str:
    """The type of the file system a folder lies on; "" where that cannot be told."""
    try:
        device = os.stat(path).st_dev
        with open("/proc/self/mountinfo", "rb") as table:
            lines = table.read().splitlines()
    except OSError:
        return ""
    number = f"{os.major(device)}:{os.minor(device)}".encode()
    for line in reversed(lines):
        before, _, after = line.partition(b" - ")
        if before.split()[2] == number:
            return after.split()[0].decode("ascii", "replace")
    return ""


def mounts(path: bytes) -> set[bytes] | None:
    """The folders below, relative to *path*, on which a drive is mounted; None where none can tell."""
    try:
        with open("/proc/self/mountinfo", "rb") as table:
            places = [_unescaped(line.split()[4]) for line in table]
    except OSError:
        return None
    inside = path.rstrip(b"/") + b"/"
    return {place.removeprefix(inside) for place in places if place.startswith(inside)}


def _unescaped(name: bytes) -> bytes:
    """The kernel writes blanks and backslashes as numbers."""
    return re.sub(rb"\\([0-7]{3})", lambda code: bytes((int(code[1], 8),)), name)


def watches_left(folders: int) -> bool:
    """Whether the kernel lets us watch so many folders more, as far as it says."""
    try:
        with open("/proc/sys/fs/inotify/max_user_watches") as limit:
            return folders < int(limit.read())
    except (OSError, ValueError):
        return True

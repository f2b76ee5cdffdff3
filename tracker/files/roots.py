"""Opening what lies in a root, and nothing else, whatever is swapped in on the way."""

from __future__ import annotations

import errno
import os
import stat

from tracker.errors import Away, NotFound, Refused, TrackerError, Unreadable
from tracker.text import clean

FOLDER = os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC
# Not blocking on a pipe, not becoming anybody's terminal: it may be either by the time it is opened.
FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC

DRIVE = {errno.EIO, errno.ENXIO, errno.ENODEV, errno.ESTALE, errno.ENOTCONN, errno.EREMOTEIO}
DRIVE |= {errno.ETIMEDOUT, errno.EHOSTDOWN, errno.ESHUTDOWN}
"""What is said of a drive that was pulled or fails, and of a share that is gone."""
GONE = "it is not there any more"


def open_beneath(root: bytes, relative: bytes) -> int:
    """A descriptor to read the regular file *relative* to *root*; it may wait for a slow drive.

    Links are not followed on the way below the root, which may be reached through some.

    Raises:
        NotFound: it, or a folder on the way, is gone.
        Refused: a link lies on the way, or the path leads out of the root.
        Unreadable: it is no regular file.
        Away: the drive is gone, or fails.
        TrackerError: we may not read it.
        OSError: anything else.
    """
    parts = relative.split(b"/")
    if any(part in (b"", b".", b"..") or b"\0" in part for part in parts):
        raise Refused("its path leads out of the root; only files below a root are read")
    folder = _opened(root, FOLDER, None)
    try:
        for part in parts[:-1]:
            below = _opened(part, FOLDER | os.O_NOFOLLOW, folder)
            os.close(folder)
            folder = below
        return _regular(parts[-1], folder)
    finally:
        os.close(folder)


def _regular(name: bytes, folder: int) -> int:
    _insist(_looked_at(name, folder))  # first: to open a device may already do something
    descriptor = _opened(name, FILE, folder)
    try:
        _insist(os.fstat(descriptor).st_mode)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _insist(mode: int) -> None:
    if stat.S_ISLNK(mode):
        raise Refused("a link stands in its place; links are not followed")
    if not stat.S_ISREG(mode):
        raise Unreadable("it is no regular file")


def _looked_at(name: bytes, folder: int | None) -> int:
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
    except OSError as error:
        raise _said(error) from error


def _opened(name: bytes, flags: int, folder: int | None) -> int:
    try:
        if flags & os.O_PATH:
            return os.open(name, flags, dir_fd=folder)
        try:  # reading for our own ends is no access worth noting
            return os.open(name, flags | os.O_NOATIME, dir_fd=folder)
        except PermissionError:  # it is not our own file, or may not be read at all
            return os.open(name, flags, dir_fd=folder)
    except OSError as error:
        if error.errno == errno.ENOTDIR and folder is not None:
            _refuse_link(name, folder)
        raise _said(error) from error


def _refuse_link(name: bytes, folder: int) -> None:
    if stat.S_ISLNK(_looked_at(name, folder)):
        raise Refused("a link lies on the way to it; links are not followed")


def away(error: OSError) -> Away | None:
    """What to say where it is the drive that fails."""
    if error.errno not in DRIVE:
        return None
    reason = clean(error.strerror or str(error))
    return Away(f"the drive cannot read it ({reason}); see to the drive, then retry")


def _said(error: OSError) -> Exception:
    match error.errno:
        case errno.ENOENT | errno.ENOTDIR:
            return NotFound(GONE)
        case errno.ELOOP:
            return Refused("a link stands in its place; links are not followed")
        case errno.EACCES | errno.EPERM:
            return TrackerError("permission is denied; let this user read it, then retry")
    return away(error) or error

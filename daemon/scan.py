"""What really lies in a root: the walk, and what it means against what we knew. No waiting here."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from tracker.files.formats import is_audio, is_litter
from tracker.model import FileId, FileState, Seconds, Stamp
from tracker.store.files import Known

FEW = 50
SHARE = 0.05
"""So many files, or this share of a root, may vanish at once without a word from the user."""
LONG_AGO = 5
"""Times the settling time: a file whose inode was not touched for so long is at rest."""


@dataclass
class Seen:
    """The audio files at or beneath some places of a root, by path relative to it."""

    files: dict[bytes, Stamp] = field(default_factory=dict)
    folders: int = 0
    unreadable: list[bytes] = field(default_factory=list)
    """Folders that did not open: nothing is known of what lies in them."""


def walk(
    root: bytes,
    places: Iterable[bytes] = (b"",),
    *,
    ignore: tuple[str, ...] = (),
    stop: Callable[[], bool] = lambda: False,
) -> Seen:
    """Every audio file at or beneath *places*, relative to *root*; b"" is all of it.

    Links are not followed, pipes and devices not touched; other file systems mounted below the
    root are part of it. *stop* ends the walk midway, with the rest unreadable.
    """
    seen = Seen()
    folders: list[bytes] = []
    top = os.path.realpath(root)
    for place in places:
        if place == b"":
            folders.append(place)
        else:
            _begin(top, place, folders, seen, ignore)
    while folders:
        folder = folders.pop()
        if stop():
            seen.unreadable.append(b"")
            break
        seen.folders += 1
        try:
            with os.scandir(os.path.join(root, folder)) as entries:
                for entry in entries:
                    path = folder + b"/" + entry.name if folder else entry.name
                    _take(entry, path, folders, seen, ignore)
        except (FileNotFoundError, NotADirectoryError):
            continue  # it vanished, and what was in it
        except OSError:
            seen.unreadable.append(folder)
    return seen


def _begin(
    root: bytes, place: bytes, folders: list[bytes], seen: Seen, ignore: tuple[str, ...]
) -> None:
    """Look at one place that a hint named; one beneath litter or a link is none of ours.

    *root* is without links, as the user may have put one in its place.
    """
    parts = place.split(b"/")
    parent = os.path.join(root, *parts[:-1])
    if any(is_litter(part) or _ignored(part, ignore) for part in parts):
        return
    if os.path.realpath(parent) != parent:
        return
    try:
        status = os.lstat(os.path.join(root, place))
    except (FileNotFoundError, NotADirectoryError):
        return  # it vanished
    except OSError:
        seen.unreadable.append(place)
        return
    if stat.S_ISDIR(status.st_mode):
        folders.append(place)
    elif stat.S_ISREG(status.st_mode) and is_audio(parts[-1]):
        seen.files[place] = Stamp.of(status)


def _take(
    entry: os.DirEntry[bytes],
    path: bytes,
    folders: list[bytes],
    seen: Seen,
    ignore: tuple[str, ...],
) -> None:
    if is_litter(entry.name) or _ignored(entry.name, ignore):
        return
    try:
        if entry.is_dir(follow_symlinks=False):
            folders.append(path)
        elif is_audio(entry.name) and entry.is_file(follow_symlinks=False):
            status = entry.stat(follow_symlinks=False)
            seen.files[path] = Stamp.of(status)
    except FileNotFoundError:
        pass  # between listing and looking
    except OSError:
        seen.unreadable.append(path)


def _ignored(name: bytes, patterns: tuple[str, ...]) -> bool:
    text = os.fsdecode(name) if patterns else ""
    return any(fnmatchcase(text, pattern) for pattern in patterns)


@dataclass
class Difference:
    """What a walk saw that the catalogue does not say."""

    changed: dict[bytes, Stamp] = field(default_factory=dict)
    """New files, and those that are not as they were read."""
    returned: list[FileId] = field(default_factory=list)
    """Missing ones that are back, just as they were."""
    vanished: list[FileId] = field(default_factory=list)


def compare(seen: Seen, known: Mapping[bytes, Known]) -> Difference:
    """*known* are the files of the same places."""
    found = Difference()
    for path, stamp in seen.files.items():
        old = known.get(path)
        if old is None or old.stamp != stamp:
            found.changed[path] = stamp
        elif old.state is FileState.MISSING:
            found.returned.append(old.id)
    dark = tuple(folder + b"/" if folder else b"" for folder in seen.unreadable)
    for path, old in known.items():
        if (
            old.state is FileState.PRESENT
            and path not in seen.files
            and path not in seen.unreadable
            and not path.startswith(dark or (b"\0",))
        ):
            found.vanished.append(old.id)
    return found


def suspicious(vanished: int, present: int) -> bool:
    """Whether so many files at once look like an accident, and wait for the user's word."""
    return vanished > max(FEW, SHARE * present)


class Settling:
    """Which files have come to rest, of what the walks saw and when. No clock, no I/O."""

    def __init__(self, rest: Seconds) -> None:
        self.rest = rest
        self.since: dict[bytes, tuple[Stamp, Seconds]] = {}

    def look(
        self, changed: Mapping[bytes, Stamp], now: Seconds, wall_ns: int, *, whole: bool
    ) -> dict[bytes, Stamp]:
        """The files that are ready to be read.

        *now* is a clock that only goes forward, *wall_ns* the one that stamps are of. *whole* says
        that the walk covered the root: what it did not see is no longer waited for.
        """
        waited = {
            path: old if (old := self.since.get(path)) and old[0] == stamp else (stamp, now)
            for path, stamp in changed.items()
        }
        ready = {
            path: stamp
            for path, (stamp, since) in waited.items()
            if now - since >= self.rest or self._old(stamp, wall_ns)
        }
        self.since = ({} if whole else self.since) | waited
        for path in ready:
            del self.since[path]
        return ready

    def forget(self, paths: Iterable[bytes]) -> None:
        """These are not there any more."""
        for path in paths:
            self.since.pop(path, None)

    def _old(self, stamp: Stamp, wall_ns: int) -> bool:
        """The inode was last touched long ago; only the kernel writes that time."""
        return 0 < stamp.ctime_ns < wall_ns - LONG_AGO * self.rest * 1e9

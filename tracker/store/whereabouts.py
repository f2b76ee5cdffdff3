"""The catalogue's file, removed or replaced behind our back: noticed, and what it held is kept.

SQLite would go on writing to a file that no longer has a name, and all of that would be lost.
"""

from __future__ import annotations

import os
from contextlib import suppress
from itertools import chain, count
from pathlib import Path

import apsw

from tracker.errors import Unusable
from tracker.text import clean

BESIDE = ("", "-wal", "-shm")
"""What SQLite's own files are called, after the catalogue."""


class Whereabouts:
    """Where the open catalogue lies. Used by the thread that writes, and by no other."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.ours: dict[Path, tuple[int, int] | None] = {}
        self.lost: str | None = None
        """What became of it, once it is no longer there."""

    def note(self) -> None:
        """These are the files, now that they are open."""
        places = [self.path.with_name(self.path.name + ending) for ending in BESIDE]
        self.ours = {place: inode(place) for place in places}

    def check(self, connection: apsw.Connection) -> None:
        """Raises Unusable where the file at its path is another one, or none."""
        with suppress(OSError):  # a disk that fails: SQLite will say so
            if self.lost is None and inode(self.path) != self.ours[self.path]:
                self.lost = self._keep(connection)
        if self.lost is not None:
            raise Unusable(self.lost)

    def _keep(self, connection: apsw.Connection) -> str:
        """Save what the open file holds; says where it is now."""
        name = clean(os.fsencode(self.path))
        copy = free_place(self.path.with_name(f"{self.path.name}.lost"))
        said = f"{name} was removed or replaced while the daemon used it"
        try:
            connection.execute("VACUUM INTO ?", (str(copy),)).fetchall()
            for place, mark in self.ours.items():  # a WAL that outlives its file damages the next
                if mark is not None and inode(place) == mark:
                    place.unlink()
            os.link(copy, self.path)
            copy.unlink()
        except FileExistsError:
            return f"{said}; what it held is in {clean(os.fsencode(copy))}, start again to use the new one"
        except (OSError, apsw.Error) as error:
            return (
                f"{said}, and what it held cannot be kept ({clean(str(error))}); restore a backup"
            )
        return f"{said}; it was put back, `tracker stop` first to be rid of it, else start again"


def free_place(path: Path) -> Path:
    """*path*, or the first of `path.2`, `path.3` ... where nothing lies: that may be all there is."""
    places = (path.with_name(f"{path.name}.{number}") for number in count(2))
    return next(place for place in chain([path], places) if not os.path.lexists(place))


def inode(path: Path) -> tuple[int, int] | None:
    """Which file lies there; None where there is none. Raises OSError where that cannot be seen."""
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return status.st_dev, status.st_ino

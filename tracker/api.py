"""Everything a client may ask of the daemon.

This file is the protocol: the daemon implements these classes, the client
proxies them, the tests call the real ones in-process. A method is named once, here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

import msgspec

from tracker.model import (
    Alike,
    Analysis,
    Job,
    JobId,
    JobState,
    Page,
    Root,
    Status,
    Suggestion,
    Track,
    TrackId,
    TrackRow,
    Work,
)

PROTOCOL = 1
"""Raised when an older client or daemon could misunderstand; a new method or field is no reason."""


class TracksChanged(msgspec.Struct, frozen=True, tag=True):
    """These tracks look different now, or are new; read them again."""

    ids: list[TrackId]


class WorkChanged(msgspec.Struct, frozen=True, tag=True):
    """A job began, ended or was queued."""


class RootsChanged(msgspec.Struct, frozen=True, tag=True):
    """A root was added, removed, went offline or came back."""


class Reload(msgspec.Struct, frozen=True, tag=True):
    """Read everything again: the stream begins, or the client fell behind."""


Event = TracksChanged | WorkChanged | RootsChanged | Reload


class Tracks(Protocol):
    """Browse the catalogue.

    *query* is free text: every word must begin a word of title, artist, album, genre,
    label, comment or path; "several words" in quotes stand together; -word must not occur.
    *sort* is a list of fields, "-" before one reverses it: "key,-bpm". Unknown values come last.
    """

    async def page(
        self, query: str = "", *, sort: str = "", offset: int = 0, limit: int = 200
    ) -> Page[TrackRow]:
        """The tracks that match *query*, one window of them, as rows of the table."""
        ...

    async def find(
        self, query: str = "", *, sort: str = "", offset: int = 0, limit: int = 200
    ) -> Page[Track]:
        """The same with everything that is known about each."""
        ...

    async def get(self, track: TrackId) -> Track:
        """One track. Raises NotFound."""
        ...

    async def named(self, name: bytes) -> Track:
        """The one track of this id, path or query. Raises NotFound where none or several match."""
        ...

    async def heard(self, track: TrackId, features: tuple[str, ...] = ()) -> Analysis:
        """What measuring found, of these features, of all where none is named. Raises NotFound."""
        ...

    async def standing(self, track: TrackId) -> dict[str, float]:
        """Energy and HAMMS dimensions -> the share of the other tracks that have less of it.

        A dimension is absent where it is unknown, or known of too few others.
        """
        ...

    async def similar(self, tracks: tuple[TrackId, ...], *, limit: int = 20) -> list[Alike]:
        """What sounds like these tracks taken together, the most alike first.

        Nothing where none of them is measured yet, or none can be, as silence. Raises NotFound.
        """
        ...

    async def suggested(self, track: TrackId) -> list[Suggestion]:
        """Genre and mood, where the track has none and its neighbours' labels agree on one."""
        ...

    async def place(self, track: TrackId, query: str = "", *, sort: str = "") -> int | None:
        """At which offset of that list the track stands; None where it is not in it."""
        ...


class Roots(Protocol):
    """The watched folders."""

    async def all(self) -> list[Root]: ...

    async def add(self, path: bytes) -> Root:
        """Watch a folder from now on; it is looked through at once. An absolute path."""
        ...

    async def remove(self, path: bytes) -> Root:
        """Watch it no longer: its files become missing, and nothing about them is forgotten."""
        ...

    async def scan(self, path: bytes, *, confirm: bool = False) -> Root:
        """Look through a root now; *confirm* lets through what an earlier scan held back."""
        ...


class Jobs(Protocol):
    """Watch and steer background work."""

    async def page(
        self,
        states: tuple[JobState, ...] = (),
        *,
        offset: int = 0,
        limit: int = 200,
    ) -> Page[Job]:
        """Jobs, running ones first, then by priority and age; all states where none is named."""
        ...

    async def work(self) -> Work:
        """How far it is."""
        ...

    async def retry(self, jobs: tuple[JobId, ...] = ()) -> int:
        """Queue these failed and quarantined jobs again, or all of them; says how many."""
        ...

    async def cancel(self, jobs: tuple[JobId, ...]) -> int:
        """Take these out of the queue and stop them where they run; says how many.

        They stay listed as failed, "cancelled", until `retry` or a change of the file.
        """
        ...

    async def pause(self) -> None:
        """Begin no more measuring; reading new files goes on."""
        ...

    async def resume(self) -> None: ...


class Api(Protocol):
    @property
    def tracks(self) -> Tracks: ...

    @property
    def roots(self) -> Roots: ...

    @property
    def jobs(self) -> Jobs: ...

    async def status(self) -> Status: ...

    async def settled(self) -> None:
        """Answers when no file is unsettled and no job is queued or running."""
        ...

    async def stop(self) -> None:
        """End the daemon; running jobs are given back to the queue."""
        ...

    def events(self) -> AsyncIterator[Event]:
        """Everything that changes from now on."""
        ...

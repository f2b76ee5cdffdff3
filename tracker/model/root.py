"""A watched folder."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from tracker.model.units import Moment, RootId


class RootState(StrEnum):
    ONLINE = "online"
    POLLING = "polling"
    """Readable, but the kernel tells us nothing of changes: looked through now and then."""
    OFFLINE = "offline"
    """Gone, empty, unreadable, or another volume: none of its rows change."""
    REMOVED = "removed"
    """No longer watched; what is known about its files is kept."""


class Root(msgspec.Struct, frozen=True):
    id: RootId
    path: str
    """For display; the path itself is bytes and stays in the catalogue."""
    state: RootState
    files: int
    """Present ones."""
    missing: int = 0
    reason: str | None = None
    """Why it is offline, or what a scan holds back and how to let it through."""
    since: Moment | None = None
    """When it went offline."""
    path_raw: bytes | None = None
    """The path, where it differs from what is shown."""

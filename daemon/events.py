"""Telling every client what changed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable

from tracker.api import Event, Reload, TracksChanged
from tracker.model import TrackId

BACKLOG = 256
MOST = 5_000
"""Tracks in one event; of more a client had better read everything."""


class Events:
    def __init__(self) -> None:
        self.listeners: set[asyncio.Queue[Event]] = set()

    def publish(self, event: Event) -> None:
        for queue in self.listeners:
            if queue.full():
                start_over(queue)
            else:
                queue.put_nowait(event)

    def tracks(self, changed: Iterable[TrackId]) -> None:
        """These look different now."""
        ids = list(changed)
        if ids:
            self.publish(TracksChanged(ids) if len(ids) <= MOST else Reload())

    async def listen(self) -> AsyncIterator[Event]:
        """What happens from now on; the first event asks to read what was before."""
        queue: asyncio.Queue[Event] = asyncio.Queue(BACKLOG)
        start_over(queue)
        self.listeners.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self.listeners.discard(queue)


def start_over(queue: asyncio.Queue[Event]) -> None:
    """Trade what a listener has not heard for one `Reload`."""
    while not queue.empty():
        queue.get_nowait()
    queue.put_nowait(Reload())

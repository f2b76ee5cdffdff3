"""The command palette: every action that works here, and every track."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from tracker.errors import TrackerError
from tracker.model import TrackId
from tui import format as fmt
from tui import keys
from tui.format import row, say, styled

if TYPE_CHECKING:
    from tui.app import TrackerApp

TYPING = 0.08  # s of rest, before what was typed is looked for
TRACKS = 8


class Actions(Provider):
    """The keys table, as far as it works on the screen below."""

    def actions(self) -> list[keys.Key]:
        # the palette itself is the active screen by now: ask the one below
        ids = {one.binding.id for one in self.screen.active_bindings.values() if one.enabled}
        return [key for key in keys.TABLE if key.palette and key.id in ids]

    async def discover(self) -> Hits:
        for key in self.actions():
            yield DiscoveryHit(self.shown(key), partial(self.act, key.id), text=key.says)

    async def search(self, query: str) -> Hits:
        words = query.casefold().split()
        for key in self.actions():
            if all(word in key.says.casefold() for word in words):
                yield Hit(1.0, self.shown(key), partial(self.act, key.id), key.says)

    @staticmethod
    def shown(key: keys.Key) -> Content:
        return row([say(key.says), styled(f"  {keys.names(key.keys)}", "$text-accent")])

    async def act(self, id_: str) -> None:
        for one in self.screen.active_bindings.values():
            if one.binding.id == id_:
                await self.app.run_action(one.binding.action, one.node)
                return


class Tracks(Provider):
    """Jump to a track."""

    async def search(self, query: str) -> Hits:
        await asyncio.sleep(TYPING)  # a next key cancels this search
        app = cast("TrackerApp", self.app)
        try:
            page = await app.api.tracks.page(query, sort="title", limit=TRACKS)
        except TrackerError:
            return  # the banner says so
        for number, track in enumerate(page.rows):
            shown = say(fmt.name(track))
            yield Hit(0.5 - number / 100, shown, partial(self.go, track.id), shown.plain)

    async def go(self, track: TrackId) -> None:
        await cast("TrackerApp", self.app).show_track(track)

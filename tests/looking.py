"""The app on a catalogue, and what stands on its screen."""

from contextlib import asynccontextmanager

from shelf import shelf
from waiting import until

from tui.app import TrackerApp
from tui.widgets.line_list import LineList


class Look:
    """The app while it runs."""

    def __init__(self, app, pilot, api):
        self.app, self.pilot, self.api = app, pilot, api

    @property
    def table(self):
        return self.app.screen.query_one(LineList)

    def screen(self):
        """All lines, as a person sees them."""
        height = self.app.size.height
        lines = self.app.screen._compositor.render_strips()
        return [line.text.rstrip() for line in lines[:height]]

    def text(self):
        return "\n".join(self.screen())

    def rows(self):
        """The lines of the list, without its heading."""
        table = self.table
        return [table.render_line(y).text.rstrip() for y in range(1, table.size.height)]

    async def shows(self, *texts):
        await until(lambda: all(text in self.text() for text in texts))

    async def press(self, *keys):
        await self.pilot.press(*keys)

    async def told(self, *ids):
        """The daemon announces that these changed."""
        self.api.told.tracks(ids)


@asynccontextmanager
async def look(tmp_path, monkeypatch, *seeds, size=(120, 34), api=None, config=None, watch=False):
    """Open the app on what the *seeds* put in the catalogue."""
    for name in ("STATE", "CONFIG", "DATA", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    monkeypatch.setattr("tui.screens.library.NEWS", 0.05)
    monkeypatch.setattr("tui.screens.jobs.NEWS", 0.05)
    monkeypatch.setattr("tui.session.CALM", 0.05)
    tmp_path.mkdir(exist_ok=True)
    async with shelf(tmp_path, watch=watch) as service:
        for seed in seeds:
            await service.database.write(seed)
        app = TrackerApp(api or service, config)
        async with app.run_test(size=size, notifications=True) as pilot:
            yield Look(app, pilot, service)

"""The daemon goes, and comes back."""

from looking import look
from shelf import measured, put
from waiting import until

from tracker.errors import Invalid
from tracker.model import Tags
from tracker.rpc import connect, serve
from tracker.store import roots
from tui.app import TrackerApp


def song(db):
    put(db, roots.add(db, b"/music").id, b"a.flac", Tags(title="Ostia"), measured(124.0))


async def test_a_daemon_that_goes_is_said_and_comes_back(tmp_path, monkeypatch):
    monkeypatch.setattr("tui.session.AGAIN", 0.05)
    socket = tmp_path / "run" / "sock"
    async with look(tmp_path, monkeypatch, song) as first:
        serving = serve(first.api, socket)
        await serving.__aenter__()
        async with connect(socket) as api, look(tmp_path / "b", monkeypatch, api=api) as shown:
            await shown.shows("Ostia", "music-server")

            await serving.__aexit__(None, None, None)
            await shown.shows("no daemon", "What you see is the last that is known", "Ostia")
            await shown.press("slash", *"x")

            async with serve(first.api, socket):
                await until(lambda: "no daemon" not in shown.text())
                await shown.press("escape")
                await shown.shows("Ostia", "music-server")


async def test_what_the_daemon_refuses_is_a_toast_and_not_an_end(tmp_path, monkeypatch):
    async with look(tmp_path, monkeypatch, song) as shown:
        await shown.shows("Ostia")

        async def refuse(*_, **__):
            raise Invalid("there is no field 'x\x1b]0;pwned\x07' to sort by")

        monkeypatch.setattr(shown.api.tracks, "page", refuse)
        await shown.press("s", "y")

        await shown.shows("there is no field 'x␛]0;pwned␇' to sort by")


async def test_a_full_disk_is_said_for_as_long_as_it_is(tmp_path, monkeypatch):
    async with look(tmp_path, monkeypatch, song) as shown:
        await shown.shows("Ostia")
        status = shown.api.status

        async def full():
            from msgspec.structs import replace

            return replace(
                await status(), state="read-only", complaint="the disk is full; free some"
            )

        monkeypatch.setattr(shown.api, "status", full)
        shown.app.session.refresh()

        await shown.shows("● read-only", "the disk is full; free some")
        monkeypatch.setattr(shown.api, "status", status)
        shown.app.session.refresh()
        await until(lambda: "the disk is full" not in shown.text())


def test_a_field_that_begins_before_there_is_a_screen_ends_nothing():
    TrackerApp(None).clear_selection()

"""The panel of what sounds alike opens on `N`, follows the cursor, and leads on."""

import math
from array import array

from looking import look
from msgspec.structs import replace
from shelf import measured, put
from waiting import until

from tracker.errors import Broken
from tracker.model import Embedding, Tags
from tracker.store import roots
from tui.widgets.alike_table import AlikeTable, SoundsLike
from tui.widgets.track_table import TrackTable

HOSTILE = "\x1b[2J[red]\u202eesrever"


def sounding(angle, bpm, key):
    known = measured(bpm, key, 6)
    vector = array("f", [math.cos(angle), math.sin(angle)]).tobytes()
    return replace(known, measured=known.measured | {"embedding": 1}, embedding=Embedding(vector))


def songs(db):
    """The one after the other sounds a bit less like the first."""
    root = roots.add(db, b"/music").id
    for number, title in enumerate(["Arc", "Bow", "Coil", "Dune", HOSTILE, "Elm", "Fen"]):
        found = sounding(number * 0.2, 120.0 + number, f"{number + 5}A")
        put(db, root, f"{number}.flac".encode(), Tags(title=title), found)
    put(db, root, b"z.flac", Tags(title="Zero"), measured(100.0))


def listed(shown):
    return [one.track.title for one in shown.app.screen.query_one(AlikeTable).rows]


def why(shown):
    return shown.app.screen.query_one(SoundsLike).why.said.plain


async def test_it_opens_beside_the_list_follows_the_cursor_and_closes(tmp_path, monkeypatch):
    async with look(tmp_path, monkeypatch, songs) as shown:
        await shown.shows("Fen")
        await shown.press("down", "N")
        await until(lambda: listed(shown))
        table = shown.app.screen.query_one(TrackTable)
        await shown.press("home", "j")
        await shown.shows(f"Sounds like {table.chosen.title}")
        await until(lambda: table.chosen.title not in listed(shown) and len(listed(shown)) == 6)
        assert shown.app.focused is table

        await shown.press("N")

        await until(lambda: "Sounds like" not in shown.text())


async def test_each_neighbour_says_how_near_it_is_and_why(tmp_path, monkeypatch):
    async with look(tmp_path, monkeypatch, songs) as shown:
        await shown.press("slash", *"arc", "enter", "N")
        await shown.shows("Sounds like Arc")
        await until(lambda: listed(shown)[:3] == ["Bow", "Coil", "Dune"])
        await shown.shows("98 Bow", "−0.8%")
        assert why(shown).startswith("nearer than 99% of yours · -0.8% to match · up a fifth")

        await shown.press("tab", "tab", "j")
        await until(lambda: why(shown).startswith("nearer than 80%"))

        await shown.press("enter")
        await shown.shows("Sounds like Coil")
        assert shown.app.screen.query_one(TrackTable).chosen.title == "Coil"


async def test_on_a_small_terminal_it_takes_the_place_of_the_list(tmp_path, monkeypatch):
    async with look(tmp_path, monkeypatch, songs, size=(80, 24)) as shown:
        await until(lambda: shown.rows())
        await shown.press("slash", *"arc", "enter", "N")
        await shown.shows("Sounds like Arc", "Bow")
        await until(lambda: isinstance(shown.app.focused, AlikeTable))
        assert "BPM" not in shown.text()

        await shown.press("escape")
        await shown.shows("BPM")
        await shown.press("N", "d")
        await shown.shows("120.00 BPM")
        await shown.press("N", "enter")
        await until(lambda: "Length" in shown.text())


async def test_it_stays_in_reach_when_the_terminal_shrinks(tmp_path, monkeypatch):
    async with look(tmp_path, monkeypatch, songs) as shown:
        await shown.shows("Fen")
        await shown.press("N")
        await shown.shows("Sounds like")

        await shown.pilot.resize_terminal(80, 24)
        await until(lambda: isinstance(shown.app.focused, AlikeTable))
        await shown.press("escape")

        await shown.shows("Length")


async def test_several_selected_tracks_are_one_question(tmp_path, monkeypatch):
    async with look(tmp_path, monkeypatch, songs) as shown:
        await shown.shows("Fen")
        await shown.press("space", "space", "N")

        await shown.shows("Sounds like 2 tracks")
        await until(lambda: len(listed(shown)) == 5)


async def test_without_a_sound_or_without_means_it_says_so(tmp_path, monkeypatch):
    async with look(tmp_path, monkeypatch, songs) as shown:
        await shown.press("slash", *"zero", "enter", "N")
        await shown.shows("its sound is not measured")

        async def broken(tracks, *, limit):
            raise Broken("sqlite-vec is missing")

        monkeypatch.setattr(shown.api.tracks, "similar", broken)
        await shown.press("N", "N")
        await shown.shows("sqlite-vec is missing")


async def test_hostile_names_are_only_shown(tmp_path, monkeypatch):
    async with look(tmp_path, monkeypatch, songs) as shown:
        await shown.press("slash", *"elm", "enter", "N")
        await shown.shows("Sounds like Elm", "[red]")

        assert all(line.isprintable() for line in shown.screen())

import asyncio

from looking import look
from shelf import fill, measured, put
from waiting import until

from tracker.api import RootsChanged
from tracker.model import RootState, Tags
from tracker.store import roots, tracks
from tui.dialogs.folder import AddFolder
from tui.screens.library import in_sight
from tui.widgets.detail import Detail
from tui.widgets.field import Field

SONGS = [
    ("Glasshouse", "Mira Vale", 119.0, "4A", 3),
    ("Harbour", "Tidal Works", 123.97, "8A", 6),
    ("Ninth Window", "Okto", 125.5, "7A", 8),
    ("Ostia", "Northgate", 124.0, "8A", 7),
]


def songs(db):
    root = roots.add(db, b"/music").id
    for title, artist, bpm, key, energy in SONGS:
        tags = Tags(title=title, artists=(artist,))
        put(db, root, f"{title}.flac".encode(), tags, measured(bpm, key, energy))


def add(title, **tags):
    def seed(db):
        root = roots.add(db, b"/music").id
        return put(db, root, f"{title}.flac".encode(), Tags(title=title, **tags), measured(100.0))

    return seed


def titles(shown):
    return [line[3:].split("  ")[0] for line in shown.rows() if line.strip()]


async def test_the_library_is_a_table_with_the_panel_beside_it(tmp_path, monkeypatch):
    async with look(tmp_path, monkeypatch, songs) as shown:
        await until(lambda: titles(shown) == ["Glasshouse", "Harbour", "Ninth Window", "Ostia"])
        await shown.shows(
            "music-server", "4 tracks", "▸ Library", "119.00 BPM", "F minor", "95% sure"
        )

        await shown.press("j", "j", "j")

        await shown.shows("124.00 BPM", "A minor", "/music/", "✓ Ostia.flac")


async def test_a_filter_is_applied_as_it_is_typed_and_kept_or_cleared(tmp_path, monkeypatch):
    async with look(tmp_path, monkeypatch, songs) as shown:
        await until(lambda: len(titles(shown)) == 4)

        await shown.press("slash", *"no")
        await until(lambda: titles(shown) == ["Ostia"])
        await shown.shows("1 found")
        await shown.press("enter", "j")
        assert shown.app.focused is shown.table

        await shown.press("escape")
        await until(lambda: len(titles(shown)) == 4)
        await until(lambda: shown.table.chosen.title == "Ostia")


async def test_where_nothing_is_found_the_culprit_is_named(tmp_path, monkeypatch):
    async with look(tmp_path, monkeypatch, songs) as shown:
        await until(lambda: len(titles(shown)) == 4)

        await shown.press("slash", *"tidal xylo")

        await shown.shows("Nothing found for", "1 without xylo")
        await shown.press("escape")
        await until(lambda: len(titles(shown)) == 4)


async def test_any_column_sorts_and_the_cursor_stays_on_its_track(tmp_path, monkeypatch):
    async with look(tmp_path, monkeypatch, songs) as shown:
        await until(lambda: len(titles(shown)) == 4)
        await shown.press("j")

        await shown.press("s", "b")
        await until(lambda: titles(shown)[0] == "Glasshouse" and titles(shown)[1] == "Harbour")
        await shown.press("S")
        await until(lambda: titles(shown) == ["Ninth Window", "Ostia", "Harbour", "Glasshouse"])

        assert shown.table.chosen.title == "Harbour"
        await shown.shows("BPM▾", "by bpm ▾")


async def test_order_and_columns_are_remembered(tmp_path, monkeypatch):
    async with look(tmp_path, monkeypatch, songs) as shown:
        await until(lambda: len(titles(shown)) == 4)
        await shown.press("s", "e", "c", "J", "escape")
        await shown.shows("E▾")

    async with look(tmp_path, monkeypatch) as shown:
        await until(lambda: shown.table.total == 4)
        heading = shown.table.render_line(0).text

        assert heading.index("Artist") < heading.index("Title")
        assert shown.table.sort == "-energy"


async def test_what_is_uncertain_missing_or_wrong_looks_so(tmp_path, monkeypatch):
    def seed(db):
        root = roots.add(db, b"/music").id
        put(db, root, b"a.flac", Tags(title="A"), measured(124.0, "8A", sure=0.3))
        put(db, root, b"b.flac", Tags(title="B", bpm=62.0), measured(124.0))
        put(db, root, b"c.flac", complaint="it ends in the middle")
        put(db, root, b"d.flac", Tags(title="D"))

    async with look(tmp_path, monkeypatch, seed) as shown:
        await until(lambda: len(titles(shown)) == 4)
        guess, differing, broken, plain = shown.rows()[:4]

        assert "~124" in guess
        assert "~8A" in guess
        assert "≠" in differing or "62" in differing
        assert broken[:9] == "  !c.flac"
        assert plain.split() == ["D", "3:20"]


async def test_a_long_list_is_read_in_windows(tmp_path, monkeypatch):
    async with look(tmp_path, monkeypatch, lambda db: fill(db, 3000)) as shown:
        await until(lambda: shown.table.total == 3000)

        await shown.press("end")
        await until(lambda: (row := shown.table.chosen) and row.title == "Title 003000")
        assert len(shown.table.rows) < 400
        assert "Title 003000" in shown.rows()[-1]

        await shown.press("home")
        await until(lambda: (row := shown.table.chosen) and row.title == "Title 000001")


async def test_moving_through_a_window_asks_the_daemon_for_nothing(tmp_path, monkeypatch):
    async with look(tmp_path, monkeypatch, lambda db: fill(db, 3000)) as shown:
        await until(lambda: shown.table.total == 3000 and shown.table.rows)
        await shown.pilot.pause(0.1)
        monkeypatch.setattr(shown.api.tracks, "page", None)

        await shown.press(*["down"] * 30)

        await shown.shows("Title 000031")


async def test_rows_fill_in_by_themselves_until_someone_moves(tmp_path, monkeypatch):
    async with look(tmp_path, monkeypatch, songs) as shown:
        await until(lambda: len(titles(shown)) == 4)

        await shown.told(await shown.api.database.write(add("Aurora")))

        await until(lambda: titles(shown)[0] == "Aurora")
        assert shown.table.cursor == 0


async def test_what_arrives_later_waits_until_it_is_asked_for(tmp_path, monkeypatch):
    async with look(tmp_path, monkeypatch, songs) as shown:
        await until(lambda: len(titles(shown)) == 4)
        await shown.press("j", "j")
        before = titles(shown)

        await shown.told(await shown.api.database.write(add("Aurora")))
        await shown.shows("1 new, press .")
        assert titles(shown) == before

        await shown.press("full_stop")
        await until(lambda: titles(shown)[0] == "Aurora")
        assert shown.table.chosen.title == "Ninth Window"
        await until(lambda: "press ." not in shown.text())


async def test_a_measured_value_appears_where_its_row_stands(tmp_path, monkeypatch):
    async with look(tmp_path, monkeypatch, songs, add("Plain")) as shown:
        await until(lambda: len(titles(shown)) == 5)
        await shown.press("s", "b")
        await until(lambda: titles(shown)[0] == "Plain")
        await shown.press("j")
        plain = shown.table.row(0).id

        await shown.api.database.write(tracks.save_analysis, plain, measured(150.0))
        await shown.told(plain)

        await until(lambda: "150.00" in shown.rows()[0])
        await shown.shows("changed, press .")


async def test_scrolling_on_after_news_keeps_the_track_under_the_cursor(tmp_path, monkeypatch):
    async with look(tmp_path, monkeypatch, lambda db: fill(db, 2000)) as shown:
        await until(lambda: shown.table.rows)
        await shown.press(*["pagedown"] * 4)
        chosen = shown.table.chosen
        await shown.told(await shown.api.database.write(add("Aurora")))
        await shown.shows("1 new, press .")

        await shown.press(*["pagedown"] * 20)
        await until(lambda: "press ." not in shown.text())
        await shown.press(*["pageup"] * 20)

        await until(lambda: shown.table.chosen == chosen)


async def test_rows_are_selected_one_by_one_as_a_range_and_all(tmp_path, monkeypatch):
    async with look(tmp_path, monkeypatch, lambda db: fill(db, 1200)) as shown:
        await until(lambda: shown.table.rows)

        await shown.press("space", "space", "j", "v", "j", "j", "v")
        await until(lambda: len(shown.table.selected) == 5)
        await shown.shows("5 selected")
        assert [line[1] for line in shown.rows()[:7]] == list("✓✓ ✓✓✓ ")

        await shown.press("ctrl+a")
        await until(lambda: len(shown.table.selected) == 1200)

        await shown.press("escape")
        assert not shown.table.selected


async def test_a_row_is_copied_cleaned(tmp_path, monkeypatch):
    def seed(db):
        root = roots.add(db, b"/music").id
        put(db, root, b"x\x1b]52;c;QQ\x07.flac", Tags(title="T\x1b[31m", artists=("A",)))

    async with look(tmp_path, monkeypatch, seed) as shown:
        await until(lambda: shown.table.rows)

        await shown.press("ctrl+y", "t")
        await until(lambda: shown.app.clipboard == "A - T␛[31m")
        await shown.press("ctrl+y", "p")
        await until(lambda: shown.app.clipboard == "/music/x␛]52;c;QQ␇.flac")


async def test_on_a_narrow_terminal_the_panel_takes_the_place_of_the_list(tmp_path, monkeypatch):
    async with look(tmp_path, monkeypatch, songs, size=(80, 24)) as shown:
        await until(lambda: len(titles(shown)) == 4)
        detail = shown.app.screen.query_one(Detail)
        assert not in_sight(detail)

        await shown.press("d")
        await shown.shows("119.00 BPM")
        assert not shown.table.display

        await shown.press("escape")
        await until(lambda: shown.app.focused is shown.table)


async def test_the_panel_can_have_the_focus_and_gives_it_back(tmp_path, monkeypatch):
    async with look(tmp_path, monkeypatch, songs) as shown:
        await until(lambda: len(titles(shown)) == 4)

        await shown.press("enter")
        await until(lambda: isinstance(shown.app.focused, Detail))
        await shown.press("escape")
        assert shown.app.focused is shown.table


async def test_without_a_folder_it_says_what_to_do(tmp_path, monkeypatch):
    async with look(tmp_path, monkeypatch) as shown:
        await shown.shows("No folder is watched.", "a add one, Enter try the demo.")

        await shown.press("enter")
        await until(lambda: shown.app.return_value == "demo")


async def test_a_folder_is_added_and_taken_back(tmp_path, monkeypatch):
    music = tmp_path / "music"
    music.mkdir()
    async with look(tmp_path, monkeypatch, watch=True) as shown:
        await shown.shows("No folder is watched.")

        await shown.press("a")
        await until(lambda: isinstance(shown.app.screen, AddFolder))
        shown.app.screen.query_one(Field).value = f"{tmp_path}/mu"
        await shown.shows("/music/")
        await shown.press("tab", "enter")
        await shown.shows("Watching")
        await until(lambda: len(shown.app.session.watched) == 1)

        await shown.press("u")
        await until(lambda: not shown.app.session.watched)
        await shown.press("ctrl+r")
        await until(lambda: len(shown.app.session.watched) == 1)


async def test_a_folder_that_is_watched_already_stays_so(tmp_path, monkeypatch):
    music = tmp_path / "music"
    music.mkdir()

    def seed(db):
        roots.add(db, bytes(music))

    async with look(tmp_path, monkeypatch, seed, watch=True) as shown:
        await until(lambda: shown.app.session.watched)

        await shown.press("a")
        await until(lambda: isinstance(shown.app.screen, AddFolder))
        shown.app.screen.query_one(Field).value = str(music)
        await shown.press("enter")

        await shown.shows("Already watched")
        assert not shown.app.changes


async def test_rows_of_a_folder_that_is_offline_are_dim_and_a_line_says_since_when(
    tmp_path, monkeypatch
):
    async with look(tmp_path, monkeypatch, songs) as shown:
        await until(lambda: len(titles(shown)) == 4)
        [root] = await shown.api.roots.all()

        await shown.api.database.write(roots.tell, root.id, RootState.OFFLINE, "the drive is gone")
        shown.api.told.publish(RootsChanged())

        await shown.shows("/music is offline since", "the drive is gone")
        await until(lambda: shown.rows()[0][2] == "-")
        strip = shown.table.render_line(2)
        assert any(segment.style.dim for segment in strip if "Harbour" in segment.text)


async def test_below_60_by_15_one_sentence_says_so(tmp_path, monkeypatch):
    async with look(tmp_path, monkeypatch, songs, size=(58, 20)) as shown:
        await shown.shows("58 x 20 is too small: 60 x 15 are needed.")

        await shown.pilot.resize_terminal(60, 15)
        await shown.shows("Glasshouse")


async def test_a_storm_of_sizes_leaves_it_whole(tmp_path, monkeypatch):
    async with look(tmp_path, monkeypatch, lambda db: fill(db, 500)) as shown:
        await until(lambda: shown.table.rows)
        await shown.press("end")

        for width in (200, 61, 30, 111, 109, 80, 5, 1, 120):
            await shown.pilot.resize_terminal(width, 10 + width // 5)

        await until(lambda: "Title 000500" in shown.text())
        assert all(len(line) <= 120 for line in shown.screen())


async def test_the_palette_jumps_to_a_track(tmp_path, monkeypatch):
    async with look(tmp_path, monkeypatch, songs) as shown:
        await until(lambda: len(titles(shown)) == 4)

        await shown.press("ctrl+p", *"ostia")
        await shown.shows("Northgate - Ostia")
        await shown.press("enter")

        await until(lambda: shown.table.total == 4 and shown.table.chosen.title == "Ostia")


async def test_the_palette_does_what_a_key_does(tmp_path, monkeypatch):
    async with look(tmp_path, monkeypatch, songs) as shown:
        await until(lambda: len(titles(shown)) == 4)

        await shown.press("ctrl+p", *"settings watched")
        await shown.shows("Settings: the watched folders")
        await asyncio.sleep(0.2)
        await shown.press("enter")

        await shown.shows("▸ Settings")


async def test_help_shows_the_keys_of_this_place(tmp_path, monkeypatch):
    async with look(tmp_path, monkeypatch, songs) as shown:
        await until(lambda: len(titles(shown)) == 4)

        await shown.press("question_mark", *"column")
        await shown.shows("Sort by another column", "Choose and order the columns")
        await until(lambda: "Begin a range" not in shown.text())
        await shown.press("escape")
        assert shown.app.focused is shown.table


async def test_jump_mode_puts_a_letter_on_what_can_have_the_focus(tmp_path, monkeypatch):
    async with look(tmp_path, monkeypatch, songs) as shown:
        await until(lambda: len(titles(shown)) == 4)

        await shown.press("ctrl+o")
        await until(lambda: len(shown.app.screen_stack) == 2)
        await shown.press("a")

        await until(lambda: shown.app.focused is shown.app.screen.query_one("#filter"))


async def test_a_click_moves_the_cursor_and_on_a_heading_sorts(tmp_path, monkeypatch):
    async with look(tmp_path, monkeypatch, songs) as shown:
        await until(lambda: len(titles(shown)) == 4)

        await shown.pilot.click(shown.table, offset=(5, 3))
        assert shown.table.cursor == 2

        place = shown.table.render_line(0).text.index("Artist")
        await shown.pilot.click(shown.table, offset=(place, 0))
        await until(lambda: titles(shown)[0] == "Glasshouse" and shown.table.sort == "artist")

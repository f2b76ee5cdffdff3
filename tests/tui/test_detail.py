"""The panel shows what was measured as pictures and words, and nothing where nothing is known."""

import math
from array import array

import pytest
from looking import look
from msgspec.structs import replace
from shelf import measured, put
from waiting import until

from tracker.model import (
    Analysis,
    Beats,
    Cue,
    Embedding,
    Hamms,
    Quality,
    Section,
    Structure,
    Tags,
    Waveform,
)
from tracker.store import roots, tracks
from tui.widgets.detail import Detail

HOSTILE = "\x1b[2J[red]\u202eesrever"


def heard(*, bpm=124.0, valence=0.4, direction=0, label="break"):
    """All that a full measurement finds."""
    waves = [
        bytes(int(120 + 100 * math.sin(n / 60 + band)) for n in range(1_000)) for band in range(3)
    ]
    point = array("f", [0.05] * 8)
    point[direction] = 1.0
    length = math.hypot(*point)
    known = measured(bpm, "8A", 7, length=240.0, loudness=-8.1)
    return replace(
        known,
        measured=known.measured
        | dict.fromkeys(["beats", "waveform", "structure", "hamms", "quality", "embedding"], 1),
        beats=Beats(0.1, 400, period=0.5, metre=4, downbeat=1, stability=0.98, confidence=0.9),
        waveform=Waveform(*waves),
        structure=Structure(
            (
                Section(0.0, 60.0, "intro", 0.9), Section(60.0, 120.0),
                Section(120.0, 170.0, label, 0.8), Section(170.0, 240.0, "drop", 0.93),
            ),
            (Cue("mix-in", 0.0, 0.9), Cue("drop", 170.0, 0.93)),
            bytes(range(55, 255)),
        ),
        hamms=Hamms(
            bpm=0.45, key=0.6, energy=0.7, danceability=0.9, valence=valence, acousticness=0.1,
            confidence={"bpm": 0.9, "energy": 0.8, "danceability": 0.6, "valence": 0.2},
        ),
        quality=Quality(bandwidth=16_000.0, clips=12, longest_clip=40),
        embedding=Embedding(array("f", [value / length for value in point]).tobytes()),
    )  # fmt: skip


def shelf_of(count=8, **tags):
    """So many tracks of one sound, each called by its number."""

    def seed(db):
        root = roots.add(db, b"/music").id
        for number in range(count):
            found = heard(bpm=120.0 + number, valence=number / 10, direction=number % 2)
            title = Tags(title=f"Track {number}", artists=("Okto",), **tags)
            put(db, root, f"{number}.flac".encode(), title, found)

    return seed


def panel(shown):
    """The lines of the panel."""
    return "\n".join(part.plain for part in shown.app.screen.query_one(Detail).parts).split("\n")


async def test_a_recording_is_seen_at_one_glance(tmp_path, monkeypatch):
    async with look(tmp_path, monkeypatch, shelf_of()) as shown:
        await shown.shows("├──intro──┼")
        high, mid, low, ruler, marks, energy = panel(shown)[2:8]

        assert {len(line) for line in (high, mid, low, ruler, energy)} == {40}
        assert set(high + mid + low + energy) <= set("▁▂▃▄▅▆▇█")
        assert ruler == "├──intro──┼─────────┼─break─┼───drop───┤"
        assert marks == "▸in                         ▾drop"
        assert energy[0] < energy[-1] == "█"


async def test_numbers_stand_with_how_sure_they_are(tmp_path, monkeypatch):
    async with look(tmp_path, monkeypatch, shelf_of()) as shown:
        await shown.shows("HAMMS")
        await until(lambda: "  over 50% of yours" in "\n".join(panel(shown)))
        text = "\n".join(panel(shown))

        assert "120.00 BPM  95% sure" in text
        assert "  steady 98% · 4 a bar from 0:00.600" in text
        assert "energy  7 ▇▇▇▇▇▇▇▁▁▁  over 50% of yours" in text
        assert "! clipped 12 times, at most 40 samples at once" in text
        assert "sound up to 16.0 kHz" in text
        assert "       tempo ▇▇▇▁▁▁  danceability ▇▇▇▇▇▁" in text
        assert "      2:50  drop     93%" in text


async def test_where_nothing_was_measured_there_is_no_picture(tmp_path, monkeypatch):
    def plain(db):
        put(db, roots.add(db, b"/music").id, b"a.flac", Tags(title="Ostia"), measured(130.0))

    async with look(tmp_path, monkeypatch, plain) as shown:
        await shown.shows("130.00 BPM")

        assert not set("\n".join(panel(shown))) & set("├┼┤")
        assert "HAMMS" not in "\n".join(panel(shown))


async def test_on_a_small_terminal_all_of_it_is_reached(tmp_path, monkeypatch):
    async with look(tmp_path, monkeypatch, shelf_of(), size=(80, 24)) as shown:
        await shown.shows("Track 0")
        await shown.press("enter")
        await shown.shows("├──")
        await until(lambda: "over 0%" in "\n".join(panel(shown)))
        assert len(panel(shown)[2]) >= 76
        assert "✓ 0.flac" not in shown.text()

        await shown.press("end")

        await shown.shows("✓ 0.flac")


async def test_a_change_of_size_draws_the_pictures_anew(tmp_path, monkeypatch):
    async with look(tmp_path, monkeypatch, shelf_of(), size=(120, 34)) as shown:
        await shown.shows("├──")

        await shown.pilot.resize_terminal(80, 50)

        await until(lambda: len(panel(shown)[2]) > 70)


async def test_news_of_the_track_leaves_the_panel_where_it_was_scrolled_to(tmp_path, monkeypatch):
    async with look(tmp_path, monkeypatch, shelf_of(), size=(120, 24)) as shown:
        await shown.shows("├──")
        await shown.press("enter", "pagedown")
        detail = shown.app.screen.query_one(Detail)
        await until(lambda: detail.scroll_offset.y > 3)

        await shown.api.database.write(tracks.save_analysis, 1, heard(bpm=99.0))
        await shown.told(1)

        await until(lambda: "99.00 BPM" in "\n".join(panel(shown)))
        assert detail.scroll_offset.y > 3


async def test_only_the_track_under_the_cursor_is_asked_for(tmp_path, monkeypatch):
    monkeypatch.setattr("tui.screens.library.LOOKING", 1.0)  # longer than a busy machine takes
    async with look(tmp_path, monkeypatch, shelf_of(8)) as shown:
        await shown.shows("├──")
        asked, real = [], shown.api.tracks.heard

        async def counted(track, features=()):
            asked.append(track)
            return await real(track, features)

        monkeypatch.setattr(shown.api.tracks, "heard", counted)
        await shown.press(*["j"] * 6)

        await until(lambda: "126.00 BPM" in "\n".join(panel(shown)))
        assert len(asked) == 1, "those passed by are not"


async def test_a_hostile_label_is_only_shown(tmp_path, monkeypatch):
    def evil(db):
        root = roots.add(db, b"/music").id
        put(db, root, b"a.flac", Tags(title="Evil"), heard(label=HOSTILE))

    async with look(tmp_path, monkeypatch, evil) as shown:
        await shown.shows("Sections")
        assert all(one.isprintable() for one in panel(shown))


@pytest.mark.parametrize("label", ["Deep House", HOSTILE])
async def test_a_suggestion_is_a_question_with_its_voters(tmp_path, monkeypatch, label):
    def labelled(db):
        root = roots.add(db, b"/music").id
        for number in range(24):
            genre = (label,) if number % 2 else ("Folk",)
            tags = Tags(title=f"Voter {number}", artists=("Okto",), genres=genre)
            put(db, root, f"{number}.flac".encode(), tags, heard(direction=number % 2))
        put(db, root, b"asked.flac", Tags(title="Asked"), heard(direction=1))

    async with look(tmp_path, monkeypatch, labelled) as shown:
        await until(lambda: "genre? " in "\n".join(panel(shown)))
        text = "\n".join(panel(shown))

        assert shown.table.chosen.title == "Asked"
        assert "12 of the 12 most alike of your labelled tracks" in text
        assert "  · Okto - Voter" in text
        assert all(one.isprintable() for one in panel(shown))


async def test_without_voters_nothing_is_suggested(tmp_path, monkeypatch):
    async with look(tmp_path, monkeypatch, shelf_of(24)) as shown:
        await shown.shows("HAMMS")
        await until(lambda: "of yours" in "\n".join(panel(shown)))

        assert "?" not in "\n".join(panel(shown))


def test_an_analysis_of_nothing_is_no_line():
    from tui.widgets import measured as lines
    from tui.widgets.overview import overview

    nothing = Analysis(measured={})
    assert [*overview(nothing, 40, dark=True), *lines.hamms(nothing, {}, 40)] == []
    assert [*lines.sections(nothing), *lines.quality(nothing), *lines.beats(nothing)] == []

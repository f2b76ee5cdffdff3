"""Lists are found, sorted and read in windows; what is shown follows from what is known."""

import pytest
from catalogue import add_file, add_root, add_track, analysis, reading

from tracker.errors import Invalid, NotFound
from tracker.model import JobState, Tags
from tracker.store import jobs, tracks


def titles(db, query="", **how):
    return [row.title for row in tracks.page(db, query, **how).rows]


@pytest.fixture
def library(db):
    root = add_root(db)
    for number, (artist, title, bpm, key, year) in enumerate(
        [
            ("Northgate", "Ostia", 124.0, "8A", 2019),
            ("Tidal Works", "Harbour (Dub Mix)", 123.97, "10B", None),
            ("Björk", "Jóga", None, "2A", 1997),
            ("AC/DC", "T.N.T. 100%", 134.0, None, 1975),
            ("Okto", "Élan 2", 125.5, "7A", 2020),
            ("Okto", "Élan 10", 98.0, "7B", 2020),
        ]
    ):
        measured = analysis(bpm, key)
        add_track(
            db, root, b"m/%02d_file.mp3" % number,
            measured=measured, artists=(artist,), title=title, year=year,
        )  # fmt: skip
    return db


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("ostia", ["Ostia"]),
        ("OST", ["Ostia"]),
        ("north ost", ["Ostia"]),
        ("bjork", ["Jóga"]),
        ("björk joga", ["Jóga"]),
        ("ac/dc", ["T.N.T. 100%"]),
        ("t.n.t", ["T.N.T. 100%"]),
        ("100%", ["T.N.T. 100%"]),
        ('"dub mix"', ["Harbour (Dub Mix)"]),
        ('"mix dub"', []),
        ("okto -10", ["Élan 2"]),
        ("-okto -ostia -harbour -joga", ["T.N.T. 100%"]),
        ("03_file", ["T.N.T. 100%"]),
        ('NOT OR AND "', []),
        ("*", ["Élan 2", "Élan 10", "Harbour (Dub Mix)", "Jóga", "Ostia", "T.N.T. 100%"]),
        ("' ; drop table track --", []),
    ],
)
def test_a_search_means_what_it_says(library, query, found):
    assert titles(library, query) == found


@pytest.mark.parametrize(
    ("sort", "first", "last"),
    [
        ("", "Élan 2", "T.N.T. 100%"),
        ("-title", "T.N.T. 100%", "Élan 2"),
        ("bpm", "Élan 10", "Jóga"),
        ("-bpm", "T.N.T. 100%", "Jóga"),
        ("key", "Jóga", "T.N.T. 100%"),
        ("-key", "Harbour (Dub Mix)", "T.N.T. 100%"),
        ("year", "T.N.T. 100%", "Harbour (Dub Mix)"),
        ("-year,bpm", "Élan 10", "Harbour (Dub Mix)"),
        ("path", "Ostia", "Élan 10"),
    ],
)
def test_any_column_sorts_and_what_is_unknown_comes_last(library, sort, first, last):
    found = titles(library, sort=sort)
    assert (found[0], found[-1]) == (first, last)
    assert len(found) == 6


@pytest.mark.parametrize("sort", ["", "bpm", "-bpm", "-key,title", "year", "-artist"])
@pytest.mark.parametrize("query", ["", "file"])
def test_windows_put_together_are_the_whole_list(library, sort, query):
    whole = titles(library, query, sort=sort)
    for size in (1, 2, 4):
        pieces = [
            titles(library, query, sort=sort, offset=at, limit=size) for at in range(0, 8, size)
        ]
        assert [title for piece in pieces for title in piece] == whole
    assert tracks.page(library, query, sort=sort, offset=4, limit=1).total == 6


@pytest.mark.parametrize("sort", ["", "bpm", "-key,title", "-year"])
def test_the_place_of_a_track_is_its_offset(library, sort):
    whole = [row.id for row in tracks.page(library, "file", sort=sort).rows]
    assert [tracks.place(library, track, "file", sort=sort) for track in whole] == list(range(6))
    assert tracks.place(library, whole[0], "nothing like this") is None


def test_an_unknown_sort_field_names_the_known_ones(library):
    with pytest.raises(Invalid, match="bpm"):
        tracks.page(library, sort="colour")


@pytest.mark.parametrize("name", [b"\xff", b"", b"...", b'"'])
def test_a_name_of_no_word_is_not_the_name_of_all(db, name):
    add_track(db, add_root(db), b"a.mp3")

    with pytest.raises(NotFound, match="names no track"):
        tracks.named(db, name)


def test_a_field_named_again_and_again_sorts_once(library):
    assert titles(library, sort="-bpm," * 5_000 + "title") == titles(library, sort="-bpm,title")


def test_a_track_is_named_by_id_path_or_a_query_that_matches_one(library):
    one = tracks.named(library, b"ostia")
    assert one.title == "Ostia"
    assert tracks.named(library, str(one.id).encode()) == one
    assert tracks.named(library, b"/music/m/00_file.mp3") == one
    with pytest.raises(NotFound, match="2 tracks match 'okto'"):
        tracks.named(library, b"okto")
    with pytest.raises(NotFound, match="no track matches"):
        tracks.named(library, b"/music/m/99.mp3")
    with pytest.raises(NotFound, match="no track 999"):
        tracks.named(library, b"999")


def test_measuring_is_believed_before_tags_and_dj_software_before_both(db):
    root = add_root(db)
    tagged = {"bpm": 62.0, "key": "1A"}
    plain = add_track(db, root, b"a.mp3", **tagged)
    assert (tracks.get(db, plain).bpm, tracks.get(db, plain).sources["bpm"]) == (62.0, "tags")

    tracks.save_analysis(db, plain, analysis(124.0, "8A"))
    shown = tracks.get(db, plain)
    assert (shown.bpm, shown.key, shown.sources["bpm"]) == (124.0, "8A", "measured")
    assert tracks.page(db).rows[0].differs == "bpm key"

    dj = tracks.get(
        db, add_track(db, root, b"b.mp3", measured=analysis(), dj=("serato",), **tagged)
    )
    assert (dj.bpm, dj.key, dj.sources["key"]) == (62.0, "1A", "dj")
    assert dj.bpm_confidence is None


def test_what_is_unknown_is_absent(db):
    root = add_root(db)
    track = tracks.get(db, add_track(db, root, b"a.mp3", measured=analysis(None, None)))
    assert (track.bpm, track.key, track.key_name, track.title, track.rating) == (None,) * 5


def test_why_a_track_could_not_be_measured_is_shown_with_it(db):
    root = add_root(db)
    add_file(db, root, b"a.mp3", reading(b"audio", Tags(title="Ostia")))
    order = jobs.claim(db, jobs.begin(db), (), paused=False)
    jobs.fail(db, order.job, JobState.QUARANTINED, "a.mp3 is not audio we can decode", None)
    tracks.refresh(db, order.job.track)

    assert tracks.page(db).rows[0].complaint == "a.mp3 is not audio we can decode"
    assert tracks.get(db, order.job.track).error == "a.mp3 is not audio we can decode"


def test_a_path_that_is_not_text_is_shown_clean_and_kept_raw(db):
    root = add_root(db)
    track = tracks.get(db, add_track(db, root, b"Bj\xf6rk\n\x1b[31m.mp3"))
    assert track.path == "/music/Bj\ufffdrk␊␛[31m.mp3"
    assert track.path_raw == b"/music/Bj\xf6rk\n\x1b[31m.mp3"
    assert tracks.named(db, track.path_raw).id == track.id


def test_the_free_text_index_agrees_with_the_catalogue(library):
    library.execute("INSERT INTO track_text (track_text) VALUES ('integrity-check')")
    library.execute("UPDATE track SET title = 'Renamed' WHERE title = 'Ostia'")
    library.execute("INSERT INTO track_text (track_text) VALUES ('integrity-check')")
    assert titles(library, "renamed") == ["Renamed"]
    assert titles(library, "ostia") == []

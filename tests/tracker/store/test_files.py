"""A track is its audio: tags, names and places come and go around it."""

from catalogue import READER, STAMP, add_file, add_root, add_track, analysis, reading

from tracker.model import FileState, Kind, Stamp, Tags
from tracker.store import files, jobs, tracks


def rows(db, query=""):
    return tracks.page(db, query).rows


def test_a_retagged_moved_and_renamed_file_keeps_its_track_and_its_analysis(db):
    root = add_root(db)
    track = add_track(db, root, b"in/01.mp3", essence=b"audio", measured=analysis(), title="Old")

    files.vanished(db, [files.known(db, root)[b"in/01.mp3"].id])
    add_file(db, root, b"out/Ostia.mp3", reading(b"audio", Tags(title="Ostia")))

    [row] = rows(db)
    assert (row.id, row.title, row.bpm, row.state) == (track, "Ostia", 124.0, FileState.PRESENT)
    assert list(files.known(db, root)) == [b"out/Ostia.mp3"]
    assert jobs.page(db).total == 0


def test_a_move_seen_the_other_way_round_is_a_move_too(db):
    root = add_root(db)
    track = add_track(db, root, b"a.mp3", essence=b"audio", measured=analysis())
    add_file(db, root, b"b.mp3", reading(b"audio"))

    files.vanished(db, [files.known(db, root)[b"a.mp3"].id])

    assert [row.id for row in rows(db)] == [track]
    assert list(files.known(db, root)) == [b"b.mp3"]


def test_an_old_copy_that_vanishes_is_missing_and_not_forgotten(db):
    root = add_root(db)
    track = add_track(db, root, b"a.mp3", essence=b"audio", measured=analysis())
    add_file(db, root, b"b.mp3", reading(b"audio"))
    db.execute("UPDATE file SET added = added - 86400")

    files.vanished(db, [files.known(db, root)[b"b.mp3"].id])

    states = {file.path: file.state for file in tracks.get(db, track).files}
    assert states == {"/music/a.mp3": FileState.PRESENT, "/music/b.mp3": FileState.MISSING}


def test_two_copies_are_one_track_with_two_files_each_with_its_own_tags(db):
    root = add_root(db)
    add_file(db, root, b"a.mp3", reading(b"audio"))
    add_file(db, root, b"b.mp3", reading(b"audio", Tags(title="Ostia", artists=("Northgate",))))

    [row] = rows(db)
    track = tracks.get(db, row.id)
    assert (row.title, track.path) == ("Ostia", "/music/b.mp3")
    assert [file.tags.title for file in track.files] == [None, "Ostia"]
    assert [job.kind for job in jobs.page(db).rows] == [Kind.MEASURE]


def test_a_missing_file_that_returns_as_it_was_is_not_read_again(db):
    root = add_root(db)
    track = add_track(db, root, b"a.mp3", measured=analysis(), title="Ostia")
    file = files.known(db, root)[b"a.mp3"].id
    files.vanished(db, [file])
    assert rows(db)[0].state is FileState.MISSING

    assert files.returned(db, [file]) == [track]

    assert (rows(db)[0].state, jobs.page(db).total) == (FileState.PRESENT, 0)


def test_a_file_that_vanishes_before_it_is_measured_leaves_that_to_its_copy(db):
    root = add_root(db)
    add_file(db, root, b"a.mp3", reading(b"audio", Tags(title="x")))
    add_file(db, root, b"b.mp3", reading(b"audio"))
    db.execute("UPDATE file SET added = added - 86400")

    files.vanished(db, [files.known(db, root)[b"a.mp3"].id])

    [job] = jobs.page(db).rows
    assert (job.kind, job.path) == (Kind.MEASURE, "/music/b.mp3")


def test_files_without_audio_are_tracks_of_their_own(db):
    root = add_root(db)
    add_file(db, root, b"a.mp3", reading(None, Tags(title="A")))
    add_file(db, root, b"b.mp3", reading(None, Tags(title="B")))
    assert [row.title for row in rows(db)] == ["A", "B"]

    add_file(db, root, b"a.mp3", reading(b"audio", Tags(title="A")), stamp=Stamp(2, 2, 2))

    assert [row.title for row in rows(db)] == ["A", "B"]


def test_a_file_that_holds_other_audio_now_is_another_track(db):
    root = add_root(db)
    old = add_track(db, root, b"a.mp3", essence=b"one", measured=analysis(), title="One")

    add_file(db, root, b"a.mp3", reading(b"two", Tags(title="Two")), stamp=Stamp(2, 2, 2))

    [row] = rows(db)
    assert (row.title, row.bpm, row.id != old) == ("Two", None, True)
    assert tracks.get(db, old).bpm == 124.0
    add_file(db, root, b"again.mp3", reading(b"one", Tags(title="One")))
    assert {row.id for row in rows(db)} == {old, row.id}


def test_where_only_the_whole_file_names_the_audio_the_track_follows_it_and_is_measured_again(db):
    root = add_root(db)
    file = add_file(db, root, b"a.xyz", reading(b"v1", Tags(title="A"), rule="whole file"))
    [before] = rows(db)
    tracks.save_analysis(db, before.id, analysis())
    db.execute("DELETE FROM job")

    changed = reading(b"v2", Tags(title="B"), rule="whole file")
    assert add_file(db, root, b"a.xyz", changed, stamp=Stamp(2, 2, 2)) == file

    [after] = rows(db)
    assert (after.id, after.title, after.bpm) == (before.id, "B", None)
    assert jobs.page(db).total == 1


def test_known_files_of_a_place_are_that_file_or_those_beneath_it(db):
    root = add_root(db)
    names = [b"a", b"a/b.mp3", b"a/c/d.mp3", b"ab.mp3", b"a.mp3", b"a/\xff\xff.mp3"]
    files.found(db, root, dict.fromkeys(names, STAMP))

    assert set(files.known(db, root, b"a")) == {b"a", b"a/b.mp3", b"a/c/d.mp3", b"a/\xff\xff.mp3"}
    assert set(files.known(db, root, b"a.mp3")) == {b"a.mp3"}
    assert set(files.known(db, root)) == set(names)


def test_moved_files_are_not_counted_among_the_lost(db):
    root = add_root(db)
    add_file(db, root, b"a.mp3", reading(b"one"))
    add_file(db, root, b"b.mp3", reading(b"one"))
    add_file(db, root, b"c.mp3", reading(b"two"))
    known = files.known(db, root)

    assert files.without_another(db, [known[b"a.mp3"].id, known[b"c.mp3"].id]) == 1


def test_a_file_that_comes_back_just_when_its_copy_made_it_forgotten_is_left_to_the_next_look(db):
    root = add_root(db)
    track = add_track(db, root, b"a.mp3", essence=b"audio", measured=analysis())
    gone = files.known(db, root)[b"a.mp3"].id
    files.vanished(db, [gone])
    add_file(db, root, b"b.mp3", reading(b"audio"))

    assert files.returned(db, [gone]) == []
    assert files.without_another(db, [gone]) == 0

    assert [row.id for row in rows(db)] == [track]


def test_a_changed_file_that_left_before_it_was_read_is_read_when_it_is_back(db):
    root = add_root(db)
    track = add_track(db, root, b"a.mp3", essence=b"audio", measured=analysis(), title="Old")
    files.found(db, root, {b"a.mp3": Stamp(2_000, 2, 2)})

    number = files.known(db, root)[b"a.mp3"].id
    files.vanished(db, [number])
    assert jobs.page(db).total == 0
    files.returned(db, [number])

    assert [(job.kind, job.track) for job in jobs.page(db).rows] == [(Kind.READ, track)]


def test_a_file_renamed_twice_before_anybody_looked_leaves_no_place_behind(db):
    root = add_root(db)
    track = add_track(db, root, b"a.mp3", essence=b"audio", measured=analysis())
    add_file(db, root, b"b.mp3", reading(b"audio", Tags()))
    files.found(db, root, {b"c.mp3": STAMP})
    known = files.known(db, root)
    files.vanished(db, [known[b"a.mp3"].id, known[b"b.mp3"].id])

    files.read(db, known[b"c.mp3"].id, reading(b"audio", Tags()), READER)

    assert set(files.known(db, root)) == {b"c.mp3"}
    assert [row.id for row in rows(db)] == [track]


def test_a_file_renamed_to_and_fro_leaves_no_place_behind(db):
    root = add_root(db)
    track = add_track(db, root, b"a.mp3", essence=b"audio", measured=analysis())
    add_file(db, root, b"b.mp3", reading(b"audio", Tags()))

    add_file(db, root, b"a.mp3", reading(b"audio", Tags()), stamp=Stamp(1_000, 1, 2))
    files.vanished(db, [files.known(db, root)[b"b.mp3"].id])

    assert set(files.known(db, root)) == {b"a.mp3"}
    assert [row.id for row in rows(db)] == [track]


def test_a_file_that_vanishes_before_it_was_read_was_never_there(db):
    root = add_root(db)
    files.found(db, root, {b"a.mp3": STAMP})

    assert files.vanished(db, [files.known(db, root)[b"a.mp3"].id]) == []

    assert (files.known(db, root), files.counts(db), jobs.page(db).total) == ({}, (0, 0), 0)


def test_a_place_where_other_audio_may_lie_by_now_is_not_where_a_file_was_moved_to(db):
    root = add_root(db)
    track = add_track(db, root, b"a.mp3", essence=b"audio", measured=analysis())
    add_file(db, root, b"b.mp3", reading(b"audio", Tags()))
    files.found(db, root, {b"b.mp3": Stamp(2, 2, 2)})

    files.vanished(db, [files.known(db, root)[b"a.mp3"].id])
    files.read(db, files.known(db, root)[b"b.mp3"].id, reading(b"other", Tags()), READER)

    assert {(row.id == track, row.state) for row in rows(db)} == {
        (True, FileState.MISSING),
        (False, FileState.PRESENT),
    }

"""What sounds alike is found exactly; a label is suggested where the user's own tracks agree."""

import math
import random
from array import array

import pytest
from catalogue import add_root, add_track, analysis
from msgspec.structs import replace

from tracker.errors import Broken, Invalid, NotFound
from tracker.mixing.reasons import pitch
from tracker.model import Analysis, Embedding, Hamms, Tags
from tracker.store import alike, sounds, tracks
from tracker.store.database import Database, open_for_reading, open_for_writing

SIZE = 8


@pytest.fixture
def db(tmp_path):
    """Written to and read from by one connection, for it can compare vectors."""
    open_for_writing(tmp_path / "catalogue.db").close()
    connection = open_for_reading(tmp_path / "catalogue.db")
    connection.close()
    connection = open_for_writing(tmp_path / "catalogue.db")
    from tracker.store.database import extend

    extend(connection)
    yield connection
    connection.close()


def unit(values):
    length = math.hypot(*values)
    return [value / length for value in values]


def vector(values):
    return array("f", unit(values)).tobytes()


def around(direction, spread, chance):
    """A point near that axis."""
    return [spread * chance.gauss(0, 1) + (place == direction) for place in range(SIZE)]


def sound(values, *, version=1, hamms=None, **known):
    found = analysis(**known)
    return replace(
        found,
        measured=found.measured | {"embedding": version, "hamms": 1},
        embedding=Embedding(vector(values)),
        hamms=hamms,
    )


def library(db, *groups, spread=0.2, first=0):
    """Tracks around one axis each; *groups* are (how many, tags)."""
    chance, root, made = random.Random(first), add_root(db), []
    for direction, (count, tags) in enumerate(groups):
        for number in range(count):
            path = f"{first} {direction} {number}.mp3".encode()
            heard = sound(around(direction, spread, chance))
            made.append(add_track(db, root, path, measured=heard, title=path.decode(), **tags))
    return made


def test_the_nearest_are_those_of_a_full_sort(db):
    library(db, (30, {}), (30, {}), (30, {}))
    points = {
        track: array("f", value) for track, value in db.execute("SELECT track, value FROM vector")
    }
    mine = points.pop(5)

    found = alike.similar(db, [5], limit=10)

    cosines = {t: sum(a * b for a, b in zip(mine, p, strict=True)) for t, p in points.items()}
    expected = sorted(cosines, key=lambda track: -cosines[track])[:10]
    assert [one.track.id for one in found] == expected
    assert [one.likeness for one in found] == pytest.approx(
        [cosines[track] for track in expected], abs=1e-4
    )
    assert found[0].distance == pytest.approx(1 - found[0].likeness)
    assert found[0].percentile == 1
    assert found[9].percentile == pytest.approx(1 - 9 / 88, abs=1e-4)


def test_each_says_what_else_they_have_in_common(db):
    root = add_root(db)
    ours = add_track(db, root, b"a.mp3", measured=sound([1, 0], bpm=124.0, key="8A", energy=7))
    add_track(db, root, b"b.mp3", measured=sound([1, 0.1], bpm=122.0, key="9A", energy=6))
    add_track(db, root, b"c.mp3", measured=sound([1, 0.2], bpm=None, key=None))

    near, far = alike.similar(db, [ours])

    assert near.reasons == ("+1.6% to match", "up a fifth", "energy -1")
    assert (near.key_move, near.pitch_percent) == ("up a fifth", pitch(124.0, 122.0))
    assert (far.key_move, far.pitch_percent, far.reasons) == (None, None, ("same energy",))
    assert near.percentile is None  # of two, that says nothing
    assert near.to == ours


def test_several_tracks_are_asked_about_together(db):
    made = library(db, (10, {}), (10, {}), (10, {}))

    found = alike.similar(db, [made[0], made[10]], limit=18)

    assert {one.track.id for one in found} == {*made[1:10], *made[11:20]}
    assert {one.to for one in found if one.track.id in made[:10]} == {made[0]}
    assert {one.to for one in found if one.track.id in made[10:20]} == {made[10]}


def test_only_what_was_measured_by_the_same_version_is_compared(db):
    root = add_root(db)
    ours, old, new = (
        add_track(db, root, name, measured=sound([1, 0.1 * version], version=version))
        for name, version in ((b"a.mp3", 2), (b"b.mp3", 1), (b"c.mp3", 2))
    )

    assert [one.track.id for one in alike.similar(db, [ours])] == [new]
    assert alike.similar(db, [old]) == []


def test_a_point_of_another_size_disturbs_nobody(db):
    [one, other, third] = library(db, (3, {}))
    odd = Embedding(array("f", [1.0]).tobytes())
    tracks.save_analysis(db, other, Analysis(measured={"embedding": 1}, embedding=odd))

    assert [found.track.id for found in alike.similar(db, [one])] == [third]


def test_what_is_not_measured_or_silent_is_like_nothing(db):
    library(db, (5, {}))
    root = add_root(db)
    fresh = add_track(db, root, b"fresh.mp3")
    silence = add_track(
        db, root, b"silence.mp3", measured=Analysis(measured={"embedding": 1, "hamms": 1})
    )

    assert alike.similar(db, [fresh]) == alike.similar(db, [silence]) == []
    assert fresh not in {one.track.id for one in alike.similar(db, [1])}
    with pytest.raises(NotFound):
        alike.similar(db, [999])


def test_a_track_that_is_measured_again_has_its_new_sound(db):
    [one, other] = library(db, (1, {}), (1, {}))

    tracks.save_analysis(db, other, sound([1.0] + [0.0] * (SIZE - 1), version=1))
    assert alike.similar(db, [one])[0].likeness > 0.8

    tracks.save_analysis(db, other, Analysis(measured={"embedding": 1}))
    assert alike.similar(db, [one]) == []
    assert db.execute("SELECT count(*) FROM hamms").get == 0


def test_a_track_whose_audio_changed_has_no_sound_any_more(db):
    [one, other] = library(db, (2, {}))

    db.execute("DELETE FROM analysis WHERE track = ?", (other,))

    assert alike.similar(db, [one]) == []


def test_without_sqlite_vec_a_sentence_says_what_is_missing(db, tmp_path):
    [one, _] = library(db, (2, {}))
    plain = open_for_writing(tmp_path / "catalogue.db")

    with pytest.raises(Broken, match="sqlite-vec"):
        alike.similar(plain, [one])

    plain.close()


# Where it stands


def measured(db, *hamms, energies=None):
    root, energies = add_root(db), energies or [5] * len(hamms)
    return [
        add_track(
            db, root, f"{number}.mp3".encode(),
            measured=sound([1, number], hamms=values, energy=energy),
        )
        for number, (values, energy) in enumerate(zip(hamms, energies, strict=True))
    ]  # fmt: skip


def test_a_standing_is_the_share_of_the_others_that_have_less(db):
    made = measured(
        db, *(Hamms(valence=number / 10, key=0.5) for number in range(11)), energies=range(1, 12)
    )

    assert alike.standing(db, made[0]) == {"energy": 0, "valence": 0}
    assert alike.standing(db, made[5]) == {"energy": 0.5, "valence": 0.5}
    assert alike.standing(db, made[10]) == {"energy": 1, "valence": 1}


def test_equal_ones_share_their_place(db):
    made = measured(db, *(Hamms(valence=0.4) for _ in range(9)))

    assert alike.standing(db, made[3]) == {"energy": 0.5, "valence": 0.5}


def test_among_few_or_where_nothing_is_known_there_is_no_standing(db):
    made = measured(db, *[Hamms(valence=0.4)] * 4, *[Hamms(bpm=0.2)] * 5, None)

    assert alike.standing(db, made[0]) == {"energy": 0.5}
    assert alike.standing(db, made[-1]) == {"energy": 0.5}
    assert alike.standing(db, 999) == {}


# What the neighbours say


def test_neighbours_that_agree_suggest_their_label_and_are_named(db):
    made = library(
        db, (15, {"genres": ("Deep House", "House")}), (15, {"genres": ("Folk",)}), (1, {})
    )
    asked = add_track(
        db, add_root(db), b"asked.mp3", measured=sound(around(0, 0.1, random.Random(7)))
    )

    [found] = alike.suggested(db, asked)

    assert (found.field, found.value) == ("genre", "Deep House")
    assert {voter.id for voter in found.voters} == set(made[:15])
    assert "15 of the 15 most alike of your labelled tracks are Deep House, as are 50%" in found.why
    assert 0.5 < found.confidence < 1


def test_a_label_is_one_however_it_is_spelled(db):
    library(db, (4, {"genres": ("Techno",)}), first=1)
    library(db, (4, {"genres": ("TECHNO",)}), (12, {"genres": ("Folk",)}), first=2)
    asked = add_track(db, add_root(db), b"asked.mp3", measured=sound([1.0] + [0.0] * 7))

    [found] = alike.suggested(db, asked)

    assert (found.value.casefold(), len(found.voters)) == ("techno", 8)


def test_moods_are_suggested_like_genres(db):
    library(db, (15, {"moods": ("dark",)}), (15, {"moods": ("sunny",)}))
    asked = add_track(db, add_root(db), b"asked.mp3", measured=sound([0.0, 1.0] + [0.0] * 6))

    assert [(one.field, one.value) for one in alike.suggested(db, asked)] == [("mood", "sunny")]


@pytest.mark.parametrize(
    ("groups", "mine"),
    [
        ([(9, {}), (9, {})], {}),
        ([(3, {"genres": ("House",)}), (9, {})], {}),
        ([(9, {"genres": ("House",)}), (9, {"genres": ("Folk",)})], {"genres": ("Dub",)}),
        ([(9, {"genres": ("House",)}), (2, {"genres": ("House",)})], {}),
    ],
    ids=["nobody labelled", "few labelled", "it has one", "all are called so"],
)
def test_where_nobody_can_know_nothing_is_suggested(db, groups, mine):
    library(db, *groups)
    asked = add_track(db, add_root(db), b"asked.mp3", measured=sound([1.0] + [0.0] * 7), **mine)

    assert alike.suggested(db, asked) == []


def test_labels_follow_the_tags(db):
    root = add_root(db)
    track = add_track(db, root, b"a.mp3", essence=b"one", genres=("House", "house", "Dub"))
    kept = "SELECT kind, folded, label FROM label ORDER BY folded"
    assert db.execute(kept).fetchall() == [("genre", "dub", "Dub"), ("genre", "house", "House")]

    add_track(db, root, b"a.mp3", essence=b"one", moods=("Dark",))
    assert db.execute(kept).fetchall() == [("mood", "dark", "Dark")]

    sounds.label(db, track, Tags())
    assert db.execute(kept).fetchall() == []


# What was measured


def test_what_was_measured_is_told_feature_by_feature(db):
    track = add_track(db, add_root(db), b"a.mp3", measured=sound([1, 0], hamms=Hamms(energy=0.5)))

    assert tracks.heard(db, track).hamms == Hamms(energy=0.5)
    some = tracks.heard(db, track, ("tempo", "quality"))
    assert (some.measured, some.tempo.bpm, some.hamms) == ({"tempo": 1}, 124, None)
    with pytest.raises(Invalid, match="colour"):
        tracks.heard(db, track, ("colour",))
    with pytest.raises(NotFound):
        tracks.heard(db, 999)


async def test_a_reader_of_the_catalogue_compares_vectors(tmp_path):
    async with Database(tmp_path / "catalogue.db") as database:
        made = await database.write(library, (3, {}))
        found = await database.read(alike.similar, made[:1])

    assert {one.track.id for one in found} == set(made[1:])


def test_a_catalogue_of_the_first_format_measures_again_what_it_lacks(tmp_path, monkeypatch):
    from tracker.store import database, jobs

    whole = database.migrations()
    monkeypatch.setattr(database, "migrations", lambda: whole[:1])
    old = open_for_writing(tmp_path / "catalogue.db")
    old.execute("INSERT INTO root (path, added) VALUES (x'2f61', 0)")
    old.execute("INSERT INTO track (id, added) VALUES (1, 0)")
    old.execute("INSERT INTO analysis VALUES (1, 'embedding', 1, x'c0'), (1, 'tempo', 1, x'c0')")
    old.close()
    monkeypatch.undo()

    new = open_for_writing(tmp_path / "catalogue.db")
    jobs.learn(new, {"embedding": 1, "tempo": 1}, "test")

    assert jobs.lacking(new, 1) == ["embedding"]
    new.close()

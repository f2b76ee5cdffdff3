"""The catalogue file keeps what it is told, and refuses what is not its own."""

import asyncio
import threading

import apsw
import pytest

from tracker.errors import ReadOnly, Unusable
from tracker.store import database as storage
from tracker.store import roots, tracks
from tracker.store.database import Database, migrations, open_for_writing


async def test_reading_does_not_wait_for_writing(tmp_path):
    enough = threading.Event()
    async with Database(tmp_path / "catalogue.db") as database:
        writing = asyncio.create_task(database.write(lambda db: enough.wait(10)))
        try:
            async with asyncio.timeout(5):
                assert (await database.read(tracks.page)).total == 0
            assert not writing.done()
        finally:
            enough.set()
            assert await writing


async def test_a_query_that_nobody_waits_for_is_interrupted(tmp_path):
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    async with Database(tmp_path / "catalogue.db") as database:
        for _ in range(storage.READERS + 1):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await database.read(lambda db: db.execute(endless).get)
        async with asyncio.timeout(5):
            assert await database.read(tracks.count) == 0


async def test_what_fails_midway_is_not_done_at_all(tmp_path):
    def half(db):
        roots.add(db, b"/music")
        raise KeyError

    async with Database(tmp_path / "catalogue.db") as database:
        with pytest.raises(KeyError):
            await database.write(half)

        assert await database.read(roots.all) == []


async def test_a_full_disk_is_said_and_harms_nothing(tmp_path):
    def fill(db):
        db.execute("CREATE TEMP TABLE IF NOT EXISTS before AS SELECT 1")
        pages = db.pragma("page_count")
        db.pragma("max_page_count", pages + 2)
        for number in range(10_000):
            roots.add(db, b"/music/%d" % number)

    async with Database(tmp_path / "catalogue.db") as database:
        await database.write(roots.add, b"/music")
        with pytest.raises(ReadOnly, match="make room"):
            await database.write(fill)

        assert [root.path for root in await database.read(roots.all)] == ["/music"]


@pytest.mark.parametrize(
    ("pragma", "reason"),
    [(f"user_version={len(migrations()) + 1}", "newer tracker"), ("application_id=7", "another")],
)
async def test_a_foreign_or_newer_file_is_refused(tmp_path, pragma, reason):
    path = tmp_path / "catalogue.db"
    async with Database(path):
        pass
    other = apsw.Connection(str(path))
    other.execute(f"PRAGMA {pragma}").fetchall()
    other.close()

    with pytest.raises(Unusable, match=reason):
        async with Database(path):
            pass


async def test_what_is_no_database_is_refused_and_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("not a database, " * 100)

    with pytest.raises(Unusable, match=r"notes\.txt"):
        async with Database(tmp_path / "notes.txt"):
            pass

    assert (tmp_path / "notes.txt").read_text().startswith("not a database")


def test_an_older_catalogue_is_copied_before_it_is_migrated(tmp_path, monkeypatch):
    path = tmp_path / "catalogue.db"
    with open_for_writing(path) as db:
        roots.add(db, b"/music")
    db.close()
    newer = [*migrations(), "CREATE TABLE more (id INTEGER PRIMARY KEY) STRICT"]
    monkeypatch.setattr(storage, "migrations", lambda: newer)

    open_for_writing(path).close()

    kept = apsw.Connection(str(tmp_path / f"catalogue.db.before-{len(newer)}"))
    assert kept.execute("SELECT path FROM root").get == b"/music"
    assert kept.pragma("user_version") == len(newer) - 1
    kept.close()


def test_a_migration_that_fails_leaves_the_old_format(tmp_path, monkeypatch):
    path = tmp_path / "catalogue.db"
    open_for_writing(path).close()
    broken = [*migrations(), "CREATE TABLE more (id INTEGER PRIMARY KEY) STRICT; SELECT nonsense"]
    monkeypatch.setattr(storage, "migrations", lambda: broken)

    with pytest.raises(apsw.SQLError):
        open_for_writing(path)

    monkeypatch.undo()
    db = open_for_writing(path)
    assert db.pragma("user_version") == len(migrations())
    assert not db.table_exists("main", "more")
    db.close()


async def test_a_catalogue_removed_under_us_is_put_back_with_all_it_held(tmp_path):
    path = tmp_path / "catalogue.db"
    async with Database(path) as database:
        await database.write(roots.add, b"/music")
        path.unlink()
        with pytest.raises(Unusable, match="put back"):
            await database.write(roots.add, b"/lost")

    async with Database(path) as database:
        assert [root.path for root in await database.read(roots.all)] == ["/music"]
        assert await database.read(lambda db: db.pragma("integrity_check")) == "ok"
    assert [file.name for file in tmp_path.iterdir()] == ["catalogue.db"]


async def test_a_catalogue_replaced_under_us_is_not_touched_and_the_old_one_is_kept(tmp_path):
    path, other = tmp_path / "catalogue.db", tmp_path / "other.db"
    async with Database(other) as database:
        await database.write(roots.add, b"/other")
    async with Database(path) as database:
        await database.write(roots.add, b"/music")
        other.rename(path)
        with pytest.raises(Unusable, match="start again"):
            await database.watch()

    for place, root in [(path, "/other"), (tmp_path / "catalogue.db.lost", "/music")]:
        async with Database(place) as database:
            assert [root.path for root in await database.read(roots.all)] == [root]
            assert await database.read(lambda db: db.pragma("integrity_check")) == "ok"


async def test_what_was_kept_of_one_catalogue_makes_no_room_for_that_of_another(tmp_path):
    path = tmp_path / "catalogue.db"
    for root in (b"/first", b"/second", b"/third"):
        other = tmp_path / "other.db"
        async with Database(other):
            pass
        async with Database(path) as database:
            await database.write(roots.add, root)
            other.rename(path)
            with pytest.raises(Unusable, match="start again"):
                await database.watch()

    for ending, root in [("", "/first"), (".2", "/second"), (".3", "/third")]:
        async with Database(tmp_path / f"catalogue.db.lost{ending}") as database:
            assert [root.path for root in await database.read(roots.all)] == [root]


async def test_a_catalogue_that_goes_with_its_folder_is_said(tmp_path):
    (tmp_path / "here").mkdir()
    async with Database(tmp_path / "here" / "catalogue.db") as database:
        (tmp_path / "here").rename(tmp_path / "there")

        for _ in range(2):
            with pytest.raises(Unusable, match="restore"):
                await database.write(roots.add, b"/lost")


async def test_a_catalogue_overwritten_under_us_is_called_damaged(tmp_path):
    path = tmp_path / "catalogue.db"
    async with Database(path) as database:
        await database.write(roots.add, b"/music")
    async with Database(path) as database:
        path.write_bytes(b"not a database, " * (path.stat().st_size // 16))

        with pytest.raises(Unusable, match="damaged"):
            await database.read(roots.all)


async def test_a_disk_that_fails_in_the_middle_is_said_though_sqlite_gave_up_before_us(tmp_path):
    async with Database(tmp_path / "catalogue.db") as database:
        await database.write(lambda db: [roots.add(db, b"/music/%d" % n) for n in range(5_000)])
        (tmp_path / "catalogue.db-wal").write_bytes(b"")

        with pytest.raises(ReadOnly, match="I/O error"):
            await database.read(roots.all)

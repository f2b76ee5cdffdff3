import os

from looking import look
from waiting import until

from tracker.model import RootState, Stamp
from tracker.store import files, roots


async def test_the_watched_folders_and_how_they_are(tmp_path, monkeypatch):
    def seed(db):
        roots.add(db, b"/music")
        gone = roots.add(db, b"/media/stick")
        roots.tell(db, gone.id, RootState.OFFLINE, "another volume lies there")

    async with look(tmp_path, monkeypatch, seed) as shown:
        await shown.press("6")

        await shown.shows(
            "▸ Settings", "/music", "online", "/media/stick", "another volume lies there"
        )


async def test_a_folder_is_removed_and_comes_back(tmp_path, monkeypatch):
    name = os.fsencode(tmp_path) + b"/mus\xefc"  # no UTF-8: the bytes have to come back as they are
    os.mkdir(name)

    async with look(tmp_path, monkeypatch, lambda db: roots.add(db, name), watch=True) as shown:
        await shown.press("6")
        await until(lambda: shown.table.rows)

        await shown.press("D")
        await shown.shows("No longer watching", "No folder is watched.")
        await shown.press("u")

        await until(lambda: shown.table.rows)
        assert shown.table.rows[0].path_raw == name


async def test_what_cannot_be_done_is_said(tmp_path, monkeypatch):
    async with look(tmp_path, monkeypatch, lambda db: roots.add(db, b"/music")) as shown:
        await shown.press("6")
        await until(lambda: shown.table.rows)
        [root] = shown.table.rows
        await shown.api.database.write(roots.remove, root.id)

        await shown.press("r")

        await shown.shows("is no root")


async def test_what_a_scan_holds_back_is_let_through(tmp_path, monkeypatch):
    music = tmp_path / "music"
    music.mkdir()
    there = {}
    for name in (b"%d.flac" % number for number in range(100)):
        (music / name.decode()).touch()
        seen = (music / name.decode()).stat()
        there[name] = Stamp(seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns)
    gone = {b"%d.flac" % number: Stamp(1, 1, 1) for number in range(100, 200)}

    def seed(db):
        files.found(db, roots.add(db, bytes(music)).id, there | gone)

    async with look(tmp_path, monkeypatch, seed, watch=True) as shown:
        await shown.press("6")
        await until(lambda: shown.table.rows)

        await shown.press("r")
        await shown.shows("100 of 200 files")

        await shown.press("Y")

        await shown.shows("Let through")
        await until(lambda: shown.table.rows[0].files == 100)


async def test_names_are_completed_also_where_they_are_no_text(tmp_path, monkeypatch):
    from tui.dialogs.folder import AddFolder

    odd = os.fsencode(tmp_path) + b"/odd\xff"
    os.mkdir(odd)
    (tmp_path / "file.mp3").touch()
    (tmp_path / ".hidden").mkdir()
    dialog = AddFolder()

    found = dialog.folders(f"{tmp_path}/")

    assert found == [f"{tmp_path}/odd\ufffd"]
    assert dialog.path(found[0]) == odd
    assert dialog.path(found[0] + "/sub") == odd + b"/sub"
    assert dialog.folders("/no such folder/x") == []
    assert dialog.path("~//tmp") == b"/tmp"

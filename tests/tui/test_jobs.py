from looking import look
from waiting import until

from tracker.api import WorkChanged
from tracker.model import JobState, Stamp
from tracker.store import files, jobs, roots


def queue(db, count=40):
    """Two that run, one that failed, two in quarantine, the rest waiting."""
    root = roots.add(db, b"/music").id
    files.found(db, root, {b"%03d.flac" % number: Stamp(1, 1, 1) for number in range(count)})
    run = jobs.begin(db)
    claimed = [jobs.claim(db, run, [], paused=False).job for _ in range(5)]
    for job, state, error, tail in [
        (claimed[2], JobState.FAILED, "002.flac cannot be read: permission denied", None),
        (
            claimed[3],
            JobState.QUARANTINED,
            "003.flac is not audio",
            "first line\nlast \x1b[2J line",
        ),
        (claimed[4], JobState.QUARANTINED, "004.flac ended its worker three times", None),
    ]:
        jobs.fail(db, job, state, error, tail)


def states(shown):
    return [row.state for row in shown.table.rows]


async def test_what_runs_waits_and_failed_stands_in_one_list(tmp_path, monkeypatch):
    async with look(tmp_path, monkeypatch, queue) as shown:
        await shown.press("5")

        await shown.shows("everything", "2 running", "35 waiting", "1 failed", "2 in quarantine")
        assert "0:12" in shown.rows()[0]
        await shown.shows("Jobs 3", "412/449 measured", "6:10 left", "reading 000.flac · 001.flac")


async def test_what_went_wrong_is_one_key_away(tmp_path, monkeypatch):
    async with look(tmp_path, monkeypatch, queue) as shown:
        await until(lambda: shown.app.session.status)

        await shown.press("exclamation_mark")
        await until(lambda: shown.table.total == 3)
        await shown.shows("what went wrong", "002.flac cannot be read: permission denied")

        await shown.press("w")
        await until(lambda: shown.table.total == 2)
        await shown.shows("the quarantine", "003.flac is not audio")


async def test_a_job_shows_its_last_words_and_is_tried_again(tmp_path, monkeypatch):
    async with look(tmp_path, monkeypatch, queue) as shown:
        await shown.press("exclamation_mark")
        await until(lambda: shown.table.total == 3)
        await until(lambda: (row := shown.table.chosen) and "002" in row.path)
        await shown.press("j")

        await shown.press("enter")
        await shown.shows("003.flac is not audio", "The worker's last words", "last ␛[2J line")
        await shown.press("r")

        await shown.shows("1 job queued again")
        await until(lambda: shown.table.total == 2)


async def test_the_selected_or_all_are_tried_again(tmp_path, monkeypatch):
    async with look(tmp_path, monkeypatch, queue) as shown:
        await shown.press("exclamation_mark")
        await until(lambda: shown.table.total == 3)

        await shown.press("space", "space", "r")
        await shown.shows("2 jobs queued again")
        await until(lambda: shown.table.total == 1)

        await shown.press("R")
        await shown.shows("Nothing went wrong.")


async def test_pausing_is_seen_and_ends_with_the_same_key(tmp_path, monkeypatch):
    async with look(tmp_path, monkeypatch, queue) as shown:
        await shown.press("5")
        await until(lambda: shown.table.rows)

        await shown.press("P")
        await shown.shows("paused")
        assert shown.api.steering.paused
        await shown.press("P")
        await until(lambda: not shown.api.steering.paused)


async def test_a_job_is_taken_out_of_the_queue(tmp_path, monkeypatch):
    async with look(tmp_path, monkeypatch, queue) as shown:
        await shown.press("5")
        await until(lambda: len(states(shown)) == 40)
        await shown.press("j", "j", "delete")

        await shown.shows("1 job cancelled", "2 failed")


async def test_a_queue_that_empties_moves_up(tmp_path, monkeypatch):
    async with look(tmp_path, monkeypatch, queue) as shown:
        await shown.press("5")
        await until(lambda: shown.table.total == 40)

        await shown.api.database.write(
            lambda db: db.execute("DELETE FROM job WHERE state = 'queued'")
        )
        shown.api.told.publish(WorkChanged())

        await until(lambda: shown.table.total == 5)


async def test_where_nothing_waits_it_says_so(tmp_path, monkeypatch):
    async with look(tmp_path, monkeypatch) as shown:
        await shown.press("5")

        await shown.shows("Nothing waits, nothing went wrong.")

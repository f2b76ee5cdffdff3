"""The queue survives us, counts attempts, and never runs one version of a file twice at once."""

import itertools

import pytest
from catalogue import FEATURES, READER, STAMP, add_file, add_root, reading

from tracker.errors import NotFound
from tracker.model import JobState, Kind, RootState, Stamp
from tracker.store import files, jobs, roots, tracks


def claim(db, run, waiting=(), *, paused=False):
    return jobs.claim(db, run, waiting, paused=paused)


def only(db):
    [job] = jobs.page(db).rows
    return job


def test_a_restart_frees_running_jobs_until_they_are_quarantined(db):
    root = add_root(db)
    files.found(db, root, {b"a.mp3": Stamp(1, 1, 1)})
    for attempt in (1, 2, 3):
        run = jobs.begin(db)
        assert claim(db, run).job.attempts == attempt

    jobs.begin(db)

    assert only(db).state is JobState.QUARANTINED
    assert "the daemon died" in only(db).error
    jobs.retry(db, [only(db).id])
    assert (only(db).state, only(db).attempts) == (JobState.QUEUED, 0)


def test_a_stop_does_not_count_as_an_attempt(db):
    root = add_root(db)
    files.found(db, root, {b"a.mp3": Stamp(1, 1, 1)})
    run = jobs.begin(db)
    claim(db, run)

    jobs.give_back(db, run)

    assert (only(db).state, only(db).attempts) == (JobState.QUEUED, 0)


def test_a_file_that_changes_while_it_is_read_is_queued_anew_and_the_old_result_is_void(db):
    root = add_root(db)
    files.found(db, root, {b"a.mp3": Stamp(1, 1, 1)})
    run = jobs.begin(db)
    old = claim(db, run)

    files.found(db, root, {b"a.mp3": Stamp(2, 2, 2)})
    new = claim(db, run)

    assert not jobs.running(db, old.job)
    assert not jobs.done(db, old.job)
    assert new.stamp == Stamp(2, 2, 2)
    assert jobs.done(db, new.job)
    assert not jobs.done(db, new.job)


def test_reading_goes_before_measuring_and_goes_on_while_that_is_paused(db):
    root = add_root(db)
    add_file(db, root, b"a.mp3", reading(b"a"))
    files.found(db, root, {b"b.mp3": Stamp(1, 1, 1)})
    run = jobs.begin(db)

    assert claim(db, run, paused=True).job.kind is Kind.READ
    assert claim(db, run, paused=True) is None
    measuring = claim(db, run)
    assert (measuring.job.kind, set(measuring.lacking)) == (Kind.MEASURE, set(FEATURES))


def test_jobs_of_a_root_that_is_offline_wait(db):
    root = add_root(db)
    files.found(db, root, {b"a.mp3": Stamp(1, 1, 1)})
    roots.tell(db, root, RootState.OFFLINE, "gone")
    run = jobs.begin(db)

    assert claim(db, run) is None
    assert sum(jobs.counts(db).values()) == 0
    roots.tell(db, root, RootState.ONLINE, None)
    assert claim(db, run) is not None


def test_a_job_that_waits_for_its_next_attempt_lets_others_go_first(db):
    root = add_root(db)
    files.found(db, root, {b"a.mp3": Stamp(1, 1, 1), b"b.mp3": Stamp(1, 1, 1)})
    run = jobs.begin(db)
    first = claim(db, run)
    assert jobs.lost(db, first.job, "it crashed", "last words") is JobState.QUEUED

    assert claim(db, run, [first.job.id]).path == b"b.mp3"
    assert claim(db, run, [first.job.id]) is None
    assert claim(db, run).job.attempts == 2


def test_a_cancelled_job_stays_away_until_it_is_retried(db):
    root = add_root(db)
    files.found(db, root, {b"a.mp3": Stamp(1, 1, 1)})
    [stopped] = jobs.cancel(db, [only(db).id])

    assert only(db).state is JobState.FAILED
    assert "cancelled" in only(db).error
    assert jobs.cancel(db, [stopped.id]) == []
    jobs.retry(db, [])
    assert only(db).state is JobState.QUEUED


def test_retrying_what_did_not_fail_is_said(db):
    add_root(db)
    with pytest.raises(NotFound, match="jobs list"):
        jobs.retry(db, [77])


def test_a_raised_feature_version_measures_only_that_feature_again(db):
    from catalogue import add_track, analysis

    root = add_root(db)
    track = add_track(db, root, b"a.mp3", measured=analysis())
    assert jobs.page(db).total == 0

    jobs.learn(db, FEATURES | {"key": 2}, READER)

    order = claim(db, jobs.begin(db))
    assert (order.job.track, order.lacking) == (track, ("key",))
    assert tracks.get(db, track).bpm == 124.0


def test_a_track_is_queued_at_one_price_however_many_wait(db):
    from catalogue import add_track

    root = add_root(db)
    prices, steps = [], itertools.count()
    for number in range(300):
        track = add_track(db, root, f"{number}.mp3".encode())
        before = next(steps)
        db.set_progress_handler(lambda: next(steps) < 0, 20)
        jobs.want(db, track)
        db.set_progress_handler(None)
        prices.append(next(steps) - before)

    assert jobs.page(db).total == 300
    assert max(prices[-20:]) <= 2 * max(prices[:20])


def test_a_new_reader_reads_every_file_again_once(db):
    from catalogue import add_track, analysis

    root = add_root(db)
    add_track(db, root, b"a.mp3", measured=analysis())

    jobs.learn(db, FEATURES, "identity:2 tags:1")
    jobs.learn(db, FEATURES, "identity:2 tags:1")

    assert only(db).kind is Kind.READ


def test_a_measuring_that_was_tried_in_vain_is_not_queued_again_by_itself(db):
    root = add_root(db)
    file = add_file(db, root, b"a.mp3", reading(b"a"))
    order = claim(db, jobs.begin(db))
    jobs.fail(db, order.job, JobState.QUARANTINED, "it is not audio", None)

    files.returned(db, [file])
    jobs.learn(db, FEATURES, READER)

    assert only(db).state is JobState.QUARANTINED


def test_a_file_that_nobody_read_is_queued_when_a_run_begins(db):
    root = add_root(db)
    files.found(db, root, {b"a.mp3": STAMP})
    db.execute("DELETE FROM job")

    jobs.learn(db, FEATURES, READER)

    assert [job.kind for job in jobs.page(db).rows] == [Kind.READ]

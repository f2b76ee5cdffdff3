"""The benchmarks run, small, and print what they are to print; how fast it was is not asked here."""

import json
import os
import subprocess
import sys
import time

import pytest

from tracker import demo
from tracker.bench import gauge
from tracker.bench.__main__ import NAMES
from tracker.bench.figure import Figure, Floor, Goal, line, number, table
from tracker.bench.library import fill
from tracker.bench.peers import NAMES as NAMES_OF_KEYS
from tracker.store import files, jobs, roots, tracks
from tracker.store.database import open_for_writing

TINY = ("--rows", "120", "--seconds", "6", "--repeats", "2")
PRINTED = {
    "machine": ["load average before", "load average after"],
    "cli": ["tracker --help: median", "tracker status: median", "tracker status: least"],
    "paint": ["connected until the first row: median", "exec until the first byte"],
    "search": [
        *("120 tracks, over the socket: p95", "120 tracks, in the store: p95"),
        *("12 tracks, in the store: p50", "1 tracks, in the store: p50"),
    ],
    "similar": ["what sounds alike, 120 tracks: p95", "where a track stands, 120 tracks: p50"],
    "reconcile": ["60 files in 4 folders: wall", "60 files in 4 folders: CPU of the daemon"],
    "tags": ["flac: hashes", "mp3: tags", "m4a: hashes", "opus: tags", "wav: hashes"],
    "measure": ["mp3: CPU a minute of music", "ogg: faster than it plays"],
    "rpc": ["a page of 100 rows: p99", "an answer of nothing: p50", "one track: one after"],
    "table": ["a row down: frame, most", "a page down: written", "a new width: frame, median"],
    "memory": ["daemon, 120 tracks, just at rest", "template", "worker, after a piece of 6 s"],
    "drop": ["copied until it has a row", "copied until it is measured", "start of the daemon"],
}


def bench(*arguments, home):
    return subprocess.run(
        [sys.executable, "-m", "tracker.bench", *arguments, "--folder", home],
        capture_output=True, text=True, timeout=110, env=os.environ | {"HOME": str(home)},
    )  # fmt: skip


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """All figures of a small run, and the folder it ran in."""
    home = tmp_path_factory.mktemp("bench")
    done = bench("--json", *TINY, home=home)
    assert (done.returncode, done.stderr) == (0, "")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return [line for line in lines if "figure" in line], home


def test_every_benchmark_prints_its_figures(printed):
    figures, _ = printed

    assert {figure["bench"] for figure in figures} == {"machine", *NAMES} == set(PRINTED)
    for name, wanted in PRINTED.items():
        found = [figure["figure"] for figure in figures if figure["bench"] == name]
        for what in wanted:
            assert any(one.startswith(what) for one in found), (name, what, found)


def test_every_figure_has_a_value_and_a_unit(printed):
    for figure in printed[0]:
        assert figure["value"] >= 0, figure
        assert figure["unit"], figure
        assert ("met" in figure) == ("goal" in figure), figure


def test_looking_through_the_library_of_the_benchmark_changes_nothing(printed):
    values = {figure["figure"]: figure["value"] for figure in printed[0]}

    assert values["jobs queued by it"] == 0
    assert values["files that changed their state"] == 0


def test_measuring_a_corpus_tells_every_table(tmp_path):
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    pieces = [piece for piece in demo.PIECES if piece.suffix == ".flac"][:2]
    rows = [
        {"path": path.name, "set": "made", "bpm": piece.bpm, "tempo_kind": "constant",
         "beats": [n * 60 / piece.bpm for n in range(4 * demo.BARS)], "grid_ok": True,
         "first_downbeat": 0.0, "meter": "4/4", "key": f"{NAMES_OF_KEYS[piece.tonic]} minor"}
        for piece, path in zip(pieces, demo.make(corpus, pieces), strict=True)
    ]  # fmt: skip
    (corpus / "truth.jsonl").write_text("\n".join(map(json.dumps, rows)))
    parts = "tempo,beats,key,false,confidence,alike,levels"

    done = bench(
        *("measure", corpus, "--only", parts, "--limit", "2", "--peers", "none", "--json"),
        home=tmp_path,
    )

    assert (done.returncode, done.stderr) == (0, "")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    told = {line["table"]: line for line in lines if "table" in line}
    for title in (
        *("tempo: tracker, by source", "beats, constant tempo", "beats, changing", "downbeats"),
        *("key: tracker", "false answers", "confidence of the tempo", "alike", "levels", "goals"),
    ):
        assert any(name.startswith(title) for name in told), title
    verdicts = {row[0]: row[5] for row in told["goals"]["rows"]}
    assert verdicts["tempo Acc1 4 %"] == verdicts["key exact"] == "met"
    assert verdicts["CPU of measuring an MP3 / of decoding it"] == "not measured"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--only", "tempo"), "tempo needs a corpus"),
        (("--only", "temper"), "measure has no part 'temper'"),
        ((".",), "is no corpus"),
    ],
)
def test_what_measure_cannot_do_is_said(tmp_path, arguments, reason):
    done = bench("measure", *arguments, home=tmp_path)

    assert done.returncode == 1
    assert reason in done.stderr


def test_nothing_is_left_of_a_run(printed):
    assert list(printed[1].iterdir()) == []


def test_names_choose_and_the_table_is_aligned(tmp_path):
    done = bench("rpc", *TINY, home=tmp_path)

    heading, *rows = done.stdout.splitlines()
    assert done.stderr == ""
    assert {row.split()[0] for row in rows} == {"machine", "rpc"}
    unit = heading.index("unit")
    assert all(row[unit - 2 : unit] == "  " and row[unit] != " " for row in rows)


def test_unknown_names_are_refused(tmp_path):
    done = bench("serach", home=tmp_path)

    assert done.returncode == 2
    assert "there is no benchmark 'serach'" in done.stderr
    assert "search" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("value", "goal", "met"),
    [
        (1.0, Goal("<", 2), True),
        (2.0, Goal("<", 2), False),
        (3.0, Goal(">", 2), True),
        (0, Goal("=", 0), True),
        (None, Goal("<", 2), None),
        (1.0, None, None),
    ],
)
def test_a_figure_says_whether_its_goal_is_met(value, goal, met):
    figure = Figure("it", value, "s", goal)

    assert figure.met is met
    assert json.loads(line("some", figure)).get("met") is met


def test_a_figure_is_told_with_its_goal_and_its_floor():
    figure = Figure("it", 3.0, "s", Goal("<", 2), Floor("the least", 1.5))

    [_, row] = table([("some", figure)])

    assert " ".join(row.split()) == "some it 3 s MISSED goal < 2; the least 1.50, x 2"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (12, "12"),
        (0.0123456, "0.0123"),
        (45.678, "45.7"),
        (1234.5, "1,234"),
        (None, "unknown"),
    ],
)
def test_numbers_are_short(value, text):
    assert number(value) == text


def test_a_filled_library_is_read_measured_and_at_rest(tmp_path):
    db = open_for_writing(tmp_path / "catalogue.db")
    (tmp_path / "music").mkdir()

    fill(db, tmp_path / "music", 60, linked=True)

    [root] = roots.all(db)
    known = files.known(db, root.id)
    assert tracks.count(db) == len(known) == root.files == 60
    for path, file in known.items():
        status = os.stat(os.fsencode(tmp_path / "music") + b"/" + path)
        assert file.stamp == (status.st_size, status.st_mtime_ns, status.st_ctime_ns) or (
            file.stamp.ctime_ns == status.st_ctime_ns
        )
    assert jobs.page(db).total == 0
    assert all(row.measured and row.title for row in tracks.page(db, limit=60).rows)
    db.close()


def test_gauges_read_what_the_kernel_says():
    start = time.process_time()
    while time.process_time() < start + 0.05:
        pass

    assert gauge.cpu(os.getpid()) > 0
    assert gauge.pss(os.getpid()) > 1
    assert gauge.pss(2**30) is None
    assert gauge.percentile([1.0], 95) == 1.0
    assert gauge.percentile([float(n) for n in range(101)], 95) == pytest.approx(95)

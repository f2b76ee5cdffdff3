"""The verbs as scripts see them: what is printed where, and the exit code."""

import base64
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from service import Service, daemon, job, row, track

from tracker import paths
from tracker.model import (
    Alike,
    Analysis,
    File,
    FileState,
    Hamms,
    JobState,
    Quality,
    Section,
    Structure,
    Suggestion,
    Tags,
)
from tui import cli
from tui.verbs import VERBS

PLACES = ("CONFIG_HOME", "DATA_HOME", "CACHE_HOME", "STATE_HOME", "RUNTIME_DIR")
HOME = Path(cli.__file__).parents[1]
ESCAPES = "\x1b]0;owned\x07 \x9b2J \u202egnp.exe \u2028 \U000e0041 \x7f"


@pytest.fixture(autouse=True)
def private(tmp_path, monkeypatch):
    """A tracker of the test's own."""
    for place in PLACES:
        monkeypatch.setenv(f"XDG_{place}", str(tmp_path / place.split("_")[0].lower()))
    for variable in ("TRACKER_CONFIG", "NO_COLOR", "TRACKER_DEBUG", "COLUMNS"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr("tui.launch.Launch.__init__", lambda *_: pytest.fail("a daemon starts"))


@pytest.fixture
def service():
    return Service(
        [
            track(1, title="Aurora", artist="North", bpm=124.0, key="8A", duration=300.5),
            track(2, title="Borealis"),
        ],
        [job(1, JobState.RUNNING), job(2, JobState.FAILED, error="no such codec"), job(3)],
    )


@pytest.fixture
def up(service):
    with daemon(paths.socket(), service):
        yield service


@pytest.fixture
def run(capsys):
    """Run the command line; its code, its output, its complaints."""

    def run(*arguments):
        code = cli.main([os.fsdecode(one) for one in arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def documents(out):
    return [json.loads(line) for line in out.splitlines()]


def process(*arguments, **more):
    return subprocess.run(
        [sys.executable, "-m", "tui.cli", *arguments],
        capture_output=True,
        text=True,
        cwd=HOME,
        **more,
    )


# The habits


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_examples(run, verb):
    code, out, err = run(verb, "--help")

    assert (code, err) == (0, "")
    assert "examples:\n  tracker" in out
    assert "--json" in out


def test_the_whole_helps_too(run):
    code, out, _ = run("--help")

    assert code == 0
    assert all(verb in out for verb in VERBS)
    assert "examples:" in out
    assert run("--version")[1].startswith("tracker 0")


@pytest.mark.parametrize(
    "arguments",
    [
        ["search", "--nonsense"],
        ["search", "--limit", "-3"],
        ["search", "--limit", "many"],
        ["search", "--offset", "9" * 19],
        ["search", "--fields", "colour"],
        ["root"],
        ["root", "paint"],
        ["jobs", "list", "--state", "asleep"],
        ["completion", "tcsh"],
        ["--json"],
    ],
)
def test_wrong_usage_is_told_in_one_line(run, arguments):
    code, out, err = run(*arguments)

    assert (code, out) == (2, "")
    assert err.count("\n") == 1


def test_a_mistyped_verb_is_recognised(run):
    assert run("serach") == (
        2,
        "",
        "tracker: 'serach' is neither a verb nor a folder; did you mean `tracker search`?\n",
    )


def test_the_application_wants_a_terminal(run, tmp_path):
    code, _, err = run(tmp_path)

    assert code == 2
    assert "needs a terminal" in err


def test_a_mistyped_field_is_recognised(run):
    assert "did you mean 'title'?" in run("search", "--fields", "tilte")[2]


@pytest.mark.parametrize(
    "arguments",
    [["--json", "search", "auro"], ["search", "--json", "auro"], ["search", "auro", "--json"]],
)
def test_the_habits_may_stand_anywhere(run, up, arguments):
    code, out, _ = run(*arguments)

    assert code == 0
    assert documents(out)[0]["title"] == "Aurora"


def test_escapes_in_an_argument_do_not_reach_the_terminal(run, up):
    for arguments in (["search", f"--{ESCAPES}"], [ESCAPES], ["jobs", "cancel", ESCAPES]):
        err = run(*arguments)[2]

        assert err.rstrip("\n").isprintable(), err


@pytest.mark.parametrize(
    "arguments",
    [
        ["search"],
        ["show", "1"],
        ["wait"],
        ["root", "list"],
        ["jobs", "list"],
        ["stop"],
        ["search", "--json"],
    ],
)
def test_without_a_daemon_and_leave_to_start_one_it_says_so(run, arguments):
    code, out, err = run(*arguments, "--no-start")

    assert (code, out) == (4, "")
    assert "tracker start" in err


def test_a_daemon_of_another_time_says_which_side_to_update(run, up, monkeypatch):
    monkeypatch.setattr("tracker.rpc.wire.PROTOCOL", 99)
    # The daemon is in this process too, so both speak 99; its greeting is made to speak 1.
    monkeypatch.setattr("tracker.rpc.server.wire.hello", _old_hello(monkeypatch))

    code, _, err = run("search")

    assert code == 4
    assert "tracker stop" in err


def _old_hello(monkeypatch):
    from tracker.rpc import wire

    def hello(program):
        if program == "trackerd":
            return wire.Hello(1, 1, "0.0.1", program)
        return wire.Hello(99, 99, "9.9", program)

    return hello


def test_nothing_heavy_is_imported(up):
    heavy = "asyncio textual rich numpy apsw logging subprocess httpx daemon"
    script = (
        "import sys; from tui.cli import main; code = main(['status', '--json']);"
        f"print(code, *(set('{heavy}'.split()) & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)

    assert said.stdout.splitlines()[-1].split() == ["0"]


def test_a_reader_that_has_enough_is_no_error(up, service):
    service.tracks.known = [track(n, title="x" * 50) for n in range(1, 3000)]
    said = subprocess.run(
        f"{sys.executable} -m tui.cli search --json | head -n 1; echo ${{PIPESTATUS[0]}}",
        shell=True,
        executable="/bin/bash",
        capture_output=True,
        text=True,
    )

    first, code = said.stdout.splitlines()
    assert json.loads(first)["id"] == 1
    assert (code, said.stderr) == ("0", "")


def test_a_terminal_that_knows_little_gets_what_it_knows(up, service):
    service.tracks.known = [track(1, title="naïve 北 ♯")]
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}

    for arguments in (["search"], ["search", "--json"]):
        said = process(*arguments, env=environment)
        assert (said.returncode, said.stderr) == (0, "")
        assert said.stdout.isascii()
    assert json.loads(said.stdout)["title"] == "naïve 北 ♯"


def test_ctrl_c_ends_with_130_and_the_daemon_goes_on(up):
    waiting = subprocess.Popen(
        [sys.executable, "-m", "tui.cli", "wait", "--json", "--progress"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    first = waiting.stdout.readline()
    waiting.send_signal(signal.SIGINT)
    _, err = waiting.communicate(timeout=20)

    assert json.loads(first)["total"] == 2
    assert (waiting.returncode, err) == (130, b"")
    assert process("status").returncode == 0


def test_a_fault_of_ours_is_one_sentence(run, up, monkeypatch):
    monkeypatch.setattr("tui.verbs.tracks.brief", lambda *_: 1 / 0)

    code, _, err = run("search", "--json")

    assert code == 1
    assert err.count("\n") == 1
    assert "TRACKER_DEBUG" in err


# search, show


def test_search_prints_one_object_a_line(run, up):
    code, out, err = run("search", "--json")

    assert (code, err) == (0, "")
    assert [one["id"] for one in documents(out)] == [1, 2]
    assert documents(out)[0]["files"] == [{"path": "/music/1.flac", "state": "present"}]
    assert "bpm" not in documents(out)[1], "unknown is absent"


def test_search_prints_a_table(run, up):
    _, out, _ = run("search")

    head, first, second = out.splitlines()
    assert head.split()[:4] == ["id", "artist", "title", "bpm"]
    assert first.split() == ["1", "North", "Aurora", "124.0", "8A", "5:00"]
    assert second.split() == ["2", "Borealis"]


def test_search_prints_only_the_wanted_fields(run, up):
    assert (
        run("search", "auro", "--json", "--fields", "id,bpm,genre")[1] == '{"id":1,"bpm":124.0}\n'
    )
    assert run("search", "auro", "--fields", "title,id")[1].splitlines()[1] == "Aurora   1"


def test_nothing_found_is_3(run, up):
    code, out, err = run("search", "zzz", "--json")

    assert (code, out) == (3, "")
    assert "nothing matched" in err


def test_words_may_begin_with_a_dash(run, up, service):
    run("search", "aphex", "-remix", "--sort", "-bpm", "--limit", "5", "-live")

    assert service.tracks.asked == [("aphex -remix -live", "-bpm", 0, 5)]


def test_a_wrong_question_is_2(run, up):
    assert run("search", "--sort", "colour")[0] == 2


def test_a_large_answer_comes_in_pages(run, up, service):
    service.tracks.known = [track(n) for n in range(1, 502)]

    assert len(documents(run("search", "--json")[1])) == 501
    assert len(documents(run("search", "--json", "--limit", "250", "--offset", "10")[1])) == 250
    assert run("search", "--json", "--limit", "0")[0] == 3


def test_tracks_with_endless_tags_come_in_smaller_pages(run, up, service):
    service.tracks.known = [track(n, comment="x" * 100_000) for n in range(1, 100)]

    assert len(documents(run("search", "--json")[1])) == 99


def test_escapes_in_a_tag_survive_in_json_and_harm_nobody(run, up, service):
    service.tracks.known = [track(1, title=ESCAPES, artist="北 ♯")]

    for arguments in (["search"], ["show", "1"]):
        shown = run(*arguments)[1]
        spelled = run(*arguments, "--json")[1]

        assert all(line.isprintable() for line in [*shown.splitlines(), *spelled.split("\n")])
        assert json.loads(spelled)["title"] == ESCAPES
        assert "北 ♯" in shown
        assert "北 ♯" in spelled


def test_show_takes_an_id_a_path_or_a_list(run, up, service, tmp_path, monkeypatch):
    here = tmp_path / "b\udcff.flac"
    here.touch()
    raw = os.fsencode(here)
    service.tracks.known.append(track(3, path_raw=raw))
    monkeypatch.chdir(tmp_path)

    assert documents(run("show", "2", "--json")[1])[0]["title"] == "Borealis"
    for name in (raw, b"b\xff.flac", b"./b\xff.flac"):
        found = documents(run("show", name, "--json")[1])[0]
        assert base64.b64decode(found["path_raw"]) == raw
    said = process("show", "-", "--json", input="1\n\n2\n")
    assert [one["id"] for one in documents(said.stdout)] == [1, 2]
    assert run("show", "nobody")[0] == 3


def test_show_follows_a_link_to_where_the_root_is(run, up, service, tmp_path):
    real = tmp_path / "real"
    real.mkdir()
    (real / "a.flac").touch()
    (tmp_path / "link").symlink_to(real)
    service.tracks.known.append(track(3, path_raw=os.fsencode(real / "a.flac")))

    assert documents(run("show", tmp_path / "link" / "a.flac", "--json")[1])[0]["id"] == 3


def test_show_tells_where_a_value_comes_from(run, up, service):
    places = tuple(
        File(n, 1, f"/m/{n}.mp3", state, 10, Tags(title="Tagged"))
        for n, state in enumerate([FileState.PRESENT, FileState.MISSING], 1)
    )
    service.tracks.known = [track(1, bpm=120.0, sources={"bpm": "user"}, files=places)]

    _, out, _ = run("show", "1")
    [found] = documents(run("show", "1", "--json")[1])

    assert any(line.split() == ["bpm", "120.0", "user"] for line in out.splitlines())
    assert "/m/2.mp3" in out
    assert found["files"][1]["state"] == "missing"
    assert found["files"][1]["tags"] == {"title": "Tagged"}


def test_show_tells_all_that_was_measured_and_where_the_track_stands(run, up, service):
    service.tracks.found[1] = Analysis(
        measured={"hamms": 1, "structure": 1, "quality": 1},
        hamms=Hamms(valence=0.2),
        structure=Structure((Section(0.0, 60.0, "intro", 0.9),)),
        quality=Quality(suspicion=f"it is bad {ESCAPES}"),
    )
    service.tracks.standings[1] = {"valence": 0.25}
    service.tracks.suggestions[1] = [
        Suggestion("genre", "House", 0.8, "5 of the 6 are House", (row(2, title=ESCAPES),))
    ]

    _, out, _ = run("show", "1")
    [found] = documents(run("show", "1", "--json")[1])

    assert "more than 25% of yours" in out
    assert "intro     90% sure" in out
    assert "genre: perhaps House, as 5 of the 6 are House: " in out
    assert "! it is bad" in out
    assert all(line.isprintable() for line in out.splitlines())
    assert (found["percentiles"], found["hamms"]) == ({"valence": 0.25}, {"valence": 0.2})
    assert found["sections"] == [{"start": 0, "end": 60, "label": "intro", "confidence": 0.9}]
    assert found["suggestions"][0]["voters"] == [2]
    assert found["bpm"] == 124, "what the track says holds"


# similar


def test_similar_prints_each_neighbour_with_its_distance_and_why(run, up, service):
    service.tracks.alike = [
        Alike(row(2, title=ESCAPES, bpm=122.0, key="9A"), 1, 0.94, 0.998, ("up a fifth",),
              "up a fifth", 1.64),
    ]  # fmt: skip

    code, out, err = run("similar", "1", "--limit", "5")
    [found] = documents(run("similar", "1", "1", "--json")[1])

    assert (code, err) == (0, "")
    assert out.splitlines()[1].split()[:2] == ["0.060", "2"]
    assert out.splitlines()[1].endswith("up a fifth")
    assert all(line.isprintable() for line in out.splitlines())
    assert found == {
        "id": 2, "path": "/music/2.flac", "state": "present", "added": 1.7e9, "title": "Borealis",
        "files": [{"path": "/music/2.flac", "state": "present"}],
        "to": 1, "likeness": 0.94, "distance": 0.06, "sound_percentile": 0.998,
        "reasons": ["up a fifth"], "key_move": "up a fifth", "pitch_percent": 1.64,
    }  # fmt: skip
    assert [asked for asked in service.tracks.asked if isinstance(asked, tuple)] == [
        ((1,), 5), ((1,), 20),
    ]  # fmt: skip


def test_where_nothing_sounds_alike_it_says_why(run, up, service):
    code, out, err = run("similar", "1")
    assert (code, out) == (3, "")
    assert "not measured yet" in err

    service.tracks.known = [track(1, versions={"embedding": 1})]
    assert "no other track" in run("similar", "1", "--json")[2]
    assert run("similar", "nobody")[0] == 3


# the daemon


def test_status_tells_all_that_scripts_rely_on(run, up):
    run("root", "add", "/music")
    code, out, _ = run("status", "--json")
    [found] = documents(out)

    assert code == 0
    assert found["state"] == "ready"
    assert found["jobs"] == {"queued": 1, "running": 1, "failed": 0, "quarantined": 0}
    assert found["workers"] == {"busy": 1, "size": 2}
    assert found["roots"] == [{"path": "/music", "state": "online", "files": 0}]
    wanted = "pid version protocol state uptime_s tracks files missing roots jobs workers eta_s"
    assert set(wanted.split()) <= found.keys()
    assert "1 of 2 busy" in run("status")[1]


def test_status_of_nothing_is_stopped_and_4(run):
    assert run("status", "--json") == (4, '{"state":"stopped"}\n', "")
    assert run("status")[:2] == (4, "stopped\n")


def test_a_start_where_one_runs_is_no_error(run, up):
    code, out, _ = run("start")

    assert code == 0
    assert "runs already" in out
    assert run("start", "--quiet")[1] == ""


def test_wait_ends_when_all_is_settled(run, up, service):
    service.rest.set()

    assert run("wait")[0] == 0
    assert run("root", "add", "/music", "--wait")[0] == 0


def test_wait_gives_up_and_says_what_is_left(run, up):
    code, _, err = run("wait", "--timeout", "0.1")

    assert code == 1
    assert "1 queued, 1 running" in err


def test_stop_waits_until_the_daemon_is_gone(run, tmp_path):
    paths.socket().parent.mkdir(parents=True, mode=0o700)
    helper = Path(__file__).parents[1] / "service.py"
    environment = os.environ | {"PYTHONPATH": str(HOME)}
    with subprocess.Popen(
        [sys.executable, helper, paths.socket()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
    ) as server:
        assert server.stdout.readline() == b"up\n"

        code, out, _ = run("stop", "--json")

        assert (code, documents(out)) == (0, [{"pid": server.pid, "state": "stopped"}])
        assert server.poll() is not None
    assert run("stop")[0] == 4


def test_logs_are_tailed_and_cleaned(run):
    paths.log().parent.mkdir(parents=True)
    paths.log().write_bytes(b"".join(b"line %d\n" % n for n in range(20_000)) + b"\x1b[2Jbad\xff\n")

    code, out, _ = run("logs", "-n", "3")

    assert (code, out) == (0, "line 19998\nline 19999\n␛[2Jbad\ufffd\n")
    assert documents(run("logs", "--json", "-n", "1")[1]) == [{"line": "\x1b[2Jbad\ufffd"}]
    assert len(run("logs")[1].splitlines()) == 50
    assert len(run("logs", "-n", "99999")[1].splitlines()) == 20_001
    assert run("logs", "-n", "0")[1] == ""


def test_logs_are_followed_into_the_next_file():
    log = paths.log()
    log.parent.mkdir(parents=True)
    log.write_text("one\n")
    with subprocess.Popen(
        [sys.executable, "-m", "tui.cli", "logs", "-f"], stdout=subprocess.PIPE, text=True
    ) as following:
        seen = [following.stdout.readline()]
        with log.open("a") as more:
            more.write("two\n")
        seen.append(following.stdout.readline())
        log.rename(log.with_suffix(".1"))
        log.write_text("three\n")
        seen.append(following.stdout.readline())
        following.kill()

    assert seen == ["one\n", "two\n", "three\n"]


def test_no_log_says_where_it_may_be(run):
    code, _, err = run("logs")

    assert code == 1
    assert "journalctl" in err


# root, jobs, config


def test_roots_are_added_listed_scanned_and_removed(run, up, service, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    odd = b"a\xff"

    assert run("root", "add", "music", odd, "--json")[0] == 0
    assert set(service.roots.known) == {
        os.fsencode(tmp_path / "music"),
        os.fsencode(tmp_path) + b"/" + odd,
    }
    assert [one["state"] for one in documents(run("root", "list", "--json")[1])] == ["online"] * 2
    assert run("root", "list")[1].splitlines()[0].split()[:2] == ["path", "state"]
    assert run("root", "scan", "music", "--confirm")[0] == 0
    assert service.roots.confirmed
    assert run("root", "remove", "music", odd)[0] == 0
    assert run("root", "list")[:2] == (0, "no folder is watched; `tracker root add FOLDER`\n")


def test_a_refusal_is_5(run, up):
    code, _, err = run("root", "add", "/music/inside")

    assert code == 5
    assert "remove that first" in err


def test_jobs_are_listed(run, up):
    found = documents(run("jobs", "list", "--json")[1])
    failed = documents(run("jobs", "list", "--state", "failed,quarantined", "--json")[1])

    assert [one["id"] for one in found] == [1, 2, 3]
    wanted = "id kind path state attempts priority error log_tail"
    assert set(wanted.split()) <= found[0].keys()
    assert [one["error"] for one in failed] == ["no such codec"]
    assert "no such codec" in run("jobs", "list")[1]
    assert len(documents(run("jobs", "list", "--limit", "2", "--json")[1])) == 2


def test_many_jobs_come_in_pages(run, up, service):
    service.jobs.known = [job(n) for n in range(1, 1202)]

    assert len(documents(run("jobs", "list", "--json")[1])) == 1201


def test_jobs_are_steered(run, up, service):
    assert documents(run("jobs", "retry", "--json")[1]) == [{"jobs": 3}]
    assert run("jobs", "retry", "2")[1] == "1 job queued again\n"
    assert run("jobs", "cancel", "1", "3")[1] == "2 jobs cancelled\n"
    assert run("jobs", "cancel", "99")[0] == 3
    assert run("jobs", "cancel", "x")[0] == 3
    assert run("jobs", "pause")[0] == 0
    assert service.jobs.paused
    assert run("jobs", "resume", "--quiet") == (0, "", "")
    assert not service.jobs.paused


def test_the_configuration_is_checked(run, tmp_path):
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text("[watch]\nsettle = 1.0\n")
    bad.write_text("[watch]\nsetle = 1.0\n")

    assert run("config", "check", "--config", good)[0] == 0
    assert run("config", "check")[0] == 0
    code, _, err = run("config", "check", "--config", bad)
    assert code == 1
    assert "did you mean 'settle'" in err
    assert run("config", "check", "--config", tmp_path / "none.toml")[0] == 1
    assert (
        documents(run("config", "show", "--json", "--config", good)[1])[0]["watch"]["settle"] == 1
    )


def test_the_shown_configuration_is_one(run, tmp_path, monkeypatch):
    first, second = tmp_path / "first.toml", tmp_path / "second.toml"
    first.write_text('roots = ["/a \\"b\\" \\u009b"]\n[watch]\nignore = ["*.part", "ö"]\n')
    monkeypatch.setenv("TRACKER_CONFIG", str(first))

    second.write_text(run("config", "show")[1])

    assert (
        run("config", "show", "--json", "--config", second)[1] == run("config", "show", "--json")[1]
    )


@pytest.mark.parametrize("verb", ["search", "start", "wait"])
def test_a_configuration_that_is_not_there_is_said_though_a_daemon_runs(run, up, verb):
    code, out, err = run(verb, "--config", "/nonexistent")

    assert (code, out) == (2, "")
    assert "name another file" in err


def test_a_wrong_configuration_starts_nothing(run):
    paths.config().parent.mkdir(parents=True)
    paths.config().write_text("colour = 1\n")

    code, _, err = run("search")

    assert code == 2
    assert "no key 'colour'" in err
    assert not paths.log().exists()


def test_completion_completes(run):
    script = run("completion", "bash")[1]
    lines = [
        "COMP_WORDS=(tracker ro) COMP_CWORD=1",
        'COMP_WORDS=(tracker --json root "") COMP_CWORD=3',
        "COMP_WORDS=(tracker root scan --confir) COMP_CWORD=3",
    ]
    asked = "".join(f'{line}; _tracker; echo "${{COMPREPLY[@]}}"\n' for line in lines)
    said = subprocess.run(
        ["bash", "-c", script + asked], capture_output=True, text=True, check=True
    )

    assert said.stdout.splitlines() == ["root", "add remove scan list", "--confirm"]
    for shell in ("zsh", "fish"):
        assert "jobs" in run("completion", shell)[1]


@pytest.mark.parametrize("closed", [1, 2])
def test_a_closed_stream_is_no_reason_to_fall(closed):
    ended = subprocess.run(
        ["sh", "-c", f'exec "$@" {closed}>&-', "sh", sys.executable, "-m", "tui.cli", "status"],
        capture_output=True,
        text=True,
        cwd=HOME,
    )

    assert ended.returncode == 4
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("time", ["-1", "nan", "soon"])
def test_a_time_to_wait_is_a_time(run, time):
    code, _, complaint = run("wait", "--timeout", time)

    assert code == 2
    assert "no number of seconds" in complaint

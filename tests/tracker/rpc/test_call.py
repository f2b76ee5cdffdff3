"""The daemon without an event loop."""

import socket
import subprocess
import sys
import threading

import pytest
from service import Service, daemon, job, track

from tracker.api import Reload
from tracker.errors import Incompatible, NotFound, TrackerError, Unavailable
from tracker.model import Page, Track
from tracker.rpc import wire
from tracker.rpc.call import Caller


@pytest.fixture
def service():
    return Service([track(1, title="Aurora"), track(2, title="Borealis")], [job(1)])


@pytest.fixture
def caller(tmp_path, service):
    with daemon(tmp_path / "sock", service), Caller(tmp_path / "sock") as caller:
        yield caller


def test_a_call_is_answered_in_the_types_of_the_api(caller):
    page = caller.call("tracks.find", "auro", limit=5)

    assert isinstance(page, Page)
    assert isinstance(page.rows[0], Track)
    assert page.rows[0].title == "Aurora"


def test_the_hello_says_who_is_there(caller):
    assert caller.daemon.program == "trackerd"
    assert caller.pid


def test_an_error_keeps_its_class(caller):
    with pytest.raises(NotFound, match="no track"):
        caller.call("tracks.named", b"nobody")
    assert caller.call("tracks.get", 2).title == "Borealis"


def test_a_stream_can_be_left(caller):
    events = caller.stream("events")

    assert next(events) == Reload()
    events.close()
    assert caller.call("status").tracks == 2


def test_a_late_answer_can_be_waited_for_again_while_others_come(caller, service):
    asked = caller.ask("settled")
    with pytest.raises(TimeoutError):
        caller.answer(asked, 0.05)
    assert caller.call("jobs.work").queued == 1
    service.rest.set()
    assert caller.answer(asked, 20) is None


def test_an_answer_that_does_not_come_is_not_waited_for(caller):
    with pytest.raises(Unavailable, match=r"0\.05 seconds"):
        caller.call("settled", deadline=0.05)
    assert caller.call("status").tracks == 2


def test_no_daemon_is_said_plainly(tmp_path):
    with pytest.raises(Unavailable, match="no daemon at"):
        Caller(tmp_path / "sock")
    with pytest.raises(Unavailable, match="no daemon at"):
        Caller(tmp_path / ("long" * 40))


@pytest.fixture
def strange(tmp_path):
    """Answer the next caller with these words and hang up."""
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(tmp_path / "sock"))
        door.listen()

        def say(words, hear=True):
            def speak():
                theirs, _ = door.accept()
                with theirs:
                    if hear:
                        theirs.recv(1000)
                    theirs.sendall(words)

            thread = threading.Thread(target=speak)
            thread.start()
            threads.append(thread)
            return tmp_path / "sock"

        threads = []
        yield say
        for thread in threads:
            thread.join(20)


def test_a_daemon_of_another_time_is_not_talked_to(strange):
    with pytest.raises(Incompatible, match="update the client"):
        Caller(strange(wire.frame(wire.Hello(7, 9, "9.9", "trackerd"))))


def test_the_reason_is_heard_even_where_the_daemon_does_not_listen(strange):
    with pytest.raises(TrackerError, match="too many"):
        Caller(strange(wire.frame(wire.Failure(0, "busy", "too many")), hear=False))


@pytest.mark.parametrize("words", [b"", b"\0\0"])
def test_a_daemon_that_hangs_up_is_said_so(strange, words):
    with pytest.raises(Unavailable, match="went away"):
        Caller(strange(words))


def test_a_daemon_that_does_not_answer_is_not_waited_for(tmp_path):
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(tmp_path / "sock"))
        door.listen()
        with pytest.raises(Unavailable, match="does not answer"):
            Caller(tmp_path / "sock", patience=0.1)


def test_it_brings_no_event_loop_along():
    script = "import sys, tracker.rpc.call; print('asyncio' in sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert loaded.stdout.split() == ["False"]

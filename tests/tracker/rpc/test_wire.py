"""Frames, limits and versions, without a socket."""

import random
from contextlib import suppress

import msgspec
import pytest

from tracker.api import Api
from tracker.errors import Busy, Garbled, Incompatible, Invalid
from tracker.rpc import wire

METHODS = wire.methods(Api)


def body(message):
    return wire.frame(message)[wire.PREFIX :]


SAMPLES = [
    body(wire.hello("tracker")),
    body(wire.Call(1, "tracks.page", METHODS["tracks.page"].pack("a", limit=3))),
    body(wire.Call(2, "roots.add", METHODS["roots.add"].pack(b"/m\xff"))),
    body(wire.Cancel(2)),
]


def test_every_method_of_the_api_has_a_name_on_the_wire():
    assert {"status", "events", "tracks.page", "roots.add", "jobs.retry"} <= METHODS.keys()
    assert METHODS["events"].streams
    assert not METHODS["status"].streams


def test_arguments_arrive_as_they_were_given():
    method = METHODS["tracks.find"]

    assert method.unpack(method.pack("deep", sort="-bpm")) == {
        "query": "deep",
        "sort": "-bpm",
        "offset": 0,
        "limit": 200,
    }


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("tracks.get", (2**63,)),
        ("tracks.page", ("", 2**64 - 1)),
        ("jobs.cancel", ((1, 2**63),)),
    ],
)
def test_a_number_that_the_catalogue_cannot_hold_is_said(method, arguments):
    names = list(METHODS[method].signature.parameters)[1:]
    if method == "tracks.page":
        names = ["query", "offset"]
    params = msgspec.Raw(msgspec.msgpack.encode(dict(zip(names, arguments, strict=True))))

    with pytest.raises(Invalid, match="more than 63 bits"):
        METHODS[method].unpack(params)


def test_arguments_of_a_later_version_are_passed_over():
    params = msgspec.Raw(msgspec.msgpack.encode({"query": "a", "colour": "blue"}))

    assert METHODS["tracks.find"].unpack(params)["query"] == "a"


def test_fields_of_a_later_version_are_passed_over():
    later = {"type": "hello", "oldest": 1, "newest": 2, "version": "9", "mood": [1]}

    assert wire.request(msgspec.msgpack.encode(later)) == wire.Hello(1, 2, "9")


def test_what_cannot_be_sent_is_said():
    with pytest.raises(Invalid, match=r"tracks\.find"):
        METHODS["tracks.find"].pack("half \ud800")
    with pytest.raises(TypeError):
        METHODS["tracks.find"].pack(colour="blue")


def test_a_frame_over_the_limit_is_refused_before_it_is_read():
    with pytest.raises(Garbled, match="limit"):
        wire.length((wire.MAX_CALL + 1).to_bytes(wire.PREFIX, "big"), wire.MAX_CALL)
    with pytest.raises(Busy, match="limit"):
        wire.frame(wire.Call(1, "m", wire.packed(bytes(wire.MAX_CALL))))
    with pytest.raises(Busy, match="ask for less"):
        wire.packed(bytes(wire.MAX_ANSWER))


def test_the_largest_answer_fits_its_envelope():
    value = wire.packed(bytes(wire.MAX_ANSWER - wire.ENVELOPE - 5))

    assert len(wire.frame(wire.Result(2**63 - 1, value))) <= wire.PREFIX + wire.MAX_ANSWER


def test_versions_that_share_a_protocol_agree():
    wire.agree(wire.Hello(1, 3), wire.Hello(2, 9))
    wire.agree(wire.Hello(4, 9), wire.Hello(2, 4))


@pytest.mark.parametrize(
    ("client", "daemon", "words"),
    [
        (wire.Hello(1, 1, "0.1", "tracker"), wire.Hello(2, 3, "0.9"), "update the client"),
        (wire.Hello(4, 5, "0.9", "tracker"), wire.Hello(2, 3, "0.1"), "tracker stop"),
    ],
)
def test_versions_apart_are_told_which_side_to_update(client, daemon, words):
    with pytest.raises(Incompatible, match=words) as caught:
        wire.agree(client, daemon)
    assert {"0.1", "0.9"} <= set(str(caught.value).replace(";", " ").replace(",", " ").split())


def test_a_hostile_name_does_not_reach_the_terminal():
    with pytest.raises(Incompatible) as caught:
        wire.agree(wire.Hello(-9, -9, "\x1b[2J" * 99, "\u202e"), wire.hello("trackerd"))
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 300
    assert wire.Failure(1, "x", "\x1b]0;x\a").error.args[0].isprintable()


def mutated(chance):
    """A message of ours with a few bytes changed, cut or doubled, or plain noise."""
    data = bytearray(chance.choice(SAMPLES))
    for _ in range(chance.randrange(1, 6)):
        match chance.randrange(4):
            case 0:
                data[chance.randrange(len(data))] = chance.randrange(256)
            case 1:
                data = data[: chance.randrange(1, len(data) + 1)]
            case 2:
                data *= 2
            case 3:
                data = bytearray(chance.randbytes(chance.randrange(1, 64)))
    return bytes(data)


def survive(seed, number):
    """Everything is understood or Garbled; arguments are understood or Invalid."""
    chance = random.Random(seed)
    understood = 0
    for _ in range(number):
        data = mutated(chance)
        try:
            message = wire.request(data)
        except Garbled:
            continue
        understood += 1
        if isinstance(message, wire.Call) and message.method in METHODS:
            with suppress(Invalid):
                METHODS[message.method].unpack(message.params)
    return understood


def test_any_bytes_are_understood_or_garbled():
    assert 0 < survive(1, 10_000) < 10_000


@pytest.mark.fuzz
@pytest.mark.parametrize("seed", range(10))
def test_many_more_bytes_are_understood_or_garbled(seed):
    survive(1000 + seed, 100_000)


@pytest.mark.parametrize("data", [b"\x91" * 200_000, b"\x81\xa1a" * 200_000, b"", b"\xc1"])
def test_deep_and_empty_messages_are_garbled(data):
    for read in (wire.request, wire.answer):
        with pytest.raises(Garbled):
            read(data)

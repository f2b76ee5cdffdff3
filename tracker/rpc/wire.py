"""What travels on the socket: frames of a length and one msgpack message. Pure.

The client says Hello, the daemon answers Hello or a Failure and hangs up. Then the client
Calls; each call is answered by Items, as many as it streams, and one Result or Failure.
Messages are maps: what one side does not know it passes over.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable
from functools import cached_property
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import msgspec

import tracker
from tracker.api import PROTOCOL
from tracker.errors import Busy, Garbled, Incompatible, Invalid, TrackerError
from tracker.text import clean

MAX_CALL = 2**20
"""Bytes of a message to the daemon."""
MAX_ANSWER = 4 * 2**20
"""Bytes of a message from it."""
LARGEST = 2**63 - 1
"""The largest number in an argument."""
PREFIX = 4
"""Bytes that say how long the message is, big-endian."""
ENVELOPE = 64
"""Bytes around the value of an answer, at most."""
PATIENCE = 10.0
"""Seconds the other side has to say hello, and to finish a message it began."""

GONE = "the daemon went away; it may be starting again"


class Hello(msgspec.Struct, tag="hello"):
    """The first word of either side."""

    oldest: int
    """The oldest protocol that is still understood."""
    newest: int
    version: str = ""
    """Of the program."""
    program: str = ""


class Call(msgspec.Struct, tag="call"):
    id: int
    method: str
    params: msgspec.Raw


class Cancel(msgspec.Struct, tag="cancel"):
    id: int


class Result(msgspec.Struct, tag="result"):
    id: int
    value: msgspec.Raw


class Item(msgspec.Struct, tag="item"):
    id: int
    value: msgspec.Raw


class Failure(msgspec.Struct, tag="failure"):
    id: int
    """0 where the whole connection is meant."""
    code: str
    message: str

    @property
    def error(self) -> TrackerError:
        """The error as it was raised on the other side."""
        return TrackerError.by_code.get(self.code, TrackerError)(clean(self.message))


Request = Hello | Call | Cancel
Answer = Hello | Result | Item | Failure
T = TypeVar("T")

_encode = msgspec.msgpack.Encoder().encode
_request: msgspec.msgpack.Decoder[Request] = msgspec.msgpack.Decoder(Request)
_answer: msgspec.msgpack.Decoder[Answer] = msgspec.msgpack.Decoder(Answer)


def frame(message: Request | Answer) -> bytes:
    """Raises Busy where the message is over the limit."""
    limit = MAX_CALL if isinstance(message, Call) else MAX_ANSWER
    body = _encode(message)
    if len(body) > limit:
        raise Busy(f"a message of {len(body)} bytes is over the limit of {limit}; ask for less")
    return len(body).to_bytes(PREFIX, "big") + body


def length(prefix: bytes, limit: int) -> int:
    """How many bytes follow; Garbled where that is more than we would ever read."""
    size = int.from_bytes(prefix, "big")
    if size > limit:
        raise Garbled(f"a message of {size} bytes is over the limit of {limit}; ask for less")
    return size


def request(body: bytes) -> Request:
    return _understood(_request.decode, body)


def answer(body: bytes) -> Answer:
    return _understood(_answer.decode, body)


def _understood(decode: Callable[[bytes], T], body: bytes) -> T:
    try:
        return decode(body)
    except Exception as error:  # not only msgspec's: also UnicodeDecodeError, RecursionError
        raise Garbled("this is no message of ours; are both sides of one version?") from error


def packed(value: Any) -> msgspec.Raw:
    """What a method returned, ready for its envelope; Busy where it is too much for one."""
    body = _encode(value)
    if len(body) > MAX_ANSWER - ENVELOPE:
        raise Busy(f"the answer has {len(body)} bytes, over {MAX_ANSWER}; ask for less at once")
    return msgspec.Raw(body)


def hello(program: str) -> Hello:
    return Hello(PROTOCOL, PROTOCOL, tracker.__version__, program)


def agree(client: Hello, daemon: Hello) -> None:
    """Raises Incompatible, with what to do about it, where no protocol is known to both."""
    speaker = f"{clean(client.program[:40]) or 'this client'} {clean(client.version[:40])}".strip()
    if client.newest < daemon.oldest:
        raise Incompatible(
            f"{speaker} is too old for the daemon {clean(daemon.version[:40])}; update the client"
        )
    if client.oldest > daemon.newest:
        raise Incompatible(
            f"the daemon {clean(daemon.version[:40])} is too old for {speaker}; update it, "
            "then `tracker stop` and `tracker start`"
        )


class Method:
    """One method of the API: how its arguments and its answer are typed.

    All is worked out when first needed: the command line calls one method of many.
    """

    def __init__(self, name: str, function: Callable[..., Any]) -> None:
        self.name = name
        self._function = function

    @cached_property
    def _hints(self) -> dict[str, Any]:
        return get_type_hints(self._function)

    @cached_property
    def signature(self) -> inspect.Signature:
        return inspect.signature(self._function)

    @cached_property
    def streams(self) -> bool:
        return get_origin(self._hints["return"]) is AsyncIterator

    @cached_property
    def _value(self) -> msgspec.msgpack.Decoder[Any]:
        answer = self._hints["return"]
        return msgspec.msgpack.Decoder(get_args(answer)[0] if self.streams else answer)

    @cached_property
    def _params(self) -> msgspec.msgpack.Decoder[Any]:
        fields = [
            (p.name, self._hints[p.name])
            if p.default is p.empty
            else (p.name, self._hints[p.name], p.default)
            for p in list(self.signature.parameters.values())[1:]
        ]
        return msgspec.msgpack.Decoder(msgspec.defstruct(self.name, fields, kw_only=True))

    def pack(self, *args: Any, **kwargs: Any) -> msgspec.Raw:
        """The arguments by name; TypeError where the method takes no such ones."""
        bound = self.signature.bind(None, *args, **kwargs).arguments
        bound.pop("self", None)
        try:
            return msgspec.Raw(_encode(bound))
        except Exception as error:  # half characters, numbers over 64 bits
            raise Invalid(f"{self.name} cannot be asked that: {clean(str(error))}") from error

    def unpack(self, params: msgspec.Raw) -> dict[str, Any]:
        """The arguments that were sent. Raises Invalid, which names the wrong one."""
        try:
            found = msgspec.structs.asdict(self._params.decode(params))
        except Exception as error:
            raise Invalid(f"{self.name}: {clean(str(error)[:500])}") from error
        for name, value in found.items():
            if not _fits(value):
                raise Invalid(f"{self.name}: {name} is a number of more than 63 bits")
        return found

    def value(self, value: msgspec.Raw) -> Any:
        """What was answered, as the API types it."""
        try:
            return self._value.decode(value)
        except Exception as error:
            raise Garbled(
                f"the answer to {self.name} is not understood; are both sides of one version?"
            ) from error


def _fits(value: object) -> bool:
    """Whether the numbers of an argument are such as the catalogue can hold."""
    if isinstance(value, int):
        return -LARGEST <= value <= LARGEST
    return not isinstance(value, list | tuple) or all(map(_fits, value))


def methods(api: type, prefix: str = "") -> dict[str, Method]:
    """Every method of an API protocol, areas included, by its name on the wire."""
    found: dict[str, Method] = {}
    for name, member in vars(api).items():
        if name.startswith("_"):
            continue
        if isinstance(member, property):
            area = get_type_hints(member.fget)["return"]
            found |= methods(area, f"{prefix}{name}.")
        elif inspect.isfunction(member):
            found[prefix + name] = Method(prefix + name, member)
    return found

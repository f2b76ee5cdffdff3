"""Tasks that do to a worker process what bad files do; the name of the file says what."""

import errno
import os
import resource
import signal
import sys
import time

from daemon import worker
from tracker.errors import Unreadable
from tracker.model import Analysis, Duration, Energy, Key, Loudness, Seconds, Tempo
from tracker.rpc import wire

VERSIONS = {"measure": {"duration": 1}, "read": {"identity": 1, "tags": 1}}
NONSENSE = {
    b"nan": Analysis({"duration": 1}, Duration(Seconds(float("nan")))),
    b"endless": Analysis({"duration": 1}, Duration(Seconds(1e9))),
    b"slow music": Analysis({"duration": 1}, tempo=Tempo(3.0, 0.5)),
    b"too sure": Analysis({"duration": 1}, tempo=Tempo(120.0, 7.0)),
    b"no key": Analysis({"duration": 1}, key=Key("13C", 0.5)),
    b"loud": Analysis({"duration": 1}, loudness=Loudness(float("inf"))),
    b"wild": Analysis({"duration": 1}, energy=Energy(11, 0.5)),
    b"not asked": Analysis({"duration": 1, "colour": 1}),
    b"other kind": [1, 2, 3],
}


def act(file, name, params):
    match name:
        case b"segfault":
            os.kill(os.getpid(), signal.SIGSEGV)
        case b"kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case b"exit":
            os._exit(3)
        case b"hang":
            time.sleep(600)
        case b"busy":
            while True:
                pass
        case b"memory":
            bytearray(2**30)
        case b"hidden memory":
            try:
                bytearray(2**30)
            except MemoryError as error:
                raise Unreadable("it is damaged") from error
        case b"giant":
            os.write(pipe_of_ours(), (2**30).to_bytes(4, "big"))
            time.sleep(600)
        case b"too much":
            return "x" * 2 * worker.MAX_REPLY
        case b"garbage":
            os.write(pipe_of_ours(), b"\0\0\0\x05\xc1\xc1\xc1\xc1\xc1")
            time.sleep(600)
        case b"another job":
            os.write(pipe_of_ours(), wire.frame(wire.Result(999, wire.packed(None))))
            time.sleep(600)
        case b"slander":
            os.write(pipe_of_ours(), wire.frame(wire.Failure(1, "read-only", "the disk is full")))
            time.sleep(600)
        case b"chatter":
            for _ in range(64):
                os.write(2, b"warning \x1b]0;title\x07\n" * 4096)
            os.write(1, b"the last word\n")
            raise Unreadable("it is damaged")
        case b"unreadable":
            raise Unreadable("it is damaged \x1b[31m")
        case b"pulled drive":
            raise OSError(errno.EIO, "Input/output error")
        case b"bug":
            raise KeyError("surprise")
        case b"changed":
            before = os.fstat(file.fileno()).st_mtime_ns
            os.write(2, b"reading\n")
            while os.fstat(file.fileno()).st_mtime_ns == before:
                time.sleep(0.01)
        case b"limits":
            return Analysis({"duration": resource.getrlimit(resource.RLIMIT_CPU)[0]})
        case b"pid":
            return Analysis({"duration": os.getpid()})
        case name if name in NONSENSE:
            return NONSENSE[name]
    return Analysis({"duration": 1}, Duration(Seconds(float(len(file.read())))))


def pipe_of_ours():
    """The descriptor of the socket: a job that took over its process finds it too."""
    return next(fd for fd in range(3, 64) if is_socket(fd))


def is_socket(descriptor):
    try:
        return os.readlink(f"/proc/self/fd/{descriptor}").startswith("socket:")
    except OSError:
        return False


def versions():
    return VERSIONS


def main(pipe, limits):
    worker.main(pipe, limits, {"measure": act}, versions)


def dies_at_once(pipe, limits):
    print("ImportError: no libsound", file=sys.stderr)
    os._exit(7)


def refuses_to_load():
    raise ImportError("libsound.so.1: cannot open \x1b[31mshared object file")


def ends_while_loading():
    os.kill(os.getpid(), signal.SIGILL)

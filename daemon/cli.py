"""`trackerd`: watch folders until told to stop.

Workers import this module again under another name, so it must stay light.
"""

from __future__ import annotations

import argparse
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from tracker.config import Config


def main() -> int:
    parser = argparse.ArgumentParser(
        "trackerd",
        description="Watch music folders, measure what comes, answer `tracker`.",
        epilog="It ends by `tracker stop`, SIGTERM or Ctrl-C; exit code 75 means another one runs.",
    )
    parser.add_argument("--config", type=Path, help="a configuration file other than the usual one")
    parser.add_argument("roots", nargs="*", metavar="FOLDER", help="watch these as well")
    arguments = parser.parse_args()

    from tracker import errors
    from tracker.config import load

    try:
        config = load(arguments.config)
        code = live(config, [os.path.abspath(root) for root in arguments.roots])
    except errors.AlreadyRunning as error:
        sys.stderr.write(f"trackerd: {error}\n")
        return os.EX_TEMPFAIL
    except errors.TrackerError as error:
        sys.stderr.write(f"trackerd: {error}\n")
        return 1
    return code


def live(config: Config, more: list[str]) -> int:
    """The daemon; SIGTERM ends it as Ctrl-C does, with every job given back."""
    import asyncio

    import msgspec

    from daemon.main import run
    from daemon.record import begin
    from tracker import paths

    begin(paths.log(), config.log.level)
    for place in (paths.catalogue(), paths.socket()):
        private(place.parent)
    config = msgspec.structs.replace(config, roots=(*config.roots, *more))
    try:
        asyncio.run(until_told(run(config, paths.catalogue(), paths.socket())))
    except KeyboardInterrupt:
        return 130
    except BaseExceptionGroup as trouble:
        raise first(trouble) from trouble
    return 0


def private(folder: Path) -> None:
    """Ours alone, where we are the ones who make it."""
    from tracker.errors import Unusable
    from tracker.text import clean

    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Unusable(
            f"{clean(os.fsencode(folder))} cannot be made ({error.strerror}); "
            "set HOME or the XDG folders to a place you can write"
        ) from error


async def until_told(life: Coroutine[Any, Any, None]) -> None:
    """Run, and be cancelled by SIGTERM or SIGINT."""
    import asyncio
    import signal
    from contextlib import suppress

    asyncio.get_running_loop().set_default_executor(Impatient())
    daemon = asyncio.ensure_future(life)
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, daemon.cancel)
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, lambda: None)
    with suppress(asyncio.CancelledError):
        await daemon


class Impatient(ThreadPoolExecutor):
    """Threads that nobody waits for at the end: one may be opening a file on a dead drive."""

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        super().shutdown(wait=False, cancel_futures=True)


def first(trouble: BaseExceptionGroup) -> BaseException:
    """What to tell of several things that went wrong at once."""
    inner = trouble.exceptions[0]
    return first(inner) if isinstance(inner, BaseExceptionGroup) else inner


def leave(code: int) -> None:
    """End now: a thread that waits for a dead drive would hold us up for ever."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def program() -> None:
    leave(main())


if __name__ == "__main__":
    program()

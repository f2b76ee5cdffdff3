"""The daemon's process: it ends when it is told to, whatever hangs."""

import asyncio
import threading
import time

from daemon.cli import Impatient, first


def test_a_thread_that_hangs_on_a_dead_drive_does_not_hold_up_the_stop():
    let_go = threading.Event()

    async def life():
        asyncio.get_running_loop().set_default_executor(Impatient())
        asyncio.get_running_loop().run_in_executor(None, let_go.wait, 60)
        await asyncio.sleep(0.05)

    begun = time.monotonic()
    asyncio.run(life())
    let_go.set()

    assert time.monotonic() - begun < 30


def test_of_several_troubles_the_first_is_told():
    trouble = ExceptionGroup("both", [ExceptionGroup("inner", [KeyError("a")]), ValueError("b")])
    assert isinstance(first(trouble), KeyError)

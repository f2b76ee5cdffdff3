"""The daemon's life, start to finish."""

from __future__ import annotations

import asyncio
import logging
import os
from pathlib import Path

from daemon import systemd
from daemon.events import Events
from daemon.pool import Pool
from daemon.reconcile import Reconcile
from daemon.services import Service
from daemon.work import Work
from tracker.config import Config
from tracker.errors import TrackerError
from tracker.lock import held
from tracker.rpc import serve
from tracker.store.database import Database
from tracker.text import clean

log = logging.getLogger(__name__)


async def run(config: Config, catalogue: Path, socket: Path) -> None:
    """Watch, work and serve until cancelled or told to stop."""
    events = Events()
    with held(catalogue):
        async with Database(catalogue) as database, Pool.of(config.workers) as pool:
            work = Work(database, events, pool, config)
            reconcile = Reconcile(database, events, work, config.watch)
            work.look_again, work.well = reconcile.look_again, reconcile.well
            service = Service(database, events, work, reconcile)
            async with serve(service, socket), asyncio.TaskGroup() as tasks:
                lives = [
                    tasks.create_task(reconcile.run()),
                    tasks.create_task(work.run()),
                    tasks.create_task(add_roots(service, config)),
                    tasks.create_task(systemd.watchdog()),
                    tasks.create_task(database.watch()),
                ]
                systemd.tell("READY=1", "STATUS=watching")
                await service.stopping.wait()
                systemd.tell("STOPPING=1")
                for life in lives:
                    life.cancel()


async def add_roots(service: Service, config: Config) -> None:
    """Watch the folders that the configuration names; one that is not there is said and left."""
    for path in [expanded(name) for name in config.roots]:
        try:
            await service.roots.add(path)
        except TrackerError as trouble:
            log.warning("roots in the configuration: %s", clean(str(trouble)))


def expanded(name: str) -> bytes:
    """A folder as the configuration names it, with "~" resolved."""
    return os.path.expanduser(os.fsencode(name))

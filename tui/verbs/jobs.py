"""`jobs`: background work."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from tracker.errors import NotFound
from tracker.model import Job, JobState, Page
from tracker.rpc.call import Caller
from tui.console import Table
from tui.verbs import Context, Parser, habits, names, natural
from tui.verbs.daemon import settle

PAGE = 500

EXAMPLES = """\
examples:
  tracker jobs list --state failed,quarantined
  tracker jobs list --json | jq .error
  tracker jobs retry                 all that failed
  tracker jobs cancel 17 18
  tracker jobs pause; tracker jobs resume
"""


def arguments(verb: str, parser: Parser) -> None:
    parser.epilog = EXAMPLES
    verbs = parser.add_subparsers(
        dest="verb", required=True, metavar="list|retry|cancel|pause|resume"
    )

    def add(name: str, says: str, run: Any) -> argparse.ArgumentParser:
        one = verbs.add_parser(name, parents=[habits()], help=says, description=says)
        one.epilog = EXAMPLES
        one.set_defaults(run=run)
        return one

    shown = add("list", "what waits, runs or failed", listed)
    shown.add_argument("--state", type=_states, default=(), metavar="STATE[,STATE]",
                       help=", ".join(JobState))  # fmt: skip
    shown.add_argument("--limit", type=natural, metavar="N", help="at most N")
    again = add("retry", "queue what failed again; all of it where none is named", retry)
    again.add_argument("jobs", nargs="*", metavar="ID", help="- reads ids from stdin")
    again.add_argument("--wait", action="store_true", help="until all is read and measured")
    ended = add("cancel", "take jobs out of the queue, stop them where they run", cancel)
    ended.add_argument("jobs", nargs="+", metavar="ID", help="- reads ids from stdin")
    add("pause", "begin no more measuring; new files are still read", steer)
    add("resume", "go on measuring", steer)


def _states(text: str) -> tuple[JobState, ...]:
    try:
        return tuple(JobState(name) for name in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"states are {', '.join(JobState)}") from None


def listed(context: Context) -> int:
    columns = ["id", "kind", "state", "attempts", "path", "error"]
    table = Table(context.console, columns, right="id attempts", elastic="error path")
    with context.daemon() as caller:
        for jobs in _pages(caller, context.options.state, context.options.limit):
            if context.console.json:
                for job in jobs:
                    context.console.record(record(job))
            else:
                table.add([getattr(job, name) for name in columns] for job in jobs)
    return 0


def _pages(caller: Caller, states: tuple[JobState, ...], limit: int | None) -> Iterator[list[Job]]:
    """The jobs, a page at a time: an answer has a limit, and pipes like to start."""
    offset = 0
    while limit is None or offset < limit:
        size = PAGE if limit is None else min(PAGE, limit - offset)
        page: Page[Job] = caller.call("jobs.page", states, offset=offset, limit=size)
        if page.rows:
            yield page.rows
        offset += len(page.rows)
        if offset >= page.total or not page.rows:
            return


def record(job: Job) -> dict[str, Any]:
    return {
        "id": job.id,
        "kind": job.kind,
        "path": job.path,
        "state": job.state,
        "attempts": job.attempts,
        "priority": job.priority,
        "error": job.error,
        "log_tail": job.log_tail,
        "track": job.track,
    }


def retry(context: Context) -> int:
    with context.daemon() as caller:
        code = _changed(context, caller, "retry", "queued again")
        if context.options.wait:
            settle(context, caller)
    return code


def cancel(context: Context) -> int:
    with context.daemon() as caller:
        return _changed(context, caller, "cancel", "cancelled")


def _changed(context: Context, caller: Caller, verb: str, done: str) -> int:
    wanted = tuple(map(_id, names(context.options.jobs)))
    count: int = caller.call(f"jobs.{verb}", wanted)
    if wanted and not count:
        raise NotFound("there are no such jobs to do that with; look at `tracker jobs list`")
    if context.console.json:
        context.console.record({"jobs": count})
    context.console.say(f"{count} {'job' if count == 1 else 'jobs'} {done}")
    return 0


def _id(text: str) -> int:
    if not text.strip().isdecimal():
        raise NotFound(f"{text.strip()!r} is no job's id; look at `tracker jobs list`")
    return int(text)


def steer(context: Context) -> int:
    verb = context.options.verb
    with context.daemon() as caller:
        caller.call(f"jobs.{verb}")
    if context.console.json:
        context.console.record({"paused": verb == "pause"})
    context.console.say(
        "measuring is paused; go on with `tracker jobs resume`" if verb == "pause" else "measuring"
    )
    return 0

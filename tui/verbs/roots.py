"""`root`: the watched folders."""

from __future__ import annotations

import os
from typing import Any

from tracker.model import Root
from tui.console import Table
from tui.verbs import Context, Parser, habits, names
from tui.verbs.daemon import settle

EXAMPLES = """\
examples:
  tracker root add ~/Music /srv/music
  tracker root list --json
  tracker root scan ~/Music --wait
  tracker root remove /mnt/old       its files become missing; nothing is forgotten
"""


def arguments(verb: str, parser: Parser) -> None:
    parser.epilog = EXAMPLES
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="add|list|remove|scan")
    for name, says in [
        ("add", "watch these folders from now on"),
        ("remove", "watch them no longer; what is known is kept"),
        ("scan", "look through them now"),
    ]:
        one = verbs.add_parser(name, parents=[habits()], help=says, description=says)
        one.epilog = EXAMPLES
        one.add_argument("folders", nargs="+", metavar="FOLDER", help="- reads names from stdin")
        one.add_argument("--wait", action="store_true", help="until all is read and measured")
        one.set_defaults(run=change)
        if name == "scan":
            one.add_argument(
                "--confirm", action="store_true", help="let through what a scan held back"
            )
    shown = verbs.add_parser("list", parents=[habits()], help="folders and their state")
    shown.set_defaults(run=listed)


def change(context: Context) -> int:
    """Add, remove or scan; the folders before a refused one are done."""
    options = context.options
    more = {"confirm": True} if getattr(options, "confirm", False) else {}
    with context.daemon() as caller:
        for folder in names(options.folders):
            path = os.path.abspath(os.fsencode(folder))
            root: Root = caller.call(f"roots.{options.verb}", path, deadline=None, **more)
            if context.console.json:
                context.console.record(record(root))
            context.console.say(_sentence(root))
        if options.wait:
            settle(context, caller)
    return 0


def _sentence(root: Root) -> str:
    reason = f": {root.reason}" if root.reason else ""
    return f"{root.path} is {root.state}, {root.files:,} files{reason}"


def listed(context: Context) -> int:
    with context.daemon() as caller:
        roots: list[Root] = caller.call("roots.all")
    if context.console.json:
        for root in roots:
            context.console.record(record(root))
    elif roots:
        columns = ["path", "state", "files", "missing", "reason"]
        table = Table(context.console, columns, right="files missing", elastic="reason path")
        table.add((r.path, r.state, r.files, r.missing or None, r.reason) for r in roots)
    else:
        context.console.say("no folder is watched; `tracker root add FOLDER`")
    return 0


def record(root: Root) -> dict[str, Any]:
    known = {
        "id": root.id,
        "path": root.path,
        "state": root.state,
        "files": root.files,
        "missing": root.missing,
        "reason": root.reason,
        "since": root.since,
    }
    return {name: value for name, value in known.items() if value is not None}

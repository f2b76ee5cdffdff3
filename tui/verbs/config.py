"""`config`: is it understood, and what does it come to."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec

from tracker import paths
from tracker.config import load
from tracker.errors import Invalid, TrackerError
from tracker.text import clean
from tui.console import escaped
from tui.verbs import Context, Parser, habits

EXAMPLES = """\
examples:
  tracker config check
  tracker config check --config new.toml && mv new.toml ~/.config/tracker/config.toml
  tracker config show
"""


def arguments(verb: str, parser: Parser) -> None:
    parser.epilog = EXAMPLES
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="check|show")
    for name, says, run in [
        ("check", "whether it is understood", check),
        ("show", "every key with its value, defaults included", show),
    ]:
        one = verbs.add_parser(name, parents=[habits()], help=says, description=says)
        one.epilog = EXAMPLES
        one.set_defaults(run=run)


def check(context: Context) -> int:
    console, place = context.console, where(context.options.config)
    try:
        load(context.options.config)
    except Invalid as error:
        if console.json:
            console.record({"path": clean(os.fsencode(place)), "ok": False, "says": str(error)})
        raise TrackerError(str(error)) from error
    says = "understood" if place.exists() else "absent: every key has its default"
    if console.json:
        console.record({"path": clean(os.fsencode(place)), "ok": True, "says": says})
    console.say(f"{clean(os.fsencode(place))}: {says}")
    return 0


def show(context: Context) -> int:
    try:
        config = context.config
    except Invalid as error:
        raise TrackerError(str(error)) from error
    known: dict[str, Any] = msgspec.to_builtins(config)
    if context.console.json:
        context.console.record(known)
        return 0
    context.console.say(f"# {clean(os.fsencode(where(context.options.config)))}")
    for line in toml(known):
        context.console.write(line)
    return 0


def where(named: Path | None) -> Path:
    """The file that `load` reads."""
    given = os.environ.get("TRACKER_CONFIG")
    return named or (Path(given) if given else paths.config())


def toml(known: dict[str, Any]) -> list[str]:
    """The configuration as a file would have it; JSON's plain values are TOML's."""
    plain = {name: value for name, value in known.items() if not isinstance(value, dict)}
    lines = [f"{name} = {_value(value)}" for name, value in plain.items()]
    for name in (name for name in known if name not in plain):
        lines += ["", f"[{name}]"]
        lines += [f"{key} = {_value(value)}" for key, value in known[name].items()]
    return lines


def _value(value: Any) -> str:
    return escaped(msgspec.json.encode(value).decode())

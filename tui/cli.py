"""`tracker`: one verb, or the application.

What every verb needs is imported here, and it is little: the shell waits for it.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import TextIO, cast

import tracker
from tracker import errors
from tui.console import Console
from tui.verbs import VERBS, Context, Module, Parser, habits

CODES = {
    errors.NotFound: 3,
    errors.Unavailable: 4,
    errors.Incompatible: 4,
    errors.Refused: 5,
    errors.AlreadyRunning: 5,
    errors.Invalid: 2,
}
INTERRUPTED = 130

EXAMPLES = """\
examples:
  tracker ~/Music                    watch a folder and look at it
  tracker --demo                     the same with made-up music, in a place of its own
  tracker search aphex --json        what matches, for scripts
  tracker root add /srv/music && tracker wait

exit codes:
  0 done, 1 failed, 2 wrong usage, 3 nothing matched, 4 no daemon, 5 refused, 130 interrupted
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line asks; the answer is the exit code."""
    sys.stdout = sys.stdout or nowhere()
    sys.stderr = sys.stderr or nowhere()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        code = run(list(sys.argv[1:] if argv is None else argv))
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # whoever reads us has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return INTERRUPTED
    except SystemExit as end:  # argparse has said why
        return end.code if isinstance(end.code, int) else 1


def nowhere() -> TextIO:
    """For a stream that whoever started us has closed."""
    return open(os.devnull, "w", encoding="utf-8")


def run(argv: list[str]) -> int:
    before, verb, after = split(argv)
    if verb is None:
        options = whole().parse_args(argv)
        return guarded(Context(options, console(options)), open_app)
    made = parser(verb)
    given = before + after
    options = made.parse_args(given if has_verbs(made) else made.arranged(given))
    return guarded(Context(options, console(options)), options.run)


def guarded(context: Context, work: Callable[[Context], int]) -> int:
    """Run it; the border where errors become a sentence and a code."""
    try:
        return work(context)
    except errors.TrackerError as error:
        context.console.complain(errors.sentence(error))
        return next((code for kind, code in CODES.items() if isinstance(error, kind)), 1)
    except KeyboardInterrupt:
        context.console.wipe()
        raise
    except (BrokenPipeError, SystemExit):
        raise
    except Exception as error:
        if "TRACKER_DEBUG" in os.environ:
            raise
        context.console.complain(
            f"{errors.sentence(error)}; TRACKER_DEBUG=1 shows where this went wrong"
        )
        return 1


def split(argv: list[str]) -> tuple[list[str], str | None, list[str]]:
    """What stands before the verb, the verb, and what follows; None where a folder stands first."""
    skip = False
    for place, argument in enumerate(argv):
        if skip:
            skip = False
        elif argument == "--config":
            skip = True
        elif argument in VERBS:
            return argv[:place], argument, argv[place + 1 :]
        elif not argument.startswith("-") or argument == "--":
            break
    return argv, None, []


def parser(verb: str) -> Parser:
    """What the verb takes, as its module says."""
    made = Parser(f"tracker {verb}", parents=[habits()], description=VERBS[verb].says)
    made.set_defaults(json=False, quiet=False, no_color=False, no_start=False, config=None)
    module(verb).arguments(verb, made)
    return made


def has_verbs(made: Parser) -> bool:
    return any(isinstance(action.choices, dict) for action in made._actions)


def module(verb: str) -> Module:
    from importlib import import_module

    return cast(Module, import_module(f"tui.verbs.{VERBS[verb].module}"))


def whole() -> Parser:
    """What `tracker` takes where no verb is named."""
    verbs = "\n".join(f"  {name:<12}{verb.says}" for name, verb in VERBS.items())
    made = Parser(
        "tracker",
        usage="tracker [FOLDER ...]\n       tracker VERB ... [--help]",
        description="Open the library, with these folders in it, or do what a verb says.\n\n"
        f"verbs:\n{verbs}",
        parents=[habits()],
        epilog=EXAMPLES,
    )
    made.add_argument("folders", nargs="*", metavar="FOLDER", help="./search, if named like a verb")
    made.add_argument("--demo", action="store_true", help="a made-up library in its own place")
    made.add_argument("--version", action="version", version=f"tracker {tracker.__version__}")
    made.set_defaults(json=False, quiet=False, no_color=False, no_start=False, config=None)
    return made


def console(options: argparse.Namespace) -> Console:
    return Console(json=options.json, quiet=options.quiet, colour=not options.no_color)


def open_app(context: Context) -> int:
    """The application; imported late, for it is large."""
    from tui.verbs import app

    return app.run(context)


if __name__ == "__main__":
    raise SystemExit(main())

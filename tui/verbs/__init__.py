"""The verbs of the command line: one module per noun, imported when it is called for."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import suppress
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, Protocol

from tracker import paths
from tracker.config import Config, load
from tracker.errors import Unavailable
from tracker.rpc.call import Caller
from tracker.text import clean
from tui.console import Console


class Verb(NamedTuple):
    module: str
    """In this package."""
    says: str


DIGITS = 15
"""Of the largest number of things."""
VERBS = {
    "start": Verb("daemon", "start the daemon"),
    "stop": Verb("daemon", "end the daemon"),
    "status": Verb("daemon", "the daemon in one glance"),
    "wait": Verb("daemon", "wait until all files are read and measured"),
    "logs": Verb("daemon", "what the daemon wrote down"),
    "root": Verb("roots", "add, list, remove and scan watched folders"),
    "search": Verb("tracks", "find tracks"),
    "show": Verb("tracks", "everything known about a track"),
    "similar": Verb("similar", "what sounds alike, and why"),
    "measure": Verb("measure", "measure files, without catalogue or daemon"),
    "jobs": Verb("jobs", "list, retry, cancel, pause and resume background work"),
    "config": Verb("config", "check or show the configuration"),
    "doctor": Verb("doctor", "look for what is wrong with this installation"),
    "completion": Verb("completion", "print a completion script for bash, zsh or fish"),
}


class Module(Protocol):
    """What a module of this package offers."""

    def arguments(self, verb: str, parser: Parser) -> None:
        """Add what the verb takes; set the default "run" to a function of a Context."""
        ...


class Parser(argparse.ArgumentParser):
    """An argument parser that keeps abbreviations and escapes out."""

    dashes = False
    """Whether "-word" is a word and no option."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        kwargs["allow_abbrev"] = False
        super().__init__(*args, **kwargs)

    def arranged(self, arguments: list[str]) -> list[str]:
        """Options first, then "--" and the words: so they may stand in any order."""
        options: list[str] = []
        words: list[str] = []
        rest = iter(arguments)
        for argument in rest:
            action = self._option_string_actions.get(argument)
            if argument == "--":
                words += rest
            elif action is not None and action.nargs != 0:
                joint = "=" if argument.startswith("--") else ""
                options.append(joint.join([argument, *islice(rest, 1)]))
            elif action is not None or self._looks_like_option(argument):
                options.append(argument)
            else:
                words.append(argument)
        return [*options, "--", *words] if words else options

    def _looks_like_option(self, argument: str) -> bool:
        if argument.startswith("-") and argument != "-":
            return argument.startswith("--") or not self.dashes
        return False

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {clean(message)}; see `{self.prog} --help`\n")


def habits() -> Parser:
    """The options that every verb takes, wherever they stand."""
    made = Parser(add_help=False, argument_default=argparse.SUPPRESS)
    group = made.add_argument_group("habits")
    group.add_argument("--json", action="store_true", help="print JSON; lists one object a line")
    group.add_argument("-q", "--quiet", action="store_true", help="print answers and errors only")
    group.add_argument("--config", type=Path, metavar="FILE", help="another configuration")
    group.add_argument("--no-start", action="store_true", help="do not start a daemon")
    group.add_argument("--no-color", action="store_true", help="as NO_COLOR=1 in the environment")
    return made


class Context:
    """What a verb works with."""

    def __init__(self, options: argparse.Namespace, console: Console) -> None:
        self.options, self.console = options, console

    @cached_property
    def config(self) -> Config:
        return load(self.options.config)

    @property
    def socket(self) -> Path:
        return paths.socket()

    def daemon(self) -> Caller:
        """The daemon, started where none runs. Raises Unavailable."""
        self.insist()
        try:
            return Caller(self.socket)
        except Unavailable:
            if self.options.no_start:
                raise
        return self.started()

    def insist(self) -> None:
        """What is wrong with a configuration that was named is said, though a daemon runs already."""
        if self.options.config is not None:
            _ = self.config

    def started(self) -> Caller:
        """A daemon that did not run before."""
        _ = self.config  # what is wrong with it is said here, not in a log
        from tui.launch import Launch

        self.console.progress(None, "starting the daemon")
        caller = Launch(self.options.config).ready(self.socket)
        self.console.wipe()
        return caller


def names(given: list[str]) -> list[str]:
    """The names on the command line; in place of "-" those of standard input.

    There they stand one a line, or end with NUL, as file names may contain anything else.
    """
    found: list[str] = []
    for name in given:
        if name == "-":
            said = sys.stdin.buffer.read()
            lines = said.split(b"\0" if b"\0" in said else b"\n")
            found += [os.fsdecode(line) for line in lines if line.strip()]
        else:
            found.append(name)
    return found


def seconds(text: str) -> float:
    """A length of time, for argparse."""
    with suppress(ValueError):
        if (length := float(text)) >= 0:
            return length
    raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds")


def natural(text: str) -> int:
    """A number of things, for argparse."""
    if not text.isdecimal() or len(text) > DIGITS:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is no number of things")
    return int(text)

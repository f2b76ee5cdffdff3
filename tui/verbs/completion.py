"""`completion`: what the shell offers after Tab, made from what the parsers take."""

from __future__ import annotations

from argparse import Action
from collections.abc import Iterator
from typing import Any, NamedTuple

from tui.verbs import VERBS, Context, Parser

EXAMPLES = """\
examples:
  tracker completion bash > ~/.local/share/bash-completion/completions/tracker
  tracker completion zsh > ~/.zfunc/_tracker
  tracker completion fish > ~/.config/fish/completions/tracker.fish
"""


class Place(NamedTuple):
    """Where words are offered: after `tracker`, a verb, or a verb of it."""

    words: tuple[str, ...]
    """Those that stand before."""
    verbs: dict[str, str]
    """What may follow -> what it does."""
    options: dict[str, str]


def arguments(verb: str, parser: Parser) -> None:
    parser.epilog = EXAMPLES
    parser.add_argument("shell", choices=("bash", "zsh", "fish"))
    parser.set_defaults(run=completion)


def completion(context: Context) -> int:
    make = {"bash": bash, "zsh": zsh, "fish": fish}[context.options.shell]
    for line in make(list(everywhere())):
        context.console.write(line)
    return 0


def everywhere() -> Iterator[Place]:
    from tui import cli

    verbs = {name: verb.says for name, verb in VERBS.items()}
    yield Place((), verbs, _options(cli.whole()))
    for name in VERBS:
        yield from _places((name,), cli.parser(name))


def _places(words: tuple[str, ...], parser: Any) -> Iterator[Place]:
    verbs: dict[str, Any] = {}
    says: dict[str, str] = {}
    for action in parser._actions:
        if isinstance(action.choices, dict):
            verbs = action.choices
            says = {one.dest: one.help for one in action._choices_actions}
    chosen = {name: says.get(name, "") for name in verbs} or _choices(parser)
    yield Place(words, chosen, _options(parser))
    for name, inner in verbs.items():
        yield from _places((*words, name), inner)


def _choices(parser: Any) -> dict[str, str]:
    """The words that a positional argument takes, where they are few."""
    found: dict[str, str] = {}
    for action in parser._actions:
        if not action.option_strings and action.choices:
            found |= dict.fromkeys(action.choices, "")
    return found


def _options(parser: Any) -> dict[str, str]:
    actions: list[Action] = parser._actions
    return {
        option: action.help or ""
        for action in actions
        for option in action.option_strings
        if option.startswith("--")
    }


def bash(places: list[Place]) -> Iterator[str]:
    yield "# bash completion for tracker"
    yield "_tracker() {"
    yield '    local word="${COMP_WORDS[COMP_CWORD]}" verbs="" given'
    yield '    for given in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do'
    yield '        [[ $given == -* ]] || verbs="$verbs $given"'
    yield "    done"
    yield '    local words="" options=""'
    yield '    case "$verbs " in'
    for place in sorted(places, key=lambda one: -len(one.words)):
        pattern = f'" {" ".join(place.words)} "*' if place.words else '" "'
        yield f"        {pattern}) words={_quoted(place.verbs)} options={_quoted(place.options)} ;;"
    yield "    esac"
    yield "    if [[ $word == -* ]]; then"
    yield '        COMPREPLY=($(compgen -W "$options" -- "$word"))'
    yield "    elif [[ -n $words ]]; then"
    yield '        COMPREPLY=($(compgen -W "$words" -- "$word"))'
    yield "    fi"
    yield "}"
    yield "complete -o default -F _tracker tracker"


def zsh(places: list[Place]) -> Iterator[str]:
    yield "#compdef tracker"
    yield "local -a given options verbs"
    yield "given=(${${words[2,CURRENT-1]}:#-*})"
    yield 'case "$given " in'
    for place in sorted(places, key=lambda one: -len(one.words)):
        pattern = f'"{" ".join(place.words)} "*' if place.words else '" "'
        verbs = " ".join(_described(place.verbs))
        options = " ".join(_described(place.options))
        yield f"    {pattern}) verbs=({verbs}) options=({options}) ;;"
    yield "esac"
    yield "if [[ $PREFIX == -* ]]; then"
    yield "    _describe option options"
    yield "elif (( $#verbs )); then"
    yield "    _describe verb verbs || _files"
    yield "else"
    yield "    _files"
    yield "fi"


def fish(places: list[Place]) -> Iterator[str]:
    yield "# fish completion for tracker"
    for place in places:
        seen = "; and ".join(f"__fish_seen_subcommand_from {word}" for word in place.words)
        inner = " ".join(place.verbs)
        fresh = f"not __fish_seen_subcommand_from {inner}" if inner else ""
        here = "; and ".join(part for part in (seen, fresh) if part)
        for name, says in place.verbs.items():
            yield f"complete -c tracker -n {_word(here)} -a {name} -d {_word(says)}"
        if seen or place.words == ():
            for option, says in place.options.items():
                when = f" -n {_word(seen)}" if seen else f" -n {_word(here)}"
                yield f"complete -c tracker{when} -l {option[2:]} -d {_word(says)}"


def _quoted(words: dict[str, str]) -> str:
    return _word(" ".join(words))


def _described(words: dict[str, str]) -> list[str]:
    return [_word(f"{name}:{says}" if says else name) for name, says in words.items()]


def _word(text: str) -> str:
    """For any of the shells; what they disagree on is left out."""
    plain = text.replace("'", "").replace("\\", "").replace("%%", "%")
    return f"'{plain}'"

"""One TOML file, one Struct; `config.example.toml` shows every key."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from tracker import paths
from tracker.errors import Invalid
from tracker.model.tempi import ALL, Tempi
from tracker.text import clean

Positive = Annotated[float, Meta(gt=0)]


class Watch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    settle: Positive = 2.0
    """Seconds a file's size and time must stay the same before it is read."""
    every: Annotated[float, Meta(ge=1)] = 300.0
    """Seconds between two looks through all roots; changes are seen at once where the kernel tells."""
    polling: Annotated[float, Meta(ge=1)] = 60.0
    """The same for roots where it does not tell: network drives, exhausted watch limits."""
    ignore: tuple[str, ...] = ()
    """More names to leave alone, as shell patterns, beside hidden, unfinished and NAS litter."""


class Workers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    count: Annotated[int, Meta(ge=0, le=256)] = 0
    """Files measured at once; 0 is one for each CPU."""
    memory: Annotated[int, Meta(ge=512, le=2**20)] = 2048
    """MiB of address space a job may use."""
    cpu: Annotated[int, Meta(ge=10, le=10**6)] = 1200
    """CPU seconds a job may use."""
    patience: Positive = 1800.0
    """Seconds a job may take, waiting for the disk included."""
    pause: Positive = 5.0
    """Seconds before a job whose worker died runs again; four times as long after the second death."""
    recycle: Annotated[int, Meta(ge=1)] = 200
    """Jobs after which a worker makes room for a fresh one."""


class Analysis(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    tempo_range: Tempi = ALL
    """Tempi you count in, BPM: what is outside is told at half or double, where that is inside."""


class Ui(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    mouse: bool = True
    """Off leaves selecting text to the terminal, and no rubbish when the line drops."""
    theme: str = "textual-dark"
    """Any theme of the palette's "Change theme"; "ansi-dark" keeps to the terminal's 16 colours."""


class Log(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    level: Annotated[str, Meta(pattern="^(debug|info|warning|error)$")] = "info"
    """debug, info, warning or error."""


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    roots: tuple[str, ...] = ()
    """Folders to watch, beside those added with `tracker root add`; "~" is your home."""
    watch: Watch = Watch()
    workers: Workers = Workers()
    analysis: Analysis = Analysis()
    ui: Ui = Ui()
    log: Log = Log()


def load(path: Path | None = None) -> Config:
    """The configuration at *path*, `TRACKER_CONFIG`, or the usual place, where it may be absent.

    Raises:
        Invalid: names the key, and a known one that it resembles.
    """
    named = path or (Path(given) if (given := os.environ.get("TRACKER_CONFIG")) else None)
    place = named or paths.config()
    try:
        text = place.read_text("utf-8")
    except FileNotFoundError:
        if named:
            raise Invalid(f"{_shown(place)} does not exist; name another file") from None
        return Config()
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"{_shown(place)} cannot be read: {clean(str(error))}") from error
    return parse(text, _shown(place))


def parse(text: str, name: str = "the configuration") -> Config:
    """Raises Invalid where *text* is no TOML, or says what we do not know."""
    import tomllib

    try:
        values = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Invalid(f"{name}: {clean(str(error))}") from error
    _refuse_unknown(Config, values, name)
    try:
        return msgspec.convert(values, Config)
    except msgspec.ValidationError as error:
        raise Invalid(f"{name}: {clean(str(error))}") from error


def _refuse_unknown(kind: type, values: dict[str, Any], name: str, inside: str = "") -> None:
    fields = {field.name: field.type for field in msgspec.structs.fields(kind)}
    for key, value in values.items():
        if key not in fields:
            import difflib

            near = difflib.get_close_matches(key, fields, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(fields)}"
            raise Invalid(f"{name}: there is no key {clean(inside + key)!r}; {hint}")
        inner = fields[key]
        if (
            isinstance(value, dict)
            and isinstance(inner, type)
            and issubclass(inner, msgspec.Struct)
        ):
            _refuse_unknown(inner, value, name, f"{inside}{key}.")


def _shown(path: Path) -> str:
    return clean(os.fsencode(path))

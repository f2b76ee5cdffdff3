"""What the app remembers from one visit to the next: columns and order. Losing it loses nothing."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tracker import paths

LARGEST = 100_000  # bytes; ours has a few hundred


@dataclass
class State:
    columns: list[str] | None = None
    """Those chosen, in their order; None shows what fits."""
    sort: str = "title"


def place() -> Path:
    return paths.log().parent / "tui.json"


def load() -> State:
    """As it was left; as new where the file is not there or not ours."""
    try:
        with place().open("rb") as file:
            return msgspec.json.decode(file.read(LARGEST), type=State)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return State()


def save(state: State) -> None:
    """A home that cannot be written to is no reason to stop."""
    target = place()
    with contextlib.suppress(OSError):
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f"{target.name}.{os.getpid()}.part")
        part.write_bytes(msgspec.json.encode(state))
        part.replace(target)

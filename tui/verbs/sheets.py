"""What `measure` and `show` have in common: a sheet of all that measuring found."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from typing import Any

from tracker.text import clean
from tui.console import Console
from tui.sheet import sheet

LABEL = 12
"""Cells before the text of a line."""
WIDEST = 100
"""Cells of a picture."""


def told(
    console: Console, found: Mapping[str, Any], standing: Mapping[str, float] | None = None
) -> None:
    """Line by line; pictures only where somebody looks."""
    for label, text in sheet(found, standing=standing, width=room()):
        console.write(console.paint(f"{label:<{LABEL}}", "dim") + clean(text))


def room() -> int:
    """Cells for a picture; none where the answer goes to a program."""
    if not sys.stdout.isatty():
        return 0
    return max(0, min(WIDEST, shutil.get_terminal_size().columns - LABEL))
